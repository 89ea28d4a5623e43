"""The laws of scenarios: nothing changes nothing, order never matters, sums are exact, kinds do what they say."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.errors import Invalid
from execution.outlook.applying import apply
from execution.outlook.forecasts import Forecast, Line
from execution.outlook.moves import (
    Delay,
    Drop,
    Loan,
    LoseCustomer,
    Move,
    Payroll,
    Price,
    Suspected,
    read_moves,
)
from tests.execution.outlook.cases import MONDAY, MOVES, forecasts

LINES = (
    Line(1, "bills", "Vendor 1", -40_000, date(2026, 11, 25), "Due date", "qbo", "qbo:1", "Vendor"),
    Line(2, "payroll", "Payroll", -100_001, date(2026, 12, 4), "Every two weeks", "plaid", "Payroll #1"),
    Line(4, "payroll", "Payroll", -100_001, date(2026, 12, 18), "Every two weeks", "plaid", "Payroll #2"),
    Line(3, "receivables", "Globex 7", 70_000, date(2026, 12, 8), "Due date", "qbo", "qbo:7", "Globex"),
    Line(3, "receivables", "Receipts not invoiced yet", 50_000, None, "Usual", None, "usual:receivables"),
)
BASE = Forecast(MONDAY, MONDAY, 200_000, 100_000, LINES, suspected=(Line(2, "bills", "Late", -5, None, "", None, "x"),))


def closings(forecast: Forecast) -> list[int]:
    return [week.closing_minor for week in forecast.weeks]


def plain(forecast: Forecast) -> Counter[Line]:
    return Counter(forecast.lines)


@given(forecasts())
def test_no_move_changes_nothing(forecast: Forecast) -> None:
    assert apply(forecast, ()) is forecast
    assert plain(apply(forecast, (Delay("nothing has this id", 3),))) == plain(forecast)


@given(forecasts(), st.lists(MOVES, max_size=6), st.randoms(use_true_random=False))
def test_order_never_matters(forecast: Forecast, moves: list[Move], random: object) -> None:
    shuffled = moves[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert plain(apply(forecast, moves)) == plain(apply(forecast, shuffled))


@given(forecasts(), st.lists(MOVES, max_size=3), st.lists(MOVES, max_size=3))
def test_merging_two_scenarios_is_the_same_in_either_order(forecast: Forecast, a: list[Move], b: list[Move]) -> None:
    assert closings(apply(forecast, a + b)) == closings(apply(forecast, b + a))


@given(forecasts(), st.lists(MOVES, max_size=6))
def test_the_weeks_are_the_sum_of_their_lines_to_the_cent(forecast: Forecast, moves: list[Move]) -> None:
    after = apply(forecast, moves)
    balance = after.opening_minor
    for week in after.weeks:
        leaves = sum(line.amount_minor for line in after.lines if line.week_number == week.week_number)
        assert week.opening_minor == balance and week.inflow_minor + week.outflow_minor == leaves
        balance += leaves
        assert week.closing_minor == balance
    assert all(isinstance(line.amount_minor, int) and 1 <= line.week_number <= 13 for line in after.lines)


@given(forecasts(), st.integers(1, 6))
def test_a_delay_taken_back_is_no_delay(forecast: Forecast, weeks: int) -> None:
    there_and_back = (Delay("qbo:1", weeks), Delay("qbo:1", -weeks))
    assert plain(apply(forecast, there_and_back)) == plain(forecast)


@given(forecasts(), st.lists(MOVES, max_size=6))
def test_moves_are_kept_and_read_back_alike(forecast: Forecast, moves: list[Move]) -> None:
    assert list(read_moves([move.told() for move in moves])) == moves


def test_each_kind_does_what_it_says() -> None:
    assert closings(apply(BASE, [Delay("qbo:1", 1)]))[:2] == [200_000, 59_999]
    assert closings(apply(BASE, [Delay("qbo:7", -9)]))[0] == 230_000, "no week comes before the first"
    assert sum(line.source_id == "qbo:7" for line in apply(BASE, [Delay("qbo:7", 11)]).lines) == 0
    assert closings(apply(BASE, [Drop("qbo:1")]))[0] == 200_000
    assert [x.amount_minor for x in apply(BASE, [Payroll(10, 3)]).lines if x.flow == "payroll"] == [-100_001, -110_001]
    assert closings(apply(BASE, [Price("receivables", 10)]))[2] - closings(BASE)[2] == 5_000
    assert closings(apply(BASE, [LoseCustomer("Globex", 20)]))[2] - closings(BASE)[2] == -80_000
    assert closings(apply(BASE, [Suspected()]))[1] - closings(BASE)[1] == -5
    loan = apply(BASE, [Loan(1_000, 2, 100, 5, 4)])
    assert [after - before for after, before in zip(closings(loan), closings(BASE), strict=True)] == (
        [0, 1_000, 1_000, 1_000, 900, 900, 900, 900, 800, 800, 800, 800, 700]
    )
    assert "payroll +10 %" in next(x.basis for x in apply(BASE, [Payroll(10)]).lines if x.flow == "payroll")


def test_the_headline_names_the_lowest_and_the_first_week_below_the_buffer() -> None:
    found = BASE.headline
    assert (found.lowest_minor, found.lowest_week) == (59_999, date(2026, 11, 30))
    assert found.breach_week == date(2026, 11, 30)
    assert found.runway_weeks == pytest.approx(200_000 * 13 / 120_002, abs=0.05)
    assert apply(BASE, [Payroll(-100)]).headline.runway_weeks is None


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"kind": "delay", "source_id": "qbo:1"}, "needs source_id, weeks"),
        ({"kind": "delay", "source_id": "qbo:1", "weeks": 14}, "weeks is a whole number from -13 to 13"),
        ({"kind": "delay", "source_id": "qbo:1", "weeks": True}, "weeks"),
        ({"kind": "delay", "source_id": "", "weeks": 1}, "source_id"),
        ({"kind": "payroll", "percent": 10.5}, "percent"),
        ({"kind": "price", "bucket": "gold", "percent": 5}, "bucket"),
        ({"kind": "drop", "source_id": "a", "weeks": 1}, "has no weeks"),
        ({"kind": ["drop"]}, "kind is none of"),
        ("drop", "kind is none of"),
    ],
)
def test_a_move_that_makes_no_sense_is_named(told: object, says: str) -> None:
    with pytest.raises(Invalid, match=f"number 2.*{says}"):
        read_moves([{"kind": "suspected"}, told])  # type: ignore[list-item]


def test_no_list_and_too_many_are_refused() -> None:
    with pytest.raises(Invalid, match="list"):
        read_moves({"kind": "drop"})  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="at most"):
        read_moves([{"kind": "suspected"}] * 51)
