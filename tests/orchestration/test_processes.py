"""Children start with a log, are waited for, and never outlive their group."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.processes import DidNotStart, Processes

SLEEP = [sys.executable, "-c", "print('ready', flush=True); import time; time.sleep(60)"]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_group_ends_together(tmp_path: Path) -> None:
    with Processes(tmp_path) as group:
        children = [group.start(name, SLEEP) for name in ("one", "two")]
        for child in children:
            group.wait_until(child, lambda child=child: "ready" in child.log.read_text(), 20)
        pids = [child.process.pid for child in children]
        assert group.first_ended() is None
    assert not any(alive(pid) for pid in pids)


def test_a_child_that_ends_is_named_with_its_last_words(tmp_path: Path) -> None:
    with Processes(tmp_path) as group:
        child = group.start("broken", [sys.executable, "-c", "raise SystemExit('no such port')"])
        with pytest.raises(DidNotStart, match=r"broken ended with code 1.*\n.*no such port"):
            group.wait_until(child, lambda: False, 20)


def test_a_child_that_never_answers_is_named(tmp_path: Path) -> None:
    with Processes(tmp_path) as group:
        child = group.start("silent", SLEEP)
        with pytest.raises(DidNotStart, match="silent did not answer in 0 s"):
            group.wait_until(child, lambda: False, 0.3)


GROUP = """
import sys, time
from pathlib import Path
from orchestration.processes import Processes
with Processes(Path(sys.argv[1])) as group:
    child = group.start("child", [sys.executable, "-c", "import time; time.sleep(60)"])
    print(child.process.pid, flush=True)
    time.sleep(60)
"""


def test_a_group_that_is_asked_to_end_takes_its_children_along(tmp_path: Path) -> None:
    command = [sys.executable, "-c", GROUP, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as group:
        assert group.stdout is not None
        child = int(group.stdout.readline())
        assert alive(child)
        group.send_signal(signal.SIGTERM)
        assert group.wait(20) == 128 + signal.SIGTERM
    assert not alive(child)
