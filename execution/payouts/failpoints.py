"""Named places where a test may end the process, as a power cut would. Off unless ROWCOL_FAILPOINT names one."""

from __future__ import annotations

import os
import signal

NAMES = frozenset(
    {
        "reserve-committed", "intent-committed", "send-before", "send-after", "record-before-commit",
        "record-committed", "search-after", "settle-before-commit",
    }
)  # fmt: skip


def reach(name: str) -> None:
    """End the process by SIGKILL if a test asked for this place; else nothing."""
    if name not in NAMES:
        raise ValueError(f"unknown failpoint {name}")
    if os.environ.get("ROWCOL_FAILPOINT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
