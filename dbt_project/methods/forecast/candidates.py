"""Simple forecasts of every series at every origin, each made of the weeks before its origin alone."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from dbt_project.methods.forecast.calendar import YEAR, features, profile
from dbt_project.methods.forecast.levels import at_origin, discounted, trends

Floats = NDArray[np.float64]
# A payment many times the usual one says little about the next weeks' level.
STRAY_HIGHEST = 3.0


# Relative error of each kind beside a mean of eight weeks, on council payments, before the series itself has said any.
PRIOR = {
    "last week": 1.25,
    "mean of about 8 weeks": 1.0,
    "mean of about 26 weeks": 1.0,
    "every fourth week": 1.0,
    "a year ago and now": 0.98,
    "level, slow": 1.0,
    "level, quick": 1.06,
    "damped trend": 1.03,
    "trend": 1.03,
    "steep trend": 1.3,
    "last week and last year's moves": 1.3,
    "last week and 2 years' moves": 1.3,
    "quick level and most of 4 years' moves": 1.25,
    "slow level and 4 years' moves": 1.25,
    "damped trend and half of 4 years' moves": 1.25,
    "calendar, about 12 weeks": 0.93,
    "calendar, about 26 weeks": 0.93,
    "calendar, about 52 weeks": 0.93,
    "calendar without odd weeks, about 12 weeks": 0.9,
    "calendar without odd weeks, about 26 weeks": 0.9,
    "calendar without odd weeks, about 52 weeks": 0.9,
    "close calendar, about 52 weeks": 0.93,
    "close calendar without odd weeks, about 52 weeks": 0.9,
}
NAMES = tuple(PRIOR)
TRENDS = {
    # Share of an error that moves the level, share of that which moves the trend, damping of the trend.
    "level, slow": (0.2, 0.0, 1.0),
    "level, quick": (0.5, 0.0, 1.0),
    "damped trend": (0.2, 0.1, 0.9),
    "trend": (0.2, 0.03, 1.0),
    "steep trend": (0.9, 0.3, 0.9),
}
YEARS_HIGHEST = 4
CALENDARS = {
    # Pull of every effect towards none, in weeks of evidence, and half-lives of the levels under it. The close one is
    # for payments that hardly stray from their days, such as wages and rents.
    "calendar": (15.0, (6, 13, 26)),
    "close calendar": (2.0, (26,)),
}


def candidates(values: Floats, horizon: int, first_week: date | None = None) -> Floats:
    """What each of `NAMES` says.

    Args:
        values: weeks × series; NaN where a week is not known.
        horizon: weeks ahead.
        first_week: Monday of row 0, if it is known.

    Returns:
        candidates × (weeks + 1) × series × horizon. Row r is made of values[:r] and says values[r : r + horizon]; NaN
        where a candidate has too few weeks to speak.
    """
    bank = _means(values, horizon) | _trends(values, horizon)
    bank |= _years(values, horizon, bank) | _calendar(values, horizon, first_week)
    return np.stack([bank[name] for name in NAMES])


def _means(values: Floats, horizon: int) -> dict[str, Floats]:
    fourth = _ahead(discounted(values, 3, period=4), horizon, 4)
    year_ago = _ahead(values, horizon, YEAR)
    near, far = (_flat(at_origin(discounted(values, half_life)), horizon) for half_life in (4, 13))
    return {
        "last week": _flat(at_origin(values), horizon),
        "mean of about 8 weeks": near,
        "mean of about 26 weeks": far,
        "every fourth week": fourth,
        "a year ago and now": (year_ago + far) / 2,
    }


def _trends(values: Floats, horizon: int) -> dict[str, Floats]:
    levels, steps = trends(values, list(TRENDS.values()))
    out = {}
    for at, (name, (_, _, damping)) in enumerate(TRENDS.items()):
        reach = np.cumsum(damping ** np.arange(1, horizon + 1))
        out[name] = levels[at][:, :, None] + steps[at][:, :, None] * reach
    return out


def _years(values: Floats, horizon: int, bank: dict[str, Floats]) -> dict[str, Floats]:
    """A level moved as the same weeks of earlier years moved from the week before the origin, or by a part of it."""
    weeks, series = values.shape
    total, seen = (np.zeros((weeks + 1, series, horizon)) for _ in range(2))
    moved: dict[int, Floats] = {}
    rows = np.arange(weeks + 1)
    for years in range(1, YEARS_HIGHEST + 1):
        known = rows[rows - 1 - YEAR * years >= 0]
        for step in range(horizon):
            move = values[known + step - YEAR * years] - values[known - 1 - YEAR * years]
            total[known, :, step] += np.nan_to_num(move)
            seen[known, :, step] += np.isfinite(move)
        moved[years] = np.divide(total, seen, out=np.full_like(total, np.nan), where=seen > 0)
    return {
        "last week and last year's moves": bank["last week"] + moved[1],
        "last week and 2 years' moves": bank["last week"] + moved[2],
        "quick level and most of 4 years' moves": bank["level, quick"] + 0.7 * moved[4],
        "slow level and 4 years' moves": bank["level, slow"] + 0.9 * moved[4],
        "damped trend and half of 4 years' moves": bank["damped trend"] + 0.5 * moved[4],
    }


def _calendar(values: Floats, horizon: int, first_week: date | None) -> dict[str, Floats]:
    """Levels with the calendar's effect, as paid and with odd weeks cut to the usual reach."""
    weeks = len(values)
    seen = features(weeks + horizon, first_week)
    out = {}
    for kind, (pull_weeks, half_lives) in CALENDARS.items():
        effects, size, plain = profile(values, seen, pull_weeks)
        effect = np.stack(
            [np.einsum("tf,tsf->ts", seen[step : step + weeks + 1], effects) for step in range(horizon)], axis=-1
        )
        effect *= np.nan_to_num(size)[:, :, None]
        middle, reach = at_origin(discounted(plain, 13))[:-1], STRAY_HIGHEST * size[:-1]
        tame = np.where(np.isfinite(reach), np.clip(plain, middle - reach, middle + reach), plain)
        for name, figures in ((kind, plain), (f"{kind} without odd weeks", tame)):
            for half_life in half_lives:
                level = at_origin(discounted(figures, half_life))
                out[f"{name}, about {2 * half_life} weeks"] = level[:, :, None] + effect
    return out


def _flat(level: Floats, horizon: int) -> Floats:
    return np.repeat(level[:, :, None], horizon, axis=2)


def _ahead(by_week: Floats, horizon: int, period: int) -> Floats:
    """At origin r and step h, the figure of the latest known week a whole number of periods before the target."""
    weeks, series = by_week.shape
    out = np.full((weeks + 1, series, horizon), np.nan)
    rows = np.arange(weeks + 1)
    for step in range(horizon):
        source = rows + step - period * (step // period + 1)
        usable = source >= 0
        out[usable, :, step] = by_week[source[usable]]
    return out
