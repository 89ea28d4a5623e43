"""Finite-sample conformal intervals: past errors of the same step, in units of the size of the series' errors then."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from dbt_project.methods.forecast.choice import discounted_mean, known_later

Floats = NDArray[np.float64]
# Ten years: at thirteen weeks ahead, a hundred overlapping errors are but eight separate ones.
ERRORS_HIGHEST = 520
SIZE_HALF_LIFE_WEEKS = 13.0
# A quiet quarter is no promise: the size of errors never falls below this part of what it was over some years.
SIZE_PART_LOWEST = 0.25
LONG_HALF_LIFE_WEEKS = 104.0
SIZE_COMPARABLE = 0.01
# Fewer own errors than this have no rank for a 95 % interval; errors of the usual shape fill up to it.
ERRORS_LOWEST = 39
# Errors of council payments in units of their size, away from nil upwards, at these shares. Errors of a sum of k weeks
# are k ** 0.58 times as large.
USUAL_SHARES = (0.0125, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.9875)
USUAL_ERRORS = (-2.1, -1.8, -1.5, -1.2, -0.8, -0.3, 0.6, 2.0, 2.9, 4.2, 5.9)
USUAL_GROWTH = 0.58
# 40 × 0.1 is 4 and a little more in floating point; a rank is not.
ROUNDING = 1e-6


def error_size(error: Floats) -> Floats:
    """Mean absolute error of the weeks known at each origin, recent ones first of all.

    Args:
        error: origins × series × steps; NaN while the outcome is not known.

    Returns:
        origins × series; NaN without any known error, and where all of them were nil.
    """
    known = known_later(np.abs(error))
    recent, long = (
        _over_steps(discounted_mean(known, life)[0]) for life in (SIZE_HALF_LIFE_WEEKS, LONG_HALF_LIFE_WEEKS)
    )
    size = np.fmax(recent, long * SIZE_PART_LOWEST)
    found: Floats = np.where(size > 0, size, np.nan)
    return found


def bounds(
    said: Floats, outcome: Floats, size: Floats, ahead: int, weeks: int, origins: Sequence[int], levels: Sequence[float]
) -> tuple[Floats, Floats]:
    """Low and high ends of one figure of every series: a week, or a sum of weeks.

    Args:
        said: origins × series, what was said at every origin.
        outcome: origins × series, what came; NaN while not known.
        size: origins × series, of the errors of single weeks as known at each origin; NaN where there is none.
        ahead: weeks after an origin until its outcome is known.
        weeks: that the figure sums.
        origins: rows that intervals are wanted for.
        levels: shares of outcomes that shall lie inside.

    Returns:
        Two of wanted origins × series × levels. Both ends are what was said where no error is known.
    """
    scores = (outcome - said) / size
    low, high = (np.full((len(origins), said.shape[1], len(levels)), np.nan) for _ in range(2))
    for at, row in enumerate(origins):
        end = max(0, row - ahead + 1)
        past = slice(max(0, end - ERRORS_HIGHEST), end)
        # Beside errors of a hundredth of today's size, any step is beyond measure.
        own = np.where(size[past] >= size[row] * SIZE_COMPARABLE, scores[past], np.nan)
        count = np.isfinite(own).sum(axis=0)
        # Payments stray further away from nil than towards it, whichever sign they have.
        usual = _usual(count) * weeks**USUAL_GROWTH * np.where(said[row] < 0, -1.0, 1.0)
        ordered = np.sort(np.concatenate([own, usual]), axis=0)
        count = np.maximum(count, ERRORS_LOWEST)
        for place, level in enumerate(levels):
            unit = np.nan_to_num(size[row])
            if weeks > 1:
                unit = unit * _for_few(count / weeks, level)
            low[at, :, place] = said[row] + unit * _ranked(
                ordered, np.floor((count + 1) * (1 - level) / 2 + ROUNDING), count
            )
            high[at, :, place] = said[row] + unit * _ranked(
                ordered, np.ceil((count + 1) * (1 + level) / 2 - ROUNDING), count
            )
    return low, high


def _usual(count: NDArray[np.int64]) -> Floats:
    """Errors of the usual shape, evenly over the shares, as many as each series lacks; NaN beyond."""
    place = np.arange(ERRORS_LOWEST)[:, None]
    lacks = np.maximum(ERRORS_LOWEST - count, 0)[None]
    share = (place + 0.5) / np.maximum(lacks, 1)
    found = np.interp(share, USUAL_SHARES, USUAL_ERRORS)
    return np.where(place < lacks, found, np.nan)


def _for_few(separate: Floats, level: float) -> Floats:
    """How much wider an interval is for resting on few separate errors: Student's factor; sums of weeks overlap."""
    free = np.maximum(separate, 3.0)
    share = (1 + level) / 2
    wider: Floats = t.ppf(share, free - 1) / norm.ppf(share)
    return wider


def _ranked(ordered: Floats, rank: Floats, count: NDArray[np.int64]) -> Floats:
    at = np.clip(rank - 1, 0, count - 1).astype(int)
    found: Floats = np.take_along_axis(ordered, at[None], axis=0)[0]
    return found


def _over_steps(figures: Floats) -> Floats:
    seen = np.isfinite(figures)
    count = seen.sum(axis=-1)
    total = np.where(seen, figures, 0.0).sum(axis=-1)
    mean: Floats = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return mean
