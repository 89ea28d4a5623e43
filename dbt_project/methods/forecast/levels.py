"""Levels and trends of many series at every origin, in one pass over the weeks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]


def at_origin(values: Floats, empty: float = np.nan) -> Floats:
    """Weekly figures one row later: row r is the last one known at origin r; `empty` at the first origin."""
    return np.concatenate([np.full_like(values[:1], empty), values])


def discounted(figures: Floats, half_life: float, period: int = 1) -> Floats:
    """Per row, the mean of it and the known ones before it (each `period` rows), halving in weight every half-life.

    Args:
        figures: rows × …; NaN is not known and has no weight.
        half_life: in periods.
        period: rows from one figure of the mean to the next.

    Returns:
        The shape of `figures`; NaN until a figure is known.
    """
    taps = [1.0, *[0.0] * (period - 1), -(0.5 ** (1 / half_life))]
    known = np.isfinite(figures)
    total = lfilter([1.0], taps, np.where(known, figures, 0.0), axis=0)
    weight = lfilter([1.0], taps, known.astype(float), axis=0)
    # Weights of a thousand half-lives ago are no evidence, and a quotient of two of them is noise.
    mean: Floats = np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 1e-9)
    return mean


def trends(values: Floats, settings: Sequence[tuple[float, float, float]]) -> tuple[Floats, Floats]:
    """Holt's level and damped trend at every origin, once per setting.

    Args:
        values: weeks × series; a week that is not known moves nothing.
        settings: (share of an error that moves the level, share of that which moves the trend, damping of the trend).

    Returns:
        Levels and trends, settings × (weeks + 1) × series; NaN before a series starts.
    """
    weeks, series = values.shape
    gain, slope, damping = (np.array(column)[:, None] for column in zip(*settings, strict=True))
    levels, steps = (np.full((len(settings), weeks + 1, series), np.nan) for _ in range(2))
    level, step = np.full((len(settings), series), np.nan), np.zeros((len(settings), series))
    known = np.isfinite(values)
    for week in range(weeks):
        starts = known[week] & np.isnan(level)
        said = level + damping * step
        error = np.where(known[week], values[week] - said, 0.0)
        level = np.where(starts, values[week], said + gain * error)
        step = np.where(starts, 0.0, damping * step + gain * slope * error)
        levels[:, week + 1], steps[:, week + 1] = level, step
    return levels, steps
