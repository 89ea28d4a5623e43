"""Banking days of the United States: no weekends, no Federal Reserve holidays."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
BANKS = ZoneInfo("America/New_York")  # The clock that Ramp's and the Federal Reserve's cut-offs are told in.


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())


@lru_cache(maxsize=64)
def bank_holidays(year: int) -> frozenset[date]:
    """Days on which the Federal Reserve Banks are closed.

    A holiday on a Sunday is kept on the Monday; one on a Saturday is not moved (the banks stay open on Friday).
    """
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    moved = [day + ONE_DAY if day.weekday() == 6 else day for day in fixed]
    floating = [
        _nth_weekday(year, 1, 0, 3),
        _nth_weekday(year, 2, 0, 3),
        _last_monday_of_may(year),
        _nth_weekday(year, 9, 0, 1),
        _nth_weekday(year, 10, 0, 2),
        _nth_weekday(year, 11, 3, 4),
    ]
    return frozenset([*moved, *floating])


def is_business_day(day: date) -> bool:
    """Whether banks settle on that day."""
    return day.weekday() < 5 and day not in bank_holidays(day.year)


def add_business_days(day: date, count: int) -> date:
    """The day that lies `count` banking days after `day` (before it, when negative)."""
    step = ONE_DAY if count >= 0 else -ONE_DAY
    left = abs(count)
    while left:
        day += step
        if is_business_day(day):
            left -= 1
    return day


def business_days_between(start: date, end: date) -> int:
    """Banking days after `start` up to and with `end`; 0 when `end` is not later."""
    count, day = 0, start
    while day < end:
        day += ONE_DAY
        count += is_business_day(day)
    return count


def payment_day(now: datetime, today: date, cut_off_minute: int) -> date:
    """The day from which the banks count a payment handed over now: the next one once the cut-off has passed.

    `today` is the client's day, `cut_off_minute` a minute of New York's day; the later of the two calendars rules.
    """
    there = now.astimezone(BANKS)
    is_late = there.hour * 60 + there.minute >= cut_off_minute
    return max(today, there.date() + ONE_DAY * is_late)
