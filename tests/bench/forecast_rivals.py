"""What weekly forecasts are measured against: naive rules, and statsforecast's models as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
YEAR = 52
# (mean, low and high of 80 %, low and high of 95 %), each of the horizon's length; rules have no intervals.
Said = tuple[Floats, list[tuple[Floats, Floats]]]
Rival = Callable[[Floats, int], Said]


def seasonal_naive(values: Floats, horizon: int) -> Said:
    """The same week a year ago; with less than a year, the last week."""
    season = YEAR if len(values) >= YEAR else 1
    return np.resize(values[-season:], horizon), []


def mean_of(weeks: int) -> Rival:
    """The mean of the last weeks."""
    return lambda values, horizon: (np.full(horizon, values[-weeks:].mean()), [])


def latest(weeks: int, rival: Rival) -> Rival:
    """The rival on the last weeks alone."""
    return lambda values, horizon: rival(values[-weeks:], horizon)


def library(name: str, season: int = 1) -> Rival:
    """A statsforecast model with its own 80 and 95 % intervals."""
    from statsforecast import models

    def forecast(values: Floats, horizon: int) -> Said:
        said = getattr(models, name)(season_length=season).forecast(y=values, h=horizon, level=[80, 95])
        return said["mean"], [(said[f"lo-{level}"], said[f"hi-{level}"]) for level in (80, 95)]

    return forecast


def rivals() -> Iterator[tuple[str, Rival]]:
    """The named rivals, the cheapest first."""
    yield "naive: the last week", lambda values, horizon: (np.full(horizon, values[-1]), [])
    yield "naive: seasonal (the same week a year ago)", seasonal_naive
    yield "naive: mean of 13 weeks", mean_of(13)
    yield "library: statsforecast Theta", library("Theta")
    yield "library: statsforecast Theta, season 52", library("Theta", YEAR)
    yield "library: statsforecast AutoETS", library("AutoETS")
    # Its time grows with the length, and older weeks than five years hardly move it.
    yield "library: statsforecast AutoARIMA, last 5 years", latest(5 * YEAR, library("AutoARIMA"))
