"""A panel's forecast: shapes, no future in it, and scale in, scale out."""

from __future__ import annotations

import numpy as np
import pytest

from dbt_project.methods.forecast import LEVELS, SUMS, forecast_panel


def panel(weeks: int = 120, series: int = 3, seed: int = 1) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.lognormal(size=(weeks, series)) + 3 * (np.arange(weeks) % 4 == 0)[:, None]


def test_shapes_are_as_said() -> None:
    found = forecast_panel(panel(), 13, origins=[80, 120])
    assert found.mean.shape == (2, 3, 13)
    assert found.low.shape == found.high.shape == (2, 3, 13, len(LEVELS))
    assert found.sum_mean.shape == (2, 3, len(SUMS))
    assert found.sum_low.shape == (2, 3, len(SUMS), len(LEVELS))
    np.testing.assert_allclose(found.weight.sum(axis=-1), 1)


@pytest.mark.parametrize("origin", [30, 60, 119])
def test_nothing_later_than_the_origin_changes_a_forecast(origin: int) -> None:
    known = panel()
    other = known.copy()
    other[origin:] = 1e6
    one, two = (forecast_panel(values, origins=[origin]) for values in (known, other))
    for name in ("mean", "low", "high", "sum_mean", "sum_low", "sum_high", "weight", "error"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_a_fourth_week_that_pays_more_is_seen() -> None:
    found = forecast_panel(panel(), 13)
    heavy = np.arange(120, 133) % 4 == 0
    assert (found.mean[0][:, heavy].min(axis=1) > found.mean[0][:, ~heavy].max(axis=1)).all()


def test_origins_and_horizons_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="origin 0 is not in 1 to 120"):
        forecast_panel(panel(), origins=[0])
    with pytest.raises(ValueError, match="horizon is at least 1"):
        forecast_panel(panel(), 0)
