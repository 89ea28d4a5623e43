"""Weeks as a calendar sees them, and how a series' weeks depend on it: pay runs, month ends, quarters, holidays."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from dbt_project.methods.forecast.levels import at_origin, discounted

Floats = NDArray[np.float64]
FOUR_WEEKS = 4
QUARTER = 13
YEAR = 52
MONTH_BINS = 10
YEAR_WAVES = 3
WORKDAYS = 5
HALF_LIFE_WEEKS = 104.0
LEVEL_HALF_LIFE_WEEKS = 13.0
SIZE_HALF_LIFE_WEEKS = 26.0
# One odd week shall not teach an effect: deviations count for at most this many usual ones.
DEVIATIONS_HIGHEST = 4.0


def features(weeks: int, first_week: date | None) -> Floats:
    """What is known of a week before it comes: weeks × features, each about zero on average.

    Args:
        weeks: how many, from the first on.
        first_week: the day it starts on; without one, only counted weeks (4, 13, 52) can be told apart.
    """
    count = np.arange(weeks)
    if first_week is not None:
        first_week = _monday(first_week)
        # Counted from one Monday for all, so that an effect does not hang on where a series happens to start.
        count = count + (first_week - date(2001, 1, 1)).days // 7
    parts = [
        np.eye(FOUR_WEEKS)[count % FOUR_WEEKS] - 1 / FOUR_WEEKS,
        np.eye(QUARTER)[count % QUARTER] - 1 / QUARTER,
    ]
    if first_week is None:
        return np.hstack([*parts, _waves(count / YEAR)])
    mondays = [first_week + timedelta(days=7 * week) for week in range(weeks)]
    turn = np.array([(monday + timedelta(days=2)).timetuple().tm_yday / 365.25 for monday in mondays])
    return np.hstack([*parts, _waves(turn), _month_places(mondays), _holidays(mondays)])


def profile(values: Floats, seen: Floats, pull_weeks: float) -> tuple[Floats, Floats, Floats]:
    """Effects of the calendar on every series, as known at each origin.

    A ridge regression of the weeks' deviations from their level, the older the less, at all origins at once.

    Args:
        values: weeks × series.
        seen: features of at least the weeks, in order.
        pull_weeks: strength of the pull of every effect towards none, in weeks of evidence.

    Returns:
        Effects, (weeks + 1) × series × features, in units of the size; the size, (weeks + 1) × series, which is the
        mean deviation; and the values without the calendar's effect as known before each week, weeks × series.
    """
    weeks, series = values.shape
    given = seen[:weeks]
    level = at_origin(discounted(values, LEVEL_HALF_LIFE_WEEKS))
    size = at_origin(discounted(np.abs(values - level[:-1]), SIZE_HALF_LIFE_WEEKS))
    unit = np.where(size > 0, size, np.inf)
    effects = np.zeros((weeks + 1, series, seen.shape[1]))
    plain = values
    # The first pass finds effects about a level that still holds them; the second about one that does not.
    for _ in range(2):
        stray = np.clip((values - level[:-1]) / unit[:-1], -DEVIATIONS_HIGHEST, DEVIATIONS_HIGHEST)
        effects[1:] = _ridge(stray, given, pull_weeks)
        plain = values - np.einsum("tf,tsf->ts", given, effects[:-1]) * np.nan_to_num(size[:-1])
        level = at_origin(discounted(plain, LEVEL_HALF_LIFE_WEEKS))
    return effects, size, plain


def _ridge(stray: Floats, given: Floats, pull_weeks: float) -> Floats:
    """Coefficients after each week, weeks × series × features."""
    weeks, series = stray.shape
    count = given.shape[1]
    known = np.isfinite(stray)
    decay = 0.5 ** (1 / HALF_LIFE_WEEKS)
    out = np.zeros((weeks, series, count))
    # Series that were known in the same weeks share one matrix: most of a panel does.
    masks, member = np.unique(known, axis=1, return_inverse=True)
    member = member.reshape(-1)
    for at in range(masks.shape[1]):
        columns = np.flatnonzero(member == at)
        rows = np.flatnonzero(masks[:, at])
        if not len(rows):
            continue
        gram, right = np.zeros((count, count)), np.zeros((count, len(columns)))
        pull = np.eye(count) * pull_weeks
        grams, rights = np.empty((weeks - rows[0], count, count)), np.empty((weeks - rows[0], count, len(columns)))
        part = np.where(known[:, columns], stray[:, columns], 0.0)
        for place, week in enumerate(range(rows[0], weeks)):
            gram, right = gram * decay, right * decay
            if masks[week, at]:
                gram = gram + np.outer(given[week], given[week])
                right = right + np.outer(given[week], part[week])
            grams[place], rights[place] = gram, right
        out[rows[0] :, columns] = np.swapaxes(np.linalg.solve(grams + pull, rights), 1, 2)
    return out


def _monday(start: date) -> date:
    """The Monday of the working days that most of a week from `start` on holds: a week from Sunday has the next one."""
    weekday = start.weekday()
    return start + timedelta(days=-weekday if weekday < 3 else 7 - weekday)


def _waves(turn: Floats) -> Floats:
    angles = 2 * np.pi * turn[:, None] * np.arange(1, YEAR_WAVES + 1)
    waves: Floats = np.hstack([np.cos(angles), np.sin(angles)]) * np.sqrt(0.5)
    return waves


def _month_places(mondays: list[date]) -> Floats:
    """How many of a week's working days fall into each tenth of their month; a day between two is part of both."""
    out = np.full((len(mondays), MONTH_BINS), -WORKDAYS / MONTH_BINS)
    for row, monday in enumerate(mondays):
        for day in (monday + timedelta(days=after) for after in range(WORKDAYS)):
            place = (day.day - 0.5) / calendar.monthrange(day.year, day.month)[1] * MONTH_BINS - 0.5
            low = int(np.floor(place))
            out[row, low % MONTH_BINS] += 1 - (place - low)
            out[row, (low + 1) % MONTH_BINS] += place - low
    return out


def _holidays(mondays: list[date]) -> Floats:
    """Weeks with Christmas, New Year's Day, and Good Friday or Easter Monday: payment runs move out of them."""
    out = np.zeros((len(mondays), 3))
    for row, monday in enumerate(mondays):
        days = [monday + timedelta(days=after) for after in range(WORKDAYS)]
        easter = _easter(monday.year)
        out[row, 0] = any((day.month, day.day) in {(12, 25), (12, 26)} for day in days)
        out[row, 1] = any((day.month, day.day) == (1, 1) for day in days)
        out[row, 2] = easter - timedelta(days=2) in days or easter + timedelta(days=1) in days
    return out


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by Gauss's rule with the two corrections."""
    golden, century = year % 19, year // 100
    moon = (15 + century - (13 + 8 * century) // 25 - century // 4) % 30
    full = (19 * golden + moon) % 30
    full -= full // 28 * (1 - (29 // (full + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + full + 2 - century + century // 4) % 7
    after = full - weekday
    month = 3 + (after + 40) // 44
    return date(year, month, after + 28 - 31 * (month // 4))
