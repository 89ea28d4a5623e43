"""A panel of weekly series some weeks ahead, as known at each of the origins asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from dbt_project.methods.forecast.candidates import NAMES, PRIOR, candidates
from dbt_project.methods.forecast.choice import weights
from dbt_project.methods.forecast.intervals import bounds, error_size
from dbt_project.methods.forecast.levels import at_origin

Floats = NDArray[np.float64]
LEVELS = (0.80, 0.90, 0.95)
SUMS = (4, 8, 13)
FIGURES_AT_ONCE = 20_000_000


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
    """origins × series × candidates: mean absolute error per week, of weeks and their sums, that was known by then."""


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
        first_week: the day on which row 0 starts; without it months and holidays are not looked at.
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
    spans = [span for span in sums if 1 <= span <= horizon]
    # Memory: one candidate's figure per week, step and series.
    at_once = max(1, FIGURES_AT_ONCE // ((weeks + 1) * horizon * len(NAMES)))
    parts = [
        _forecast(values[:, start : start + at_once], horizon, rows, first_week, levels, spans)
        for start in range(0, max(series, 1), at_once)
    ]
    joined = {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}
    return Forecast(candidates=NAMES, **joined)


def _forecast(
    values: Floats,
    horizon: int,
    rows: Sequence[int],
    first_week: date | None,
    levels: Sequence[float],
    spans: Sequence[int],
) -> dict[str, Floats]:
    bank = candidates(values, horizon, first_week)
    outcome = _outcome(values, horizon)
    # The choice does not hang on which sums are asked for.
    weight, loss = weights(bank, outcome, np.array(list(PRIOR.values())), [span for span in SUMS if span <= horizon])
    mean = np.einsum("cos,cosh->osh", weight, np.nan_to_num(bank))
    mean[weight.sum(axis=0) == 0] = np.nan
    least, most = _sides(values)
    mean = np.clip(mean, least[:, :, None], most[:, :, None])
    size = error_size(outcome - mean)
    low, high = (np.full((len(rows), values.shape[1], horizon, len(levels)), np.nan) for _ in range(2))
    for step in range(horizon):
        low[:, :, step], high[:, :, step] = bounds(mean[..., step], outcome[..., step], size, step + 1, 1, rows, levels)
    sum_mean = _sums(mean, spans)
    sum_outcome = _sums(outcome, spans)
    sum_low, sum_high = (np.full((len(rows), values.shape[1], len(spans), len(levels)), np.nan) for _ in range(2))
    for place, span in enumerate(spans):
        sum_low[:, :, place], sum_high[:, :, place] = bounds(
            sum_mean[..., place], sum_outcome[..., place], size, span, span, rows, levels
        )
    least, most = least[rows][:, :, None, None], most[rows][:, :, None, None]
    return {
        "mean": mean[rows],
        "low": np.clip(low, least, most),
        "high": np.clip(high, least, most),
        "sum_mean": sum_mean[rows],
        "sum_low": np.clip(sum_low, least, most),
        "sum_high": np.clip(sum_high, least, most),
        "weight": np.moveaxis(weight[:, rows], 0, -1),
        "error": np.moveaxis(loss[:, rows], 0, -1),
    }


def _sides(values: Floats) -> tuple[Floats, Floats]:
    """The least and the most that may be said at each origin: a flow that never turned is not forecast to turn."""
    lowest = at_origin(np.fmin.accumulate(values, axis=0))
    highest = at_origin(np.fmax.accumulate(values, axis=0))
    return np.where(lowest >= 0, 0.0, -np.inf), np.where(highest <= 0, 0.0, np.inf)


def _sums(figures: Floats, spans: Sequence[int]) -> Floats:
    return np.stack([figures[..., :span].sum(axis=-1) for span in spans], axis=-1) if spans else figures[..., :0]


def _outcome(values: Floats, horizon: int) -> Floats:
    """(weeks + 1) × series × horizon: what came in the weeks from each origin on; NaN where that is not known."""
    padded = np.concatenate([values, np.full((horizon, values.shape[1]), np.nan)])
    return np.stack([padded[step : step + len(values) + 1] for step in range(horizon)], axis=-1)
