"""Cash that a payment may use: what the bank gives, less what is spoken for. Minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Claims:
    """What already has a claim on an account besides this payment."""

    buffer_minor: int
    held_minor: int
    foreign_minor: int
    stale_minor: int = 0

    @property
    def total_minor(self) -> int:
        """All claims together."""
        return self.buffer_minor + self.held_minor + self.foreign_minor + self.stale_minor


def spendable_minor(available_minor: int, claims: Claims) -> int:
    """available - buffer - live holds - others' payments on the way - what an old balance may have lost since."""
    return available_minor - claims.total_minor


def stale_minor(
    available_minor: int, age: timedelta, *, fresh_for: timedelta, pct: int, daily_net_burn_minor: int | None
) -> int:
    """What is not counted of an old balance: per started day a share of it, or a day's net burn where that is more.

    Nothing while the balance is fresh; never more than the balance.
    """
    if age <= fresh_for:
        return 0
    days = -(-age // DAY)
    share = -(-available_minor * pct * days // 100)
    return min(max(share, days * (daily_net_burn_minor or 0)), max(available_minor, 0))
