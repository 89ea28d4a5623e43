"""Child processes that live and die together: each with a log file, all stopped on the way out."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO

from orchestration.paths import ROOT

STOP_SECONDS = 8


class DidNotStart(RuntimeError):
    """A process ended, or never answered, before it was ready."""


@dataclass(slots=True)
class Child:
    """One running process and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    handle: IO[bytes]


class Processes:
    """A group of children, used as a context manager."""

    def __init__(self, logs: Path) -> None:
        self.logs, self.children = logs, list[Child]()

    def __enter__(self) -> Processes:
        self.logs.mkdir(parents=True, exist_ok=True)
        # A service manager ends us with SIGTERM; as an exception it unwinds through `stop` like Ctrl-C does.
        signal.signal(signal.SIGTERM, _leave)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> Child:
        """Start a child in a process group of its own, writing to `logs/<name>.log`."""
        log = self.logs / f"{name}.log"
        handle = log.open("wb")
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        child = Child(name, process, log, handle)
        self.children.append(child)
        return child

    def wait_until(self, child: Child, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready()`; raise `DidNotStart` with the log's last lines when it ends or stays silent."""
        deadline = time.monotonic() + seconds
        while not ready():
            ended = child.process.poll() is not None
            if ended or time.monotonic() > deadline:
                last = child.log.read_text(errors="replace").strip().splitlines()[-8:]
                what = f"ended with code {child.process.returncode}" if ended else f"did not answer in {seconds:.0f} s"
                raise DidNotStart(f"{child.name} {what}; its log {child.log} ends:\n" + "\n".join(last))
            time.sleep(0.1)

    def first_ended(self) -> Child | None:
        """A child that has ended, if any."""
        return next((child for child in self.children if child.process.poll() is not None), None)

    def stop(self) -> None:
        """Ask every child to end, newest first, and kill what does not."""
        for child in reversed(self.children):
            _signal(child, signal.SIGTERM)
        for child in reversed(self.children):
            try:
                child.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                _signal(child, signal.SIGKILL)
                child.process.wait()
            child.handle.close()
        self.children.clear()


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _signal(child: Child, number: int) -> None:
    try:
        os.killpg(child.process.pid, number)
    except ProcessLookupError:
        return  # It ended by itself a moment ago.


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could bind the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
