"""A panel of weekly series some weeks ahead, as known at each of the origins asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from dbt_project.methods.forecast.candidates import candidates
from dbt_project.methods.forecast.choice import weights
from dbt_project.methods.forecast.intervals import bounds

Floats = NDArray[np.float64]
LEVELS = (0.80, 0.90, 0.95)
SUMS = (4, 8, 13)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What was to be expected at each origin. Axes: origin, series, then as said; NaN where nothing is known."""

    mean: Floats
    """origins × series × horizon, in the unit of the values."""
    low: Floats
    """origins × series × horizon × levels."""
    high: Floats
    """origins × series × horizon × levels."""
    sum_mean: Floats
    """origins × series × sums: of the first weeks together."""
    sum_low: Floats
    """origins × series × sums × levels: calibrated on errors of sums, so not the sum of the weeks' ends."""
    sum_high: Floats
    """origins × series × sums × levels."""
    candidates: tuple[str, ...]
    """Names of the simple forecasts that the mean is made of."""
    weight: Floats
    """origins × series × candidates: each one's part of the mean."""
    error: Floats
    """origins × series × candidates: mean absolute error over the past origins whose outcome was known by then."""


def forecast_panel(
    values: Floats,
    horizon: int = 13,
    *,
    origins: Sequence[int] | None = None,
    first_week: date | None = None,
    levels: Sequence[float] = LEVELS,
    sums: Sequence[int] = SUMS,
) -> Forecast:
    """Forecast every series at every wanted origin with nothing but the weeks before it.

    Args:
        values: weeks × series, one row per week without gaps; NaN before a series starts and after it ends.
        horizon: weeks ahead, 1 or more.
        origins: rows; row r is the first week that is forecast, so `len(values)` (the default) is after the last week.
        first_week: Monday of row 0; without it months, quarters and holidays are not looked at.
        levels: shares of outcomes that intervals shall hold.
        sums: numbers of first weeks that are forecast as a sum; those beyond the horizon are left out.

    Raises:
        ValueError: another shape, a horizon below 1, or an origin outside 1 … weeks.
    """
    if values.ndim != 2 or horizon < 1:
        raise ValueError(f"values are weeks × series and a horizon is at least 1, not {values.shape} and {horizon}")
    weeks, series = values.shape
    rows = [weeks] if origins is None else [int(row) for row in origins]
    if bad := [row for row in rows if not 1 <= row <= weeks]:
        raise ValueError(f"origin {bad[0]} is not in 1 to {weeks}")
    spans = [span for span in sums if span <= horizon]
    named = candidates(values, horizon)
    bank = np.stack(list(named.values()))
    outcome = _outcome(values, horizon)
    weight, error = weights(bank, outcome)
    mean = np.where(weight[..., None] > 0, weight[..., None] * np.where(np.isfinite(bank), bank, 0.0), 0.0).sum(axis=0)
    mean[weight.sum(axis=0) == 0] = np.nan
    scale = np.where(np.isfinite(error), weight * error, 0.0).sum(axis=0)
    scale = np.maximum(scale, 1e-9)

    low, high = (np.full((len(rows), series, horizon, len(levels)), np.nan) for _ in range(2))
    sum_low, sum_high = (np.full((len(rows), series, len(spans), len(levels)), np.nan) for _ in range(2))
    sum_mean = np.stack([mean[..., :span].sum(axis=-1) for span in spans], axis=-1) if spans else mean[..., :0]
    sum_outcome = np.stack([outcome[..., :span].sum(axis=-1) for span in spans], axis=-1) if spans else mean[..., :0]
    for at, level in enumerate(levels):
        for step in range(horizon):
            ends = bounds(mean[..., step], outcome[..., step], scale, step + 1, rows, level)
            low[..., step, at], high[..., step, at] = ends
        for place, span in enumerate(spans):
            ends = bounds(sum_mean[..., place], sum_outcome[..., place], scale, span, rows, level)
            sum_low[..., place, at], sum_high[..., place, at] = ends
    return Forecast(
        mean=mean[rows],
        low=low,
        high=high,
        sum_mean=sum_mean[rows],
        sum_low=sum_low,
        sum_high=sum_high,
        candidates=tuple(named),
        weight=np.moveaxis(weight[:, rows], 0, -1),
        error=np.moveaxis(error[:, rows], 0, -1),
    )


def _outcome(values: Floats, horizon: int) -> Floats:
    """(weeks + 1) × series × horizon: what came in the weeks from each origin on; NaN where that is not known."""
    padded = np.concatenate([values, np.full((horizon, values.shape[1]), np.nan)])
    return np.stack([padded[step : step + len(values) + 1] for step in range(horizon)], axis=-1)
