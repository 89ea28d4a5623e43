"""Days on which US banks move money."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1))


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """The Federal Reserve's holidays; one that falls on a Sunday is kept on Monday, on a Saturday not at all."""
    last_of_may = date(year, 5, 31)
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    moving = [
        _nth(year, 1, 0, 3),
        _nth(year, 2, 0, 3),
        last_of_may - timedelta(last_of_may.weekday()),
        _nth(year, 9, 0, 1),
        _nth(year, 10, 0, 2),
        _nth(year, 11, 3, 4),
    ]
    return frozenset([day + timedelta(1) if day.weekday() == 6 else day for day in fixed] + moving)


def is_bank_day(day: date) -> bool:
    """No weekend, no bank holiday."""
    return day.weekday() < 5 and day not in holidays(day.year)


def shift(day: date, bank_days: int) -> date:
    """So many bank days later (or earlier, when negative); 0 gives the next bank day at or after the day."""
    step = timedelta(-1 if bank_days < 0 else 1)
    left = abs(bank_days)
    while left or not is_bank_day(day):
        day += step
        if left and is_bank_day(day):
            left -= 1
    return day
