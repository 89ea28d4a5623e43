"""The choice: errors count from the week they are known, the better candidate wins, and no past means the kind."""

from __future__ import annotations

import numpy as np

from dbt_project.methods.forecast.choice import discounted_mean, known_later, weights
from dbt_project.methods.forecast.levels import discounted, trends

STEPS = 3


def outcomes(values: np.ndarray) -> np.ndarray:
    padded = np.concatenate([values, np.full((STEPS, values.shape[1]), np.nan)])
    return np.stack([padded[step : step + len(values) + 1] for step in range(STEPS)], axis=-1)


def test_an_error_is_known_once_its_week_is_over() -> None:
    figures = np.arange(15.0).reshape(5, STEPS)
    known = known_later(figures)
    # Of origin 0, the first week is over at origin 1, the third at origin 3.
    assert known[1, 0] == figures[0, 0]
    assert known[3, 2] == figures[0, 2]
    assert np.isnan(known[0]).all()
    assert np.isnan(known[2, 2])
    np.testing.assert_array_equal(known_later(figures[:, 0], 4), [np.nan] * 4 + [0.0])


def test_the_candidate_that_erred_less_gets_nearly_all() -> None:
    values = np.full((30, 1), 10.0)
    outcome = outcomes(values)
    bank = np.stack([np.full((31, 1, STEPS), 11.0), np.full((31, 1, STEPS), 12.0)])
    weight, loss = weights(bank, outcome, np.array([1.0, 1.0]), [3])
    assert weight[0, 0, 0] == weight[1, 0, 0] == 0.5
    assert weight[0, -1, 0] > 0.98
    assert loss[1, -1, 0] == 2 * loss[0, -1, 0]


def test_without_a_past_the_kind_decides_and_who_does_not_speak_has_no_weight() -> None:
    outcome = outcomes(np.full((4, 1), 10.0))
    bank = np.stack([np.full((5, 1, STEPS), figure) for figure in (11.0, 12.0, 10.0)])
    bank[2] = np.nan
    weight, _ = weights(bank, outcome, np.array([1.2, 0.9, 0.1]), [3])
    assert weight[1, 0, 0] > 0.95
    assert (weight[2] == 0).all()
    np.testing.assert_allclose(weight.sum(axis=0), 1)


def test_sums_count_so_that_rare_large_payments_are_not_left_out() -> None:
    values = np.where(np.arange(60) % 3 == 0, 10.0, 0.0)[:, None]
    outcome = outcomes(values)
    bank = np.stack([np.full((61, 1, STEPS), 10 / 3), np.zeros((61, 1, STEPS))])
    # Saying nothing errs less per week (3.3 against 4.4), and by ten in every sum.
    weight, _ = weights(bank, outcome, np.array([1.0, 1.0]), [3])
    assert weight[0, -1, 0] > 0.9


def test_discounted_means_leave_out_what_is_not_known() -> None:
    figures = np.array([[np.nan], [4.0], [np.nan], [8.0]])
    mean, count = discounted_mean(figures, 1.0)
    np.testing.assert_allclose(mean[:, 0], [np.nan, 4, 4, (4 / 4 + 8) / 1.25])
    np.testing.assert_allclose(count[:, 0], [0, 1, 0.5, 1.25])
    np.testing.assert_allclose(discounted(figures, 1.0), mean)
    np.testing.assert_allclose(discounted(figures, 1.0, period=2)[:, 0], [np.nan, 4, np.nan, (4 / 2 + 8) / 1.5])


def test_a_trend_is_followed_and_a_week_that_is_not_known_moves_only_time() -> None:
    values = np.arange(40.0)[:, None]
    levels, steps = trends(values, [(0.5, 0.3, 1.0)])
    np.testing.assert_allclose(levels[0, -1] + steps[0, -1], 40, atol=0.1)
    values[20] = np.nan
    levels, steps = trends(values, [(0.5, 0.3, 1.0)])
    np.testing.assert_allclose(levels[0, -1] + steps[0, -1], 40, atol=0.1)
    assert np.isnan(levels[0, 0]).all()
