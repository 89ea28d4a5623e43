"""On which banking days a recurring payment arrives, and from when on it is proposed."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from execution.domain.business_days import add_business_days, is_business_day

# Banking days between the proposal and the last day on which the rail can still be reached: people have to look.
APPROVAL_DAYS = 3


class Every(StrEnum):
    """How often."""

    WEEK = "week"
    MONTH = "month"


class Roll(StrEnum):
    """Where a day goes on which banks are closed."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class DayRule:
    """`day` is 1 (Monday) to 7 of a week, or 1 to 31 of a month; a short month's last day stands for a later one."""

    every: Every
    day: int
    roll: Roll

    def __post_init__(self) -> None:
        last = 7 if self.every is Every.WEEK else 31
        if not 1 <= self.day <= last:
            raise ValueError(f"day: {self.day} is no day of a {self.every}; give 1 to {last}")

    def arrivals(self, first: date, last: date) -> list[date]:
        """Banking days of arrival from `first` to `last`, both counted in; rolled days may fall together once."""
        # A rolled day may lie across the edge: a nominal day is looked at up to ten days outside.
        margin = timedelta(days=10)
        rolled = {self._rolled(day) for day in self._nominal(first - margin, last + margin)}
        return sorted(day for day in rolled if first <= day <= last)

    def _nominal(self, first: date, last: date) -> Iterator[date]:
        if self.every is Every.WEEK:
            day = first + timedelta(days=(self.day - first.isoweekday()) % 7)
            while day <= last:
                yield day
                day += timedelta(days=7)
            return
        year, month = first.year, first.month
        while (year, month) <= (last.year, last.month):
            yield date(year, month, min(self.day, monthrange(year, month)[1]))
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)

    def _rolled(self, day: date) -> date:
        if is_business_day(day):
            return day
        return add_business_days(day, -1 if self.roll is Roll.BEFORE else 1)


def propose_from(arrival: date, lead_business_days: int) -> date:
    """The first day on which the payment is proposed."""
    return add_business_days(arrival, -(lead_business_days + APPROVAL_DAYS))


def first_reachable(today: date, lead_business_days: int) -> date:
    """The earliest arrival that a proposal of today may ask for: the rail's lead time and a day to approve."""
    return add_business_days(today, lead_business_days + 1)
