"""Simple forecasts of every series at every origin, each made of the weeks before its origin alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]
YEAR = 52
MONTH = 4
HALF_LIVES = (4, 13, 39)


def candidates(values: Floats, horizon: int) -> dict[str, Floats]:
    """Forecasts by name.

    Args:
        values: weeks × series; NaN where a week is not known.
        horizon: weeks ahead.

    Returns:
        Each (weeks + 1) × series × horizon. Row r is made of values[:r] and says values[r : r + horizon]; NaN where
        the candidate has too few weeks to speak.
    """
    bank = {"last week": _flat(_last(values), horizon)}
    for half_life in HALF_LIVES:
        bank[f"mean of about {2 * half_life} weeks"] = _flat(_discounted(values, half_life), horizon)
    recent = _discounted(values, 13)
    by_phase = _ahead(_phase(values, MONTH, 3), horizon, MONTH)
    bank["every fourth week"] = by_phase
    last_year = _ahead(_phase(values, YEAR, 0.01), horizon, YEAR)
    bank["a year ago"] = last_year
    bank["a year ago and now"] = (last_year + _flat(recent, horizon)) / 2
    return bank


def _flat(level: Floats, horizon: int) -> Floats:
    return np.repeat(level[:, :, None], horizon, axis=2)


def _last(values: Floats) -> Floats:
    return _before(values)


def _before(values: Floats) -> Floats:
    """The values one row later: what is known at an origin; nothing at the first."""
    return np.concatenate([np.full_like(values[:1], np.nan), values])


def _discounted(values: Floats, half_life: float) -> Floats:
    """Mean of the known weeks before each origin, a week's weight halving every `half_life` weeks."""
    decay = 0.5 ** (1 / half_life)
    known = np.isfinite(values)
    total = lfilter([1.0], [1.0, -decay], np.where(known, values, 0.0), axis=0)
    count = lfilter([1.0], [1.0, -decay], known.astype(float), axis=0)
    return _before(np.divide(total, count, out=np.full_like(total, np.nan), where=count > 1e-12))


def _phase(values: Floats, period: int, half_life: float) -> Floats:
    """Per week, the discounted mean of it and of the weeks whole periods before it; half-life in periods."""
    decay = 0.5 ** (1 / half_life)
    known = np.isfinite(values)
    filter_: list[float] = [1.0] + [0.0] * (period - 1) + [-decay]
    total = lfilter([1.0], filter_, np.where(known, values, 0.0), axis=0)
    count = lfilter([1.0], filter_, known.astype(float), axis=0)
    mean: Floats = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 1e-12)
    return mean


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
