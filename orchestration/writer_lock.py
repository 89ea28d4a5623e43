"""One writer of the warehouse at a time; the others wait and say for whom."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

POLL_SECONDS = 0.2


class WarehouseBusy(RuntimeError):
    """Another run held the warehouse for longer than the caller would wait."""


@contextlib.contextmanager
def warehouse_writer(
    lock: Path, *, wait_seconds: float = 600, on_wait: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the writer's lock for the block; raise `WarehouseBusy` after `wait_seconds`.

    The kernel drops an flock with its process, so a killed run never leaves the warehouse locked.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as handle:
        deadline, told = time.monotonic() + wait_seconds, False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                handle.seek(0)
                holder = handle.read().strip() or "another process"
                if on_wait and not told:
                    on_wait(f"the warehouse is being written by {holder}; waiting")
                    told = True
                if time.monotonic() > deadline:
                    raise WarehouseBusy(
                        f"the warehouse was still being written by {holder} after {wait_seconds:.0f} s; "
                        "run `rowcol status` to see what it does"
                    ) from None
                time.sleep(POLL_SECONDS)
        handle.seek(0)
        handle.truncate()
        handle.write(f"process {os.getpid()}")
        handle.flush()
        yield
