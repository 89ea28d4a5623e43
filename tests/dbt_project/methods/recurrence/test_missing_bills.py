"""Bills that should have come: what is an alert, what is none, and that nothing later is known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_project.methods.recurrence import missing_bills
from dbt_project.methods.recurrence.grid import grid, month_start
from dbt_project.methods.recurrence.hazard import chance_of_silence, most_likely, prior
from tests.beside import DATA, needs

LEDGERS = DATA / "recurring_bills_uk"
FIRST = 2023 * 12
MONTHS = 36


def ledger(rows: list[tuple[str, int, int]], amount: int = 100) -> pl.DataFrame:
    """Documents of (supplier, month from the first on, day of the month)."""
    days = [date(1970, 1, 1) + timedelta(days=month_start(FIRST + month) + day - 1) for _, month, day in rows]
    return pl.DataFrame(
        {
            "supplier": [name for name, _, _ in rows],
            "date": days,
            "amount": [amount] * len(rows),
            "category": pl.Series([None] * len(rows), dtype=pl.String),
        }
    )


def regular(names: int = 30, months: int = MONTHS) -> list[tuple[str, int, int]]:
    """Suppliers that bill once in every month, each on a day of its own."""
    return [(f"s{name:02d}", month, 3 + name % 20) for name in range(names) for month in range(months)]


def told(frame: pl.DataFrame) -> list[tuple[str, str]]:
    return list(missing_bills(frame).select("supplier", "month").iter_rows())


def test_a_regular_supplier_without_a_bill_is_told_once() -> None:
    rows = [row for row in regular() if not (row[0] == "s04" and row[1] in (30, 31))]
    assert told(ledger(rows)) == [("s04", "2025-07")]


def test_a_whole_ledger_that_is_late_is_no_news() -> None:
    late = {f"s{name:02d}" for name in range(24)}
    rows = [row for row in regular() if not (row[0] in late and row[1] == 30)]
    assert told(ledger(rows)) == []


def test_a_bill_every_other_month_is_not_missed() -> None:
    rows = [row for row in regular() if row[0] != "s04" or row[1] % 2 == 0]
    assert told(ledger(rows)) == []


def test_a_supplier_that_stopped_is_told_once_and_not_for_ever() -> None:
    rows = [row for row in regular() if not (row[0] == "s04" and row[1] >= 26)]
    assert [name for name, _ in told(ledger(rows))] == ["s04"]


def test_a_month_that_is_not_over_is_not_judged() -> None:
    cut = date(1970, 1, 1) + timedelta(days=month_start(FIRST + MONTHS - 1) + 8)
    assert told(ledger(regular()).filter(pl.col("date") <= cut)) == []


@pytest.mark.parametrize("rows", [[], [("s00", 0, 1)], regular(2, 4)], ids=["empty", "one", "four_months"])
def test_a_ledger_too_short_to_know_tells_nothing(rows: list[tuple[str, int, int]]) -> None:
    assert missing_bills(ledger(rows)).height == 0


def shaky(seed: int) -> pl.DataFrame:
    """A ledger in which bills stay away, come twice and come late, by chance."""
    rng = np.random.default_rng(seed)
    rows = []
    for name, month, day in regular(40):
        for _ in range(rng.choice([0, 1, 2], p=[0.05, 0.8, 0.15])):
            rows.append((name, month, int(np.clip(day + rng.integers(-2, 6), 1, 28))))
    return ledger(rows)


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000), months_cut=st.integers(1, 6))
def test_what_comes_later_changes_no_alert(seed: int, months_cut: int) -> None:
    whole = shaky(seed)
    end = date(1970, 1, 1) + timedelta(days=month_start(FIRST + MONTHS - months_cut))
    then, now = missing_bills(whole.filter(pl.col("date") < end)), missing_bills(whole)
    both = set(now["month"]) & {f"2025-{month:02d}" for month in range(1, 13 - months_cut)}
    assert then.filter(pl.col("month").is_in(both)).equals(now.filter(pl.col("month").is_in(both)))


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_changes_no_alert(seed: int) -> None:
    whole = shaky(seed)
    assert missing_bills(whole.sample(fraction=1, shuffle=True, seed=seed)).equals(missing_bills(whole))


def test_amounts_in_another_unit_change_no_alert() -> None:
    whole = shaky(1)
    assert told(whole.with_columns(pl.col("amount") * 1000)) == told(whole)


def test_silence_of_the_others_explains_a_silence() -> None:
    odds = np.full(40, -4.0)
    alone = np.zeros(40, dtype=bool)
    alone[0] = True
    many = np.zeros(40, dtype=bool)
    many[:20] = True
    assert chance_of_silence(odds, alone)[0] < 0.03
    assert chance_of_silence(odds, many)[0] > 0.15


def test_the_prior_fits_the_features_and_holds_where_nothing_is_learnt() -> None:
    hazard = prior()
    design = np.ones((300, 1))
    centre = np.array([-2.0])
    assert most_likely(design, np.zeros(300), centre, np.array([1e9]))[0] == pytest.approx(-2.0, abs=1e-3)
    assert hazard.learn(np.zeros((3, len(hazard.weights))), np.zeros(3, dtype=bool)) is hazard


def test_the_grid_counts_documents_days_and_sums() -> None:
    rows = [("a", month, day) for month in range(6) for day in (1, 1, 9)] + [("once", 2, 4)]
    laid = grid(ledger(rows))
    assert laid.suppliers == ["a"]
    assert laid.documents[0].tolist() == [3.0] * 6
    assert laid.days[0].tolist() == [2.0] * 6
    assert laid.amounts[0, 0] == 300.0
    assert laid.all_documents.tolist() == [3, 3, 4, 3, 3, 3]
    assert (laid.last_day - laid.first_day)[0].tolist() == [8.0] * 6


@needs(LEDGERS)
def test_public_ledgers_with_bills_taken_out() -> None:
    bills = pl.read_csv(LEDGERS / "ledger.csv.gz", infer_schema=False).filter(pl.col("council") == "newcastle")
    bills = bills.with_columns(pl.col("date").str.to_date(), pl.col("amount").cast(pl.Float64))
    removed = pl.read_csv(LEDGERS / "removed_bills.csv").filter(pl.col("council") == "newcastle")
    truth = set(removed.select("supplier", "month").iter_rows())
    alerts = told(bills)
    assert len(truth & set(alerts)) / len(truth) >= 0.85
    assert len(alerts) / len(truth) <= 3.5
