"""Bank days, months and local clock times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


@lru_cache(maxsize=64)
def bank_holidays(year: int) -> frozenset[date]:
    """Days on which the Federal Reserve is closed; one that falls on a Sunday is kept on Monday."""
    last_may = date(year, 5, 31)
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    moved = [day + timedelta(days=1) if day.weekday() == 6 else day for day in fixed]
    floating = [
        _nth(year, 1, 0, 3),
        _nth(year, 2, 0, 3),
        last_may - timedelta(days=last_may.weekday()),
        _nth(year, 9, 0, 1),
        _nth(year, 10, 0, 2),
        _nth(year, 11, 3, 4),
    ]
    return frozenset(moved + floating)


@lru_cache(maxsize=8192)
def is_bank_day(day: date) -> bool:
    """Whether banks settle on that day."""
    return day.weekday() < 5 and day not in bank_holidays(day.year)


@lru_cache(maxsize=8192)
def bank_day(day: date) -> date:
    """The day itself, or the next bank day."""
    while not is_bank_day(day):
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=16384)
def bank_days_after(day: date, count: int) -> date:
    """`count` bank days later (earlier when negative)."""
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        if is_bank_day(day):
            left -= 1
    return day


def days(first: date, last: date) -> Iterator[date]:
    """Each day from first to last, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def months(first: date, last: date) -> Iterator[date]:
    """The first day of each month that touches the span."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def months_back(day: date, count: int) -> date:
    """The first day of the month `count` months earlier."""
    number = day.year * 12 + day.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def day_of(month: date, number: int) -> date:
    """Day `number` of the month, cut to its last day."""
    last = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return month.replace(day=min(number, last.day))


@lru_cache(maxsize=32768)
def _midnight(day: date, zone: str) -> int:
    return int(datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC).timestamp())


def instant(day: date, zone: str, seconds: int) -> int:
    """Unix seconds of a local day and second of that day."""
    return _midnight(day, zone) + seconds
