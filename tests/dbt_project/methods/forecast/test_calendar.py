"""What a week is to the calendar: its days' places in their months, holidays, and rounds that start nowhere special."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from dbt_project.methods.forecast.calendar import _easter, _holidays, _monday, _month_places, features, profile


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (1954, (4, 18)),
        (1981, (4, 19)),
        (2000, (4, 23)),
        (2008, (3, 23)),
        (2024, (3, 31)),
        (2025, (4, 20)),
        (2038, (4, 25)),
    ],
)
def test_easter_is_where_the_church_has_it(year: int, sunday: tuple[int, int]) -> None:
    assert _easter(year) == date(year, *sunday)


def test_every_week_spreads_five_working_days_over_the_month() -> None:
    mondays = [date(2023, 1, 2) + timedelta(weeks=week) for week in range(104)]
    days = _month_places(mondays) + 0.5
    np.testing.assert_allclose(days.sum(axis=1), 5)
    assert (days > -1e-9).all()
    # 1 to 5 May 2023 are the first days of the month, 24 to 28 April nearly its last.
    first, last = mondays.index(date(2023, 5, 1)), mondays.index(date(2023, 4, 24))
    assert days[first, :2].sum() > 4
    assert days[last, 7:].sum() > 4.9


def test_weeks_with_holidays_are_marked_and_no_others() -> None:
    mondays = [date(2023, 1, 2) + timedelta(weeks=week) for week in range(53)]
    marked = [
        [str(monday) for monday, on in zip(mondays, column, strict=True) if on] for column in _holidays(mondays).T
    ]
    assert marked == [["2023-12-25"], ["2024-01-01"], ["2023-04-03", "2023-04-10"]]


@pytest.mark.parametrize(
    ("start", "monday"),
    [(2, 2), (3, 2), (4, 2), (5, 9), (6, 9), (7, 9), (8, 9)],
    ids=["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
)
def test_a_week_that_starts_another_day_has_the_working_days_it_mostly_holds(start: int, monday: int) -> None:
    assert _monday(date(2023, 1, start)) == date(2023, 1, monday)


def test_features_of_a_week_do_not_hang_on_where_the_series_starts() -> None:
    whole = features(80, date(2023, 1, 2))
    np.testing.assert_array_equal(features(50, date(2023, 1, 2) + timedelta(weeks=30)), whole[30:])


def test_effects_are_those_that_were_put_in_and_the_rest_is_the_level() -> None:
    weeks = 260
    fourth = np.where(np.arange(weeks) % 4 == 1, 30.0, 0.0)
    noise = np.random.default_rng(8).normal(scale=2, size=weeks)
    effects, size, plain = profile((50 + fourth + noise)[:, None], features(weeks, None), 2.0)
    by_phase = effects[-1, 0, :4] * size[-1, 0]
    assert by_phase.argmax() == 1
    assert 25 < by_phase[1] - np.delete(by_phase, 1).mean() < 34
    assert plain[-52:].std() < (50 + fourth + noise)[-52:].std() / 2
