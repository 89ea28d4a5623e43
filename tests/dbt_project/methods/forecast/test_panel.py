"""A panel's forecast: shapes, no future in it, series that do not see one another, odd series, and honest intervals."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_project.methods.forecast import LEVELS, SUMS, Forecast, forecast_panel

MONDAY = date(2021, 1, 4)
FIGURES = ("mean", "low", "high", "sum_mean", "sum_low", "sum_high", "weight", "error")


def panel(weeks: int = 120, series: int = 3, seed: int = 1) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.lognormal(size=(weeks, series)) + 3 * (np.arange(weeks) % 4 == 0)[:, None]


def same(one: Forecast, two: Forecast, factor: float = 1.0) -> None:
    for name in FIGURES:
        by = 1.0 if name == "weight" else factor
        np.testing.assert_allclose(getattr(two, name), by * getattr(one, name), rtol=1e-7, atol=1e-9 * abs(by))


def test_shapes_are_as_said() -> None:
    found = forecast_panel(panel(), 13, origins=[80, 120])
    assert found.mean.shape == (2, 3, 13)
    assert found.low.shape == found.high.shape == (2, 3, 13, len(LEVELS))
    assert found.sum_mean.shape == (2, 3, len(SUMS))
    assert found.sum_low.shape == (2, 3, len(SUMS), len(LEVELS))
    assert found.weight.shape == found.error.shape == (2, 3, len(found.candidates))
    np.testing.assert_allclose(found.weight.sum(axis=-1), 1)
    np.testing.assert_allclose(found.sum_mean[..., 0], found.mean[..., :4].sum(axis=-1))


@pytest.mark.parametrize("first_week", [None, MONDAY], ids=["weeks alone", "calendar"])
@pytest.mark.parametrize("origin", [1, 3, 30, 60, 119])
def test_nothing_later_than_the_origin_changes_a_forecast(origin: int, first_week: date | None) -> None:
    known = panel()
    other = known.copy()
    other[origin:] = 1e6
    one, two = (forecast_panel(values, origins=[origin], first_week=first_week) for values in (known, other))
    cut = forecast_panel(known[:origin], first_week=first_week)
    for name in FIGURES:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    same(one, cut)


def test_one_series_says_nothing_about_another() -> None:
    both = panel(series=2)
    both[:50, 1] = np.nan
    joint = forecast_panel(both)
    for column in (0, 1):
        alone = forecast_panel(both[:, [column]])
        for name in FIGURES:
            np.testing.assert_allclose(getattr(joint, name)[:, [column]], getattr(alone, name), rtol=1e-7)


def test_weeks_before_the_start_are_no_weeks() -> None:
    values = panel(60, 1)
    padded = np.vstack([np.full((40, 1), np.nan), values])
    same(forecast_panel(values, first_week=MONDAY + timedelta(weeks=40)), forecast_panel(padded, first_week=MONDAY))


@settings(max_examples=20, deadline=None)
@given(factor=st.sampled_from([-100.0, -1.0, 0.01, 1_000_000.0]), seed=st.integers(0, 50), weeks=st.integers(2, 90))
def test_another_unit_or_sign_is_the_same_forecast(factor: float, seed: int, weeks: int) -> None:
    values = panel(weeks, 2, seed)
    values[:, 1] -= 2
    one, two = forecast_panel(values), forecast_panel(values * factor)
    for name in ("mean", "sum_mean"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name) * factor, rtol=1e-6, atol=1e-6 * abs(factor))
    low, high = (two.low, two.high) if factor > 0 else (two.high, two.low)
    np.testing.assert_allclose(low, one.low * factor, rtol=1e-6, atol=1e-6 * abs(factor))
    np.testing.assert_allclose(high, one.high * factor, rtol=1e-6, atol=1e-6 * abs(factor))


@settings(max_examples=30, deadline=None)
@given(
    weeks=st.integers(1, 70),
    seed=st.integers(0, 10_000),
    kind=st.sampled_from(["zero", "constant", "rare", "negative", "holes", "step", "one week"]),
)
def test_whatever_the_series_ends_are_in_order_and_figures_are_numbers(weeks: int, seed: int, kind: str) -> None:
    draw = np.random.default_rng(seed)
    values = draw.lognormal(size=(weeks, 1))
    if kind == "zero":
        values[:] = 0
    elif kind == "constant":
        values[:] = 70.0
    elif kind == "rare":
        values *= draw.random(values.shape) < 0.1
    elif kind == "negative":
        values -= 3
    elif kind == "holes":
        values[:-1][draw.random((weeks - 1, 1)) < 0.3] = np.nan
    elif kind == "step":
        values[: weeks // 2] = 0
    else:
        values[:-1] = np.nan
    found = forecast_panel(values, first_week=MONDAY)
    for name in FIGURES[:-1]:
        assert np.isfinite(getattr(found, name)).all(), name
    assert (found.low <= found.high).all()
    assert (np.diff(found.low, axis=-1) <= 1e-9).all()
    assert (np.diff(found.high, axis=-1) >= -1e-9).all()
    if kind in {"zero", "constant"}:
        np.testing.assert_allclose(found.mean, values[0, 0], rtol=1e-6)
    if (values[np.isfinite(values)] >= 0).all():
        assert (found.low >= 0).all()


def test_a_series_that_has_not_begun_has_no_forecast() -> None:
    values = panel(30, 2)
    values[:, 1] = np.nan
    found = forecast_panel(values)
    assert np.isfinite(found.mean[:, 0]).all()
    assert np.isnan(found.mean[:, 1]).all()
    assert np.isnan(found.low[:, 1]).all()


def test_a_fourth_week_that_pays_more_is_seen() -> None:
    found = forecast_panel(panel(), 13)
    heavy = np.arange(120, 133) % 4 == 0
    assert (found.mean[0][:, heavy].min(axis=1) > found.mean[0][:, ~heavy].max(axis=1)).all()


def test_a_payment_run_on_a_day_of_the_month_moves_with_the_calendar() -> None:
    weeks = 180
    mondays = [MONDAY + timedelta(weeks=week) for week in range(weeks + 13)]
    # Paid on the 28th, whichever week that is.
    pays = np.array([any((monday + timedelta(days=day)).day == 28 for day in range(7)) for monday in mondays])
    noise = np.random.default_rng(3).normal(scale=0.05, size=weeks)
    found = forecast_panel((1 + 9 * pays[:weeks] + noise)[:, None], first_week=MONDAY)
    ahead = pays[weeks:]
    error = np.abs(found.mean[0, 0] - (1 + 9 * ahead))
    assert error.mean() < 1.6
    assert found.mean[0, 0][ahead].min() > found.mean[0, 0][~ahead].max()


def test_a_growing_series_goes_on_and_names_what_it_follows() -> None:
    values = (100 + 2.0 * np.arange(150) + np.random.default_rng(5).normal(size=150))[:, None]
    found = forecast_panel(values)
    np.testing.assert_allclose(found.mean[0, 0], 100 + 2.0 * np.arange(150, 163), rtol=0.02)
    best = found.candidates[int(found.weight[0, 0].argmax())]
    assert "trend" in best or "moves" in best
    assert found.error[0, 0].argmin() == found.weight[0, 0].argmax()


@pytest.mark.parametrize("skewed", [False, True], ids=["even noise", "skewed noise"])
def test_intervals_hold_what_they_promise_of_sums_and_weeks(skewed: bool) -> None:
    draw = np.random.default_rng(11)
    noise = draw.lognormal(sigma=0.8, size=(260, 40)) if skewed else draw.normal(10, 2, size=(260, 40))
    origins = [160, 190, 220, 247]
    found = forecast_panel(noise, origins=origins)
    came = np.stack([noise[row : row + 13].T for row in origins])
    sums = np.stack([came[..., :span].sum(axis=-1) for span in SUMS], axis=-1)
    for place, level in enumerate(LEVELS):
        inside = (found.low[..., place] <= came) & (came <= found.high[..., place])
        assert abs(inside.mean() - level) < 0.03
        inside = (found.sum_low[..., place] <= sums) & (sums <= found.sum_high[..., place])
        assert abs(inside.mean() - level) < 0.06


def test_a_start_without_movement_does_not_widen_todays_intervals() -> None:
    moving = 100 + np.random.default_rng(7).normal(size=(160, 1))
    still = np.full((60, 1), 100.1)
    # A growing sum never stands still in floating point: errors of a billionth must not become the unit of a step.
    still += 1e-11 * np.random.default_rng(9).normal(size=still.shape)
    found = forecast_panel(np.vstack([still, moving]))
    assert (found.high - found.low).max() < 30


def test_short_histories_lend_from_the_usual_errors() -> None:
    draw = np.random.default_rng(2)
    noise = draw.lognormal(sigma=0.6, size=(33, 300))
    found = forecast_panel(noise, origins=[20])
    came = noise[20:33].T[None]
    inside = (found.low[..., 2] <= came) & (came <= found.high[..., 2])
    assert 0.92 < inside.mean() < 0.995


def test_origins_horizons_and_shapes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="origin 0 is not in 1 to 120"):
        forecast_panel(panel(), origins=[0])
    with pytest.raises(ValueError, match="horizon is at least 1"):
        forecast_panel(panel(), 0)
    with pytest.raises(ValueError, match="weeks × series"):
        forecast_panel(panel()[:, 0])


def test_a_horizon_of_other_length_leaves_out_the_sums_beyond_it() -> None:
    found = forecast_panel(panel(60), 6)
    assert found.mean.shape == (1, 3, 6)
    assert found.sum_mean.shape == (1, 3, 1)


def test_what_is_asked_beside_a_week_does_not_change_it() -> None:
    one = forecast_panel(panel(), levels=[0.5], sums=[])
    two = forecast_panel(panel(), origins=[70, 120], levels=[0.8, 0.5], sums=[2])
    np.testing.assert_array_equal(one.mean[0], two.mean[1])
    np.testing.assert_array_equal(one.low[0, ..., 0], two.low[1, ..., 1])
