"""Whole files: laws that hold for any, plain cases, and the bars on real payment runs."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_project.methods.reconciliation.assign import assign
from dbt_project.methods.reconciliation.engine import reconcile
from tests.bench.bench_reconcile import figures, ours
from tests.bench.payment_runs import FOLDER, payment_runs, with_days, withheld
from tests.beside import needs

NAMES = ["Acme Ltd", "ACME LIMITED", "Borden & Sons", "Zenith Catering Services Ltd"]
JUNE = date(2026, 6, 1)
LINE = {"line": pl.Int64, "description": pl.String, "cents": pl.Int64, "day": pl.Date}
BILL = {"bill": pl.Int64, "supplier": pl.String, "cents": pl.Int64}


def bills_of(rows: list[tuple[str, int, date]], column: str) -> pl.DataFrame:
    numbered = [(at, *row) for at, row in enumerate(rows)]
    return pl.DataFrame(numbered, schema={**BILL, column: pl.Date}, orient="row")


def lines_of(rows: list[tuple[str, int, date]]) -> pl.DataFrame:
    return pl.DataFrame([(at, *row) for at, row in enumerate(rows)], schema=LINE, orient="row")


RECORDS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(-300, 900), st.integers(0, 90)), max_size=14)


@given(RECORDS, RECORDS, st.booleans())
@settings(max_examples=60, deadline=None)
def test_nothing_is_used_twice_and_exact_methods_add_up(
    owed: list[tuple[str, int, int]], paid: list[tuple[str, int, int]], has_months: bool
) -> None:
    if has_months:
        bills = bills_of([(name, cents, JUNE.replace(month=6 + day // 31)) for name, cents, day in owed], "month")
    else:
        bills = bills_of([(name, cents, JUNE + timedelta(day)) for name, cents, day in owed], "day")
    lines = lines_of([(name.upper()[:18], cents, JUNE + timedelta(day)) for name, cents, day in paid])
    pairs = reconcile(bills, lines).pairs
    assert pairs.select("bill", "line").is_unique().all()
    assert pairs["score"].is_between(0, 1).all()
    exact = pairs.filter(~pl.col("method").str.contains("several lines|less a fee|a part"))
    assert exact["bill"].is_unique().all()
    sums = (
        exact.join(bills, on="bill").group_by("line").agg(pl.col("cents").sum()).join(lines, on="line", suffix="_line")
    )
    flipped = (sums["cents"] + sums["cents_line"] == 0).all() if sums.height else True
    assert (sums["cents"] == sums["cents_line"]).all() or flipped


def test_a_line_that_pays_three_bills_and_one_that_pays_one() -> None:
    owed = [(NAMES[3], 12_010, JUNE), (NAMES[3], 20_000, JUNE), (NAMES[3], 505, JUNE), (NAMES[0], 700, JUNE)]
    paid = [("ZENITH CATERING SE", -32_515, JUNE + timedelta(20)), ("ACME LTD", -700, JUNE + timedelta(12))]
    done = reconcile(bills_of(owed, "month"), lines_of(paid))
    assert done.pairs.select("bill", "line").rows() == [(0, 0), (1, 0), (2, 0), (3, 1)]
    assert done.pairs["method"].str.starts_with("auto").all()


def test_a_monthly_amount_goes_to_the_bill_of_its_usual_delay() -> None:
    days = [date(2026, month, 1) for month in range(1, 10)]
    owed = [("Acme Ltd", 50_000, day) for day in days]
    # The first month's line is missing, so pairing in order would move every bill by one.
    paid = [("ACME LTD", 50_000, day + timedelta(35)) for day in days[1:]]
    singles = [("Acme Ltd", 1_000 + at, day) for at, day in enumerate(days)]
    lone = [("ACME LTD", 1_000 + at, day + timedelta(35)) for at, day in enumerate(days)]
    pairs = reconcile(bills_of(owed + singles, "day"), lines_of(paid + lone)).pairs.filter(pl.col("bill") < 9)
    assert pairs.select("bill", "line").rows() == [(at + 1, at) for at in range(8)]


@pytest.mark.parametrize(
    ("owed", "paid", "method"),
    [
        ([("Acme Ltd", 10_000, JUNE)], [("ACME LTD", 9_985, JUNE)], "proposed: less a fee"),
        ([("Acme Ltd", 10_000, JUNE)], [("ACME LTD", 4_000, JUNE)], "proposed: a part"),
        (
            [("Acme Ltd", 10_000, JUNE)],
            [("ACME LTD", 4_000, JUNE), ("ACME LTD", 6_000, JUNE)],
            "proposed: several lines",
        ),
        ([("Acme Ltd", 10_000, JUNE)], [("QUEENSWAY MOTORS", 10_000, JUNE)], "proposed: another name"),
        ([("Acme Ltd", 10_000, JUNE)], [("ACME LTD", 10_000, date(2026, 7, 2))], "proposed: near the period"),
    ],
    ids=["fee", "part", "split", "other name", "two days late"],
)
def test_inexact_explanations_are_proposed(
    owed: list[tuple[str, int, date]], paid: list[tuple[str, int, date]], method: str
) -> None:
    pairs = reconcile(bills_of(owed, "month"), lines_of(paid)).pairs
    assert pairs["method"].unique().to_list() == [method]
    assert pairs.height == len(paid)


@pytest.mark.parametrize("column", ["month", "day"])
def test_a_pile_under_one_name_pairs_what_stands_once_and_guesses_nothing(column: str) -> None:
    # Three thousand bills of one party: a thousand amounts stand once, the others four times.
    cents = [1_000 + at if at < 1_000 else 5_000 + at % 500 for at in range(3_000)]
    owed = [("Acme Ltd", amount, JUNE) for amount in cents]
    paid = [("ACME LTD", amount, JUNE + timedelta(5)) for amount in [*cents, 99]]
    pairs = reconcile(bills_of(owed, column), lines_of(paid)).pairs
    assert pairs.select("bill", "line").rows() == [(at, at) for at in range(1_000)]


def test_no_bills_or_no_lines_are_no_error() -> None:
    bills, lines = bills_of([("Acme Ltd", 1, JUNE)], "day"), lines_of([("ACME LTD", 1, JUNE)])
    assert not reconcile(bills.clear(), lines).pairs.height
    assert not reconcile(bills, lines.clear()).pairs.height
    assert not reconcile(bills.clear(), lines.clear()).pairs.height


def test_assignment_prefers_the_best_total_over_the_best_single_pair() -> None:
    pairs = pl.DataFrame({"left": [1, 1, 2], "right": [1, 2, 1], "weight": [5.0, 4.0, 4.0]})
    chosen = assign(pairs).sort("left")
    assert chosen.select("left", "right").rows() == [(1, 2), (2, 1)]
    assert chosen["share"].is_between(0.5, 1).all()


@needs(FOLDER)
def test_bars_on_real_payment_runs() -> None:
    runs = payment_runs()
    found = {key: float(value) for key, value in figures(runs, ours(runs)).items()}
    assert found["F1"] >= 0.95
    assert found["the same, equal amounts alike"] >= 0.92
    assert found["auto precision"] >= 0.985
    for harder in (withheld(runs, 0.05, 2), with_days(runs, 3)):
        assert float(figures(harder, ours(harder))["auto precision"]) >= 0.985
