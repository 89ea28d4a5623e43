"""Rolling rate limits, measured in real time: a rail's patience does not grow when the sandbox clock is moved."""

from __future__ import annotations

import time
from collections import deque


class RollingLimit:
    """At most `calls` per `seconds` for each key."""

    def __init__(self, calls: int, seconds: float) -> None:
        self.calls = calls
        self.seconds = seconds
        self._seen: dict[str, deque[float]] = {}

    def admits(self, key: str, at: float | None = None) -> bool:
        """Whether the key may call now; an admitted call is counted, a refused one is not."""
        moment = time.monotonic() if at is None else at
        seen = self._seen.setdefault(key, deque())
        while seen and seen[0] <= moment - self.seconds:
            seen.popleft()
        if len(seen) >= self.calls:
            return False
        seen.append(moment)
        return True
