"""How fast each rail may be asked, as data, and the bucket that keeps us under it.

A bucket is shared by every thread of this process that spends from the same allowance: a realm, an
item, an account, or (Ramp counts by source address) the whole process.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Allowance:
    """`requests` per `seconds`, counted per connection or for the whole process."""

    requests: int
    seconds: float
    per: str  # "connection" or "process"


# Below each published limit, because others ask the same rails and answers travel at uneven speed.
ALLOWANCES: dict[str, Allowance] = {
    "qbo": Allowance(9, 1.0, "connection"),  # 10 a second per realm and app; 500 a minute is the next wall.
    "ramp": Allowance(180, 10.0, "process"),  # 200, counted per source address, so every client shares it.
    "plaid": Allowance(48, 60.0, "connection"),  # 50 on /transactions/sync per item; balance/get is called once.
    "stripe": Allowance(23, 1.0, "connection"),  # 25: a single endpoint's default; 100 a second for the account.
}


@dataclass(frozen=True)
class Patience:
    """How long to go on asking a rail that answers 429 or does not answer well."""

    throttled_seconds: float  # In total, over all waits of one request.
    first_wait_seconds: float  # Doubles at each further 429; Retry-After wins where a rail sends one.
    down_attempts: int  # Tries of a request that meets a 5xx or no answer.


PATIENCE: dict[str, Patience] = {
    "qbo": Patience(75, 5, 3),  # QBO asks for 60 s of silence and names no Retry-After.
    "ramp": Patience(45, 1, 3),
    "plaid": Patience(45, 1, 3),
    "stripe": Patience(45, 1, 3),
}


class TokenBucket:
    """At most `allowance.requests` in any stretch of `allowance.seconds`. Safe to share between threads.

    The rails count over a rolling window, where a bucket that refills while it is emptied would let
    nearly twice the allowance through. So a token comes back one window after it was spent.
    """

    def __init__(
        self,
        allowance: Allowance,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._window = allowance.seconds
        self._clock, self._sleep = clock, sleep
        self._spent: deque[float] = deque(maxlen=allowance.requests)
        self._lock = threading.Lock()

    def take(self) -> float:
        """Wait until one more request is allowed; returns the seconds waited."""
        with self._lock:
            now = self._clock()
            is_full = len(self._spent) == self._spent.maxlen
            turn = max(now, self._spent[0] + self._window) if is_full else now
            self._spent.append(turn)
        # The turn is booked; each caller sleeps for its own, outside the lock.
        if turn > now:
            self._sleep(turn - now)
        return turn - now


_buckets: dict[tuple[str, str], TokenBucket] = {}
_guard = threading.Lock()


def scope_of(rail: str, env: Mapping[str, str] | None = None) -> str:
    """Who shares the rail's allowance: `process` or `connection`; ROWCOL_RAMP_LIMIT_SCOPE overrides Ramp's.

    Ramp's 200 per 10 seconds are said to be counted per source address, so all clients share them. A
    sandbox on this machine counts per business.
    """
    if rail != "ramp":
        return ALLOWANCES[rail].per
    env = os.environ if env is None else env
    if chosen := env.get("ROWCOL_RAMP_LIMIT_SCOPE"):
        if chosen not in ("process", "connection"):
            raise ValueError(f"ROWCOL_RAMP_LIMIT_SCOPE is process or connection, not {chosen!r}")
        return chosen
    host = urlsplit(env.get("ROWCOL_RAMP_URL") or "http://127.0.0.1").hostname
    return "connection" if host in ("127.0.0.1", "localhost", "::1") else ALLOWANCES[rail].per


def bucket_for(rail: str, connection_id: str) -> TokenBucket:
    """The bucket that a connection spends from; the same object for the life of the process."""
    key = (rail, connection_id if scope_of(rail) == "connection" else "")
    with _guard:
        if key not in _buckets:
            _buckets[key] = TokenBucket(ALLOWANCES[rail])
        return _buckets[key]
