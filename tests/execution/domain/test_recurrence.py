"""Days of arrival: banking days only, short months, rolled days, and the edge of what can be reached."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.business_days import is_business_day
from execution.domain.recurrence import DayRule, Every, Roll, first_reachable, propose_from


def test_the_words_that_are_stored() -> None:
    assert [str(one) for one in (*Every, *Roll)] == ["week", "month", "before", "after"]


MONTH, WEEK, BEFORE, AFTER = Every.MONTH, Every.WEEK, Roll.BEFORE, Roll.AFTER


@pytest.mark.parametrize(
    ("rule", "first", "last", "days"),
    [
        (DayRule(MONTH, 1, BEFORE), date(2027, 1, 1), date(2027, 2, 28), [date(2027, 2, 1)]),
        (DayRule(MONTH, 1, AFTER), date(2027, 1, 1), date(2027, 2, 28), [date(2027, 1, 4), date(2027, 2, 1)]),
        (DayRule(MONTH, 31, BEFORE), date(2027, 2, 1), date(2027, 3, 31), [date(2027, 2, 26), date(2027, 3, 31)]),
        (DayRule(MONTH, 30, AFTER), date(2027, 2, 1), date(2027, 3, 1), [date(2027, 2, 1), date(2027, 3, 1)]),
        (DayRule(WEEK, 4, AFTER), date(2026, 11, 23), date(2026, 12, 4), [date(2026, 11, 27), date(2026, 12, 3)]),
        (DayRule(WEEK, 7, BEFORE), date(2026, 12, 7), date(2026, 12, 13), [date(2026, 12, 11)]),
    ],
    ids=[
        "new year before",
        "new year after",
        "month end",
        "28 Feb rolls into March as 30 Jan into February",
        "thanksgiving",
        "sunday",
    ],
)
def test_days_of_arrival(rule: DayRule, first: date, last: date, days: list[date]) -> None:
    assert rule.arrivals(first, last) == days


RULES = st.builds(DayRule, st.just(MONTH), st.integers(1, 31), st.sampled_from(Roll)) | st.builds(
    DayRule, st.just(WEEK), st.integers(1, 7), st.sampled_from(Roll)
)
DAYS = st.dates(date(2025, 1, 1), date(2030, 1, 1))


@given(rule=RULES, first=DAYS, span=st.integers(0, 120), cut=st.integers(0, 120))
def test_cutting_a_span_in_two_loses_and_doubles_nothing(rule: DayRule, first: date, span: int, cut: int) -> None:
    last, middle = first + timedelta(days=span), first + timedelta(days=min(cut, span))
    whole = rule.arrivals(first, last)
    assert whole == rule.arrivals(first, middle) + rule.arrivals(middle + timedelta(days=1), last)
    assert all(is_business_day(day) for day in whole)
    assert len(whole) >= (span - 10) // (7 if rule.every is WEEK else 31) - 1


@pytest.mark.parametrize(("every", "day"), [(MONTH, 0), (MONTH, 32), (WEEK, 0), (WEEK, 8)])
def test_a_day_that_is_none(every: Every, day: int) -> None:
    with pytest.raises(ValueError, match=f"{day} is no day of a {every}"):
        DayRule(every, day, AFTER)


def test_a_proposal_leaves_people_three_days() -> None:
    arrival = date(2026, 12, 14)
    start = propose_from(arrival, 2)
    assert start == date(2026, 12, 7) and first_reachable(start, 2) == date(2026, 12, 10) < arrival
    assert first_reachable(date(2026, 12, 9), 2) == arrival, "Saturday and Sunday count for nothing"
