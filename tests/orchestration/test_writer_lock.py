"""One writer at a time; a second one waits, says so, and gives up with a name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.writer_lock import WarehouseBusy, warehouse_writer

HOLD = """
import sys
from pathlib import Path
from orchestration.writer_lock import warehouse_writer
with warehouse_writer(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_waits_and_is_told_who_writes(tmp_path: Path) -> None:
    lock = tmp_path / "writer.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin and holder.stdout and holder.stdout.readline().strip() == "held"
    told: list[str] = []
    with (
        pytest.raises(WarehouseBusy, match=f"process {holder.pid}"),
        warehouse_writer(lock, wait_seconds=0.3, on_wait=told.append),
    ):
        pass
    assert told == [f"the warehouse is being written by process {holder.pid}; waiting"]
    # Killed, not asked: the kernel gives the lock back.
    holder.kill()
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    with warehouse_writer(lock, wait_seconds=5):
        assert f"process {os.getpid()}" in lock.read_text()
