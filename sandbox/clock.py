"""The sandbox's own time: real time plus an offset that can be moved forward, never back.

The offset is kept in the world file, so a restarted sandbox goes on where it was. A paused clock stands still until
it is advanced or resumed: two loads in a row then see the very same world.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Seconds since 1970 (UTC) as the sandbox's rails see them."""

    def __init__(self, offset: float, save: Callable[[float], None], real: Callable[[], float] = time.time) -> None:
        self._offset = offset
        self._save = save
        self._real = real
        self._paused_at: float | None = None

    def now(self) -> int:
        """The present second."""
        return int(self._paused_at if self._paused_at is not None else self._real() + self._offset)

    def moment(self) -> datetime:
        """The present second as a UTC instant."""
        return datetime.fromtimestamp(self.now(), UTC)

    def advance(self, seconds: float) -> int:
        """Move forward; answers the new present. Raises ValueError for a step back."""
        if seconds < 0:
            raise ValueError("the sandbox clock only moves forward")
        if self._paused_at is not None:
            self._paused_at += seconds
        self._offset += seconds
        self._save(self._offset)
        return self.now()

    def pause(self) -> None:
        """Stand still at the present second."""
        if self._paused_at is None:
            self._paused_at = self._real() + self._offset

    def resume(self) -> None:
        """Run on from where the clock stood."""
        if self._paused_at is not None:
            self._offset = self._paused_at - self._real()
            self._paused_at = None
            self._save(self._offset)


def iso(seconds: int) -> str:
    """`2026-11-24T10:00:00+00:00`, the form in which Ramp writes an instant."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
