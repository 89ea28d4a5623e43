"""Rhythms of bills: what is asked for, when and how much, and when it is not asked for any more."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_project.methods.recurrence import Slot, expected
from dbt_project.methods.recurrence.amounts import LATEST, _apart, level
from dbt_project.methods.recurrence.cadence import cadence, usual_day

TODAY = date(2026, 11, 24)


def monthly(count: int, day: int = 10, last: int = 11) -> list[date]:
    """Bills of one day in each of the months up to and with `last` of 2026."""
    months = [2026 * 12 + last - 1 - back for back in reversed(range(count))]
    return [date(month // 12, month % 12 + 1, day) for month in months]


def every(step: int, count: int, end: date = TODAY) -> list[date]:
    return [end - timedelta(days=step * back) for back in reversed(range(count))]


def silent(slots: list[Slot]) -> list[date]:
    return [slot.expected_date for slot in slots if slot.expected_date <= TODAY]


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (every(7, 20), "weekly"),
        (every(14, 12), "biweekly"),
        (every(28, 14), "four_weekly"),
        (monthly(12), "monthly"),
        (monthly(12, day=28), "monthly"),
        (every(91, 5), "quarterly"),
        (every(365, 2), "yearly"),
        ([date(2026, month, day) for month in range(1, 11) for day in (3, 18)], "twice_monthly"),
    ],
)
def test_a_rhythm_is_named(days: list[date], name: str) -> None:
    found = cadence(days)
    assert found is not None
    assert found.name == name


def test_no_rhythm_and_too_few_bills_ask_for_nothing() -> None:
    days = [date(2026, 1, 3), date(2026, 1, 20), date(2026, 4, 2), date(2026, 4, 9), date(2026, 9, 9)]
    assert expected(days, [1_000] * 5, TODAY) == []
    assert expected([], [], TODAY) == []
    assert expected([date(2025, 10, 20)], [90_000], TODAY) == []


def test_the_month_between_two_bills_is_asked_for_with_its_days_and_amount() -> None:
    days = monthly(14)
    gap = days.pop(9)
    slots = expected(days, [64_400] * 13, TODAY)
    assert silent(slots) == [gap]
    slot = slots[0]
    assert slot.is_telling and not slot.is_stopped
    assert slot.earliest_date <= gap <= slot.latest_date <= gap + timedelta(days=6)
    assert slot.low <= 64_400 <= slot.high
    assert slots[-1].expected_date == date(2026, 12, 10)


@pytest.mark.parametrize("day", [1, 15, 29, 31])
def test_the_end_of_a_month_stays_the_end_of_a_month(day: int) -> None:
    days = [date(2026, month, min(day, 28 if month == 2 else 30)) for month in range(1, 11)]
    (slot,) = [slot for slot in expected(days, [100] * 10, TODAY) if slot.silent_steps == 1]
    assert abs((slot.expected_date - date(2026, 11, min(day, 30))).days) <= 1
    assert abs(usual_day(days) - min(day, 30)) <= 1


def test_a_party_that_bills_no_more_has_stopped() -> None:
    late, gone = monthly(12, last=9), monthly(12, last=5)
    assert not any(slot.is_stopped for slot in expected(late, [100] * 12, TODAY))
    assert all(slot.is_stopped for slot in expected(gone, [100] * 12, TODAY))


def test_a_yearly_bill_is_asked_for_after_a_single_one_only_where_it_is_due_by_the_year() -> None:
    day = date(2025, 10, 14)
    assert expected([day], [250_000], TODAY, is_yearly=True)[0].expected_date == date(2026, 10, 14)
    assert expected([day], [250_000], TODAY, is_yearly=True)[0].is_telling


def test_usage_that_pauses_now_and_then_does_not_tell() -> None:
    days = monthly(16)
    gap = days.pop(12)
    amounts = [50_000 + 9_000 * (at % 4) for at in range(15)]
    (slot,) = [slot for slot in expected(days, amounts, TODAY) if slot.expected_date == gap]
    assert not slot.is_telling


def test_a_price_rise_moves_the_level_and_is_dated() -> None:
    amounts = [60_000] * 8 + [66_000] * 3
    found = level(amounts)
    assert (found.usual, found.before, found.moved_at) == (66_000, 60_000, 8)
    assert found.low <= 66_000 <= found.high < 70_000
    assert level([60_000] * 11).before is None
    assert level([50_000, 58_000, 44_000, 61_000, 49_000]).before is None
    straying = level([85_000, 92_000, 80_000, 88_000, 90_000, 70_000, 70_500, 69_800])
    assert straying.high - straying.low > 8_000
    slots = expected(monthly(11, last=11), amounts, TODAY)
    assert slots[-1].price_before == 60_000
    assert slots[-1].price_since == date(2026, 9, 10)


def test_parts_of_one_bill_are_one() -> None:
    days = [day for start in monthly(10) for day in (start, start + timedelta(days=1))]
    slots = expected(days, [100, 200] * 10, TODAY)
    assert {slot.cadence for slot in slots} == {"monthly"}
    assert slots[-1].usual == 300


@settings(max_examples=60, deadline=None)
@given(
    gone=st.sets(st.integers(1, 20), max_size=4),
    cut=st.integers(8, 20),
    amounts=st.lists(st.integers(900, 1_100), min_size=22, max_size=22),
)
def test_what_comes_later_changes_no_earlier_slot(gone: set[int], cut: int, amounts: list[int]) -> None:
    # Bills of plain steps: the rhythm itself is a matter of all bills, the rest of a slot only of those before it.
    kept = [(day, amount) for at, (day, amount) in enumerate(zip(every(7, 22), amounts, strict=True)) if at not in gone]
    days, sums = [day for day, _ in kept], [amount for _, amount in kept]
    whole = expected(days, sums, TODAY)
    if cut >= len(days):
        return
    then = expected(days[:cut], sums[:cut], days[cut - 1])
    if not (whole and then):
        return
    inside = [slot for slot in whole if slot.expected_date < days[cut - 1]]
    assert [(slot.expected_date, slot.score, slot.usual) for slot in then if slot.expected_date < days[cut - 1]] == [
        (slot.expected_date, slot.score, slot.usual) for slot in inside
    ]


@given(st.lists(st.integers(1, 9), max_size=16))
def test_a_level_can_start_only_where_all_later_bills_are_above_or_below_the_ones_before(amounts: list[int]) -> None:
    starts = range(len(amounts) - 1, 1, -1)
    wanted = [
        start
        for start in starts
        for old, new in [(amounts[max(0, start - LATEST) : start], amounts[start:])]
        if min(new) > max(old) or max(new) < min(old)
    ]
    assert _apart(np.array(amounts, dtype=float)) == wanted
