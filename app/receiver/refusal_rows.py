"""Refused deliveries in the audit log: the first of its kind at once, then one row with a count every ten minutes.

Anybody can send forged deliveries by the thousand. A row for each would fill the log that people read, and every row
waits its turn beside payouts. The inbox counts each one all the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

ROW_EVERY_SECONDS = 600.0


@dataclass(slots=True)
class _Kind:
    last_row_at: float
    since: int = 0


class RefusalRows:
    """Says when a row is due. Kinds are few: our own connections and codes, never what a caller made up."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kinds: dict[tuple[str, str], _Kind] = {}

    def count(self, code: str, subject: str) -> int | None:
        """Counts one refusal; answers how many it stands for when a row is due, else None."""
        kind = self._kinds.get((code, subject))
        if kind is None:
            self._kinds[code, subject] = _Kind(self._now())
            return 1
        kind.since += 1
        if self._now() - kind.last_row_at < ROW_EVERY_SECONDS:
            return None
        times, kind.since, kind.last_row_at = kind.since, 0, self._now()
        return times
