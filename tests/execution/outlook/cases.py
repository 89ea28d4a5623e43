"""Forecasts of every shape, and moves of every kind that may touch them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from execution.outlook.forecasts import Band, Forecast, Line
from execution.outlook.moves import Delay, Drop, Loan, LoseCustomer, Move, Payroll, Price, Suspected

MONDAY = date(2026, 11, 23)
SOURCES = (
    "qbo:1",
    "qbo:2",
    "qbo:3",
    "qbo:4",
    "stripe:po_1",
    "usual:receivables",
    "usual:bills",
    "Payroll #1",
    "Rent #1",
)
FLOWS = {"usual:receivables": "receivables", "usual:bills": "bills", "Payroll #1": "payroll", "Rent #1": "recurring",
         "qbo:3": "receivables", "qbo:4": "receivables", "stripe:po_1": "stripe_payouts"}  # fmt: skip
MONEY = st.integers(-900_000, 900_000).filter(bool)


@st.composite
def lines(draw: st.DrawFn, count: int = 10) -> tuple[Line, ...]:
    """Lines of documents, habits and usual weeks."""
    found = []
    for _ in range(draw(st.integers(0, count))):
        source = draw(st.sampled_from(SOURCES))
        week = draw(st.integers(1, 13))
        day = MONDAY + timedelta(days=7 * (week - 1) + 2)
        found.append(
            Line(week, FLOWS.get(source, "bills"), source, draw(MONEY), draw(st.sampled_from([None, day])), "Due date",
                 "qbo", source, draw(st.sampled_from(["", "Globex"])))
        )  # fmt: skip
    return tuple(found)


@st.composite
def forecasts(draw: st.DrawFn) -> Forecast:
    """A forecast of thirteen weeks."""
    as_of, buffer = MONDAY + timedelta(days=1), draw(st.sampled_from([None, 500_000]))
    return Forecast(
        as_of, MONDAY, draw(st.integers(-100_000, 5_000_000)), buffer, draw(lines()), {1: Band(10, 20)},
        suspected=draw(lines(2)), open_ids=draw(st.sampled_from([None, frozenset({"qbo:1"})])),
    )  # fmt: skip


def later_than(forecast: Forecast, days: int, lines: tuple[Line, ...], opening: int) -> Forecast:
    """A forecast some days later, over its own lines."""
    as_of = forecast.as_of + timedelta(days=days)
    monday = as_of - timedelta(days=as_of.weekday())
    return replace(forecast, as_of=as_of, first_week=monday, lines=lines, opening_minor=opening)


PERCENT = st.integers(-100, 200)
WEEK = st.integers(1, 13)
MOVES: st.SearchStrategy[Move] = st.one_of(
    st.builds(Delay, st.sampled_from(SOURCES), st.integers(-13, 13)),
    st.builds(Drop, st.sampled_from(SOURCES)),
    st.builds(Payroll, PERCENT, WEEK),
    st.builds(Price, st.sampled_from(["receivables", "stripe_payouts"]), PERCENT, WEEK),
    st.builds(LoseCustomer, st.just("Globex"), st.integers(0, 100), WEEK),
    st.builds(Loan, st.integers(1, 10**6), WEEK, st.integers(0, 10**5), WEEK, WEEK),
    st.just(Suspected()),
)
