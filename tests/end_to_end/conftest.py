"""The whole product as a newcomer starts it: `rowcol up --demo` as a process of its own, and a real browser."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from orchestration.processes import port_is_free

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 280


@dataclass(frozen=True)
class Installation:
    """A running demo: its addresses, its data folder, and a way to type `rowcol …`."""

    data: Path
    console: str
    api: str
    control: str
    environment: dict[str, str]

    def rowcol(self, *arguments: str, expect: int | None = 0, timeout: float = 240) -> str:
        """Run a command as in a second terminal and return what it printed."""
        command = [sys.executable, "-m", "orchestration.cli", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=timeout, check=False
        )
        said = done.stdout + done.stderr
        if expect is not None:
            assert done.returncode == expect, f"rowcol {' '.join(arguments)} exited {done.returncode}:\n{said}"
        return said

    def sandbox(self, method: str, path: str, body: object = None) -> object:
        """Call the sandbox's control port."""
        answer = httpx.request(method, self.control + path, json=body, timeout=120)
        answer.raise_for_status()
        return answer.json() if answer.content else None


def free_block(size: int) -> int:
    """The first of `size` neighbouring free ports."""
    chosen = random.Random(os.getpid())
    for _ in range(200):
        first = chosen.randrange(20_000, 45_000)
        if all(port_is_free(first + offset) for offset in range(size)):
            return first
    raise RuntimeError("no free ports")


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Start the demo with four clients and a year of history; stop it at the end."""
    data = tmp_path_factory.mktemp("demo") / "data"
    first = free_block(8)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ROWCOL_")}
    environment |= {"ROWCOL_DATA": str(data), "COLUMNS": "200", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "orchestration.cli", "up", "--demo", "--clients", "4", "--months", "12"]
    command += ["--sandbox-port", str(first), "--console-port", str(first + 5), "--api-port", str(first + 6)]
    command += ["--receiver-port", str(first + 7)]
    log = data.parent / "up.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while "RowCol is up" not in log.read_text():
                assert process.poll() is None, f"the demo ended:\n{log.read_text()}"
                assert time.monotonic() < deadline, f"the demo took over {START_SECONDS} s:\n{log.read_text()}"
                time.sleep(0.25)
            yield Installation(
                data=data,
                console=f"http://127.0.0.1:{first + 5}",
                api=f"http://127.0.0.1:{first + 6}",
                control=f"http://127.0.0.1:{first}",
                environment=environment,
            )
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
