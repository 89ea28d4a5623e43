"""A schedule against every schedule there is, and the days that it may never choose."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from execution.domain.business_days import is_business_day
from execution.scheduling.bills import CashWeek, OpenBill, Schedule
from execution.scheduling.planning import plan
from execution.scheduling.windows import Option, cost_of, options, window
from tests.execution.scheduling.cases import (
    MONDAY,
    REACHABLE,
    bill,
    deviation,
    every_choice,
    small_cases,
    weakest,
    weeks,
)


def made(bills: list[OpenBill], found: list[CashWeek], opening: int = 5_000_000, buffer: int = 0) -> Schedule:
    return plan(bills, found, opening_minor=opening, buffer_minor=buffer, first_reachable=REACHABLE)


def taken(schedule: Schedule, bills: list[OpenBill], found: list[CashWeek]) -> tuple[list[OpenBill], list[Option]]:
    by_id = {one.bill_id: one for one in bills}
    chosen = [by_id[one.bill_id] for one in schedule.dates]
    return chosen, [
        Option((one.new_date - MONDAY).days // 7, one.new_date, one.cost_minor, 0) for one in schedule.dates
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small_cases())
def test_it_is_within_one_per_cent_of_the_best_there_is(case: tuple[list[OpenBill], list[CashWeek], int, int]) -> None:
    bills, found, opening, buffer = case
    schedule = made(bills, found, opening, buffer)
    bills, ours = taken(schedule, bills, found)
    every = every_choice(bills, found)
    safest = max(weakest(found, bills, one, opening, buffer) for one in every)
    reached = weakest(found, bills, ours, opening, buffer)
    assert reached >= safest - 0.02
    as_safe = [one for one in every if weakest(found, bills, one, opening, buffer) >= reached]
    calmest = min(deviation(found, bills, one) for one in as_safe)
    assert deviation(found, bills, ours) <= calmest * 1.01 + 1
    as_calm = [one for one in as_safe if deviation(found, bills, one) <= deviation(found, bills, ours)]
    cheapest = min(sum(option.cost_minor for option in one) for one in as_calm)
    assert sum(option.cost_minor for option in ours) <= cheapest * 1.01 + 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small_cases())
def test_no_day_is_late_too_early_or_without_banks(case: tuple[list[OpenBill], list[CashWeek], int, int]) -> None:
    bills, found, opening, buffer = case
    schedule = made(bills, found, opening, buffer)
    terms = {one.bill_id: one for one in bills}
    for one in schedule.dates:
        last = max(one.due_date + timedelta(days=terms[one.bill_id].terms.days_late), one.old_date)
        assert REACHABLE <= one.new_date <= last and is_business_day(one.new_date)
        assert one.cost_minor == cost_of(terms[one.bill_id], one.new_date)
    if not any(one.terms.days_late for one in bills):
        assert schedule.after.late_count == 0
    assert {one.bill_id for one in schedule.dates} | set(schedule.left_out) == set(terms)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small_cases())
def test_it_is_never_worse_than_paying_on_the_due_date(case: tuple[list[OpenBill], list[CashWeek], int, int]) -> None:
    schedule = made(*case)
    before, after = schedule.before, schedule.after
    assert after.breach_chance <= before.breach_chance + 0.005
    if after.breach_chance >= before.breach_chance - 1e-9:
        assert after.volatility_minor <= before.volatility_minor * 1.005 + 1


def test_a_heavy_week_is_evened_out_and_says_so() -> None:
    found = weeks(0, 500_000, -500_000, 0)
    schedule = made([bill("a", 400_000, date(2026, 12, 11))], found)
    [one] = schedule.dates
    assert one.new_date == date(2026, 12, 4) and one.is_moved
    assert one.why == (
        "7 days earlier: takes $4,000.00 out of the week of 2026-12-07 (net -$9,000.00) into that of 2026-11-30 "
        "(net $5,000.00)"
    )
    assert schedule.after.volatility_minor < schedule.before.volatility_minor
    assert schedule.gap <= 0.01 and [stage.aim for stage in schedule.stages][-1] == "fewest changes"


def test_safety_comes_before_calm() -> None:
    """Paying early would be calmer, but the early week would touch the buffer."""
    due, found = date(2026, 12, 18), weeks(0, 300_000, -250_000, 60_000, 800_000)
    near = made([bill("a", 200_000, due)], found, opening=240_000, buffer=90_000)
    assert near.dates[0].new_date == due and near.stages[0].aim == "chance of a breach"
    far = made([bill("a", 200_000, due)], found, opening=50_000_000, buffer=90_000)
    assert far.dates[0].new_date == date(2026, 12, 4) and far.stages[0].state == "nil whatever the days"


def test_late_only_where_a_person_allows_it() -> None:
    found = weeks(0, -300_000, -300_000, 800_000)
    due = date(2026, 12, 4)
    never = made([bill("a", 100_000, due)], found, opening=700_000, buffer=90_000)
    assert never.dates[0].new_date <= due and never.after.late_count == 0
    allowed = made([bill("a", 100_000, due, days_late=14)], found, opening=700_000, buffer=90_000)
    assert allowed.dates[0].new_date >= date(2026, 12, 14) and allowed.after.late_count == 1
    assert allowed.after.breach_chance < never.after.breach_chance
    assert allowed.dates[0].lowest_effect_minor == 100_000
    assert "a person allowed up to 14 days" in allowed.dates[0].why


def test_a_discount_decides_where_nothing_else_does() -> None:
    due = date(2026, 12, 18)
    one = bill("a", 100_000, due, discount_bp=200, discount_days=16)
    schedule = made([one], weeks(0, 0, 0, 0))
    assert schedule.dates[0].new_date == date(2026, 12, 4) and schedule.dates[0].cost_minor == 0
    assert (schedule.before.cost_minor, schedule.after.cost_minor) == (2_000, 0)
    assert "saves $20.00" in schedule.dates[0].why


def test_where_one_of_two_must_move_the_vendor_of_priority_keeps_its_day() -> None:
    due, found = date(2026, 12, 11), weeks(0, 200_000, 0, 0)
    first, last = bill("a", 200_000, due, priority=1), bill("b", 200_000, due, priority=3)
    moved = {one.bill_id for one in made([first, last], found).dates if one.is_moved}
    assert moved == {"b"}


def test_what_is_overdue_already_has_one_day_and_says_why() -> None:
    schedule = made([bill("a", 5_000, date(2026, 11, 2))], weeks(0, 0, 0, 0))
    [one] = schedule.dates
    assert one.new_date == one.old_date == REACHABLE and schedule.after.late_count == 0
    assert one.why.startswith("Was due on 2026-11-02") and schedule.stages[0].state == "not needed"


def test_what_is_due_after_the_weeks_is_left_out() -> None:
    schedule = made([bill("a", 5_000, date(2027, 3, 1))], weeks(0, 0))
    assert schedule.dates == [] and "after the weeks" in schedule.left_out["a"]
    assert made([], weeks(0, 0)).dates == []
    with pytest.raises(ValueError, match="coming weeks"):
        made([], [])


@pytest.mark.parametrize(
    ("due", "last"),
    [
        (date(2026, 12, 12), date(2026, 12, 11)),  # A Saturday: the Friday before.
        (date(2026, 12, 25), date(2026, 12, 24)),  # A bank holiday.
        (date(2026, 12, 11), date(2026, 12, 11)),
    ],
)
def test_money_arrives_by_the_banking_day_before_a_closed_one(due: date, last: date) -> None:
    assert window(bill("a", 100, due), REACHABLE) == (REACHABLE, last)


def test_a_bill_is_not_paid_before_it_is_issued() -> None:
    issued = date(2026, 12, 5)
    future = OpenBill("a", "V", 100, issued, date(2026, 12, 30), date(2026, 12, 30))
    assert window(future, REACHABLE)[0] == date(2026, 12, 7)
    assert min(one.day for one in options(future, weeks(0, 0, 0, 0, 0, 0), REACHABLE)) == date(2026, 12, 11)


def test_fees_begin_with_each_thirty_days() -> None:
    due = date(2026, 12, 1)
    one = bill("a", 100_000, due, late_fee_bp=150)
    assert [cost_of(one, due + timedelta(days=n)) for n in (0, 1, 30, 31)] == [0, 1_500, 1_500, 3_000]
