"""What a vendor is usually paid, by a rule that a few odd payments do not bend: median and median deviation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PAYMENTS_NEEDED = 5  # Fewer say nothing about what is usual.
SPREAD_LEAST_PCT = 10  # A vendor paid the same sum each month may still differ by a tenth.


@dataclass(frozen=True, slots=True)
class Usual:
    """Median of the payments and the deviation that is usual about it; minor units."""

    median_minor: int
    deviation_minor: int
    payments: int

    def ceiling_minor(self, times: int) -> int:
        """The highest amount that is not unusual."""
        return self.median_minor + times * self.deviation_minor


def _median(values: Sequence[int]) -> int:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2


def usual(amounts_minor: Sequence[int]) -> Usual | None:
    """The usual payment to a vendor; None with too little history. At least a tenth of the median counts as spread."""
    if len(amounts_minor) < PAYMENTS_NEEDED:
        return None
    median = _median(amounts_minor)
    deviation = _median([abs(amount - median) for amount in amounts_minor])
    return Usual(median, max(deviation, -(-median * SPREAD_LEAST_PCT // 100)), len(amounts_minor))
