"""Named places where a test may end the process, as a power cut would. Off unless a test arms one.

Each write transaction of the store that has a name passes five places, and the wire has its own:

    <transaction>.enter          before BEGIN
    <transaction>.after-lock     the payout's row is locked
    <transaction>.before-audit   everything but the audit event is written
    <transaction>.before-commit  everything is written
    <transaction>.committed      the commit came back

`ROWCOL_FAILPOINT=<name>` arms one for a whole process. With none armed a place costs one comparison. A test that plays
many lives in one process arms `ANY`, the n-th place whichever it is, and a death of its own that raises instead.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

POINTS = ("enter", "after-lock", "before-audit", "before-commit", "committed")

# The transactions of the executor. What `record` writes depends on the reply (sent, declined, never sent, unconfirmed),
# what `scan` writes on what was found (adopted, absent), what `status` writes on Ramp's word (returned, mismatched);
# a hold is voided or consumed inside the transaction that ends it.
EXECUTOR = (
    "bind", "block", "expire", "reserve", "lease", "intent", "record", "recover", "scan", "adopt", "status", "match",
    "waits", "twin", "halt", "full-scan", "custody",
)  # fmt: skip
# Those of people and of the processes beside it.
PEOPLE = (
    "propose", "approve", "release", "hold", "reject", "cancel", "policy", "payee-change", "token-refresh",
    "checkpoint",
)  # fmt: skip
WIRE = ("search-before", "search-after", "send-before", "send-in-flight", "send-after", "archive-before",
        "archive-after")  # fmt: skip
TOKEN = ("token-granted",)  # Between the rail's grant and our commit of it.

KEYS = ("rotation-begun", "rotation-between")  # A new key seals, rows follow; between two firms of them.

NAMES = frozenset([*(f"{name}.{point}" for name in EXECUTOR + PEOPLE for point in POINTS), *WIRE, *TOKEN, *KEYS])
ANY = "any"


def _power_cut() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


_armed: str | None = None
_left = 0
_death: Callable[[], None] = _power_cut
_here = threading.local()


def arm(name: str | None, at_hit: int = 1, *, death: Callable[[], None] = _power_cut) -> None:
    """End this process when the place is reached for the n-th time; None disarms. Raises ValueError for no place."""
    global _armed, _left, _death
    if name is not None and name != ANY and name not in NAMES:
        raise ValueError(f"there is no failpoint {name!r}; the names are in execution/failpoints.py")
    _armed, _left, _death = name, at_hit, death


def is_armed() -> bool:
    """Whether a test asked for any place."""
    return _armed is not None


def reach(name: str) -> None:
    """The process is at this place."""
    global _left
    if _armed is None or _armed not in (name, ANY):
        return
    _left -= 1
    if _left <= 0:
        _death()


def inside(point: str) -> None:
    """The process is at this point of the named transaction that is open in this thread, if one is."""
    if _armed is None:
        return
    name = getattr(_here, "name", "")
    if name:
        reach(f"{name}.{point}")


@contextmanager
def transaction(name: str) -> Iterator[None]:
    """Names the transaction that is about to begin; the store calls it."""
    if _armed is None or not name:
        yield
        return
    _here.name = name
    try:
        reach(f"{name}.enter")
        yield
        reach(f"{name}.committed")
    finally:
        _here.name = ""


# A mistyped name in the environment must not pass for a quiet run.
arm(os.environ.get("ROWCOL_FAILPOINT") or None)
