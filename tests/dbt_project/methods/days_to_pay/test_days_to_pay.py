"""When an invoice will be paid: by what was known, borrowed where little is known, and right as often as it says."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_project.methods.days_to_pay import HISTORY, SCHEMA, days_to_pay

FIRST = date(2024, 1, 1)
HABITS = (-12, -6, -2, 0, 3, 5, 9, 14, 20, 28)


def world(seed: int, invoices: int = 900, parties: int = 30, spread: float = 5.0) -> pl.DataFrame:
    """Invoices on 30 days' terms; party p pays HABITS[p % 10] days after its due date, give or take."""
    random = np.random.default_rng(seed)
    party = random.integers(0, parties, invoices)
    issued = np.sort(random.integers(0, 540, invoices))
    took = 30 + np.array(HABITS)[party % len(HABITS)] + np.round(random.normal(0, spread, invoices))
    took = np.maximum(took, 0).astype(int)
    return pl.DataFrame(
        {
            "party": [f"p{at}" for at in party],
            "segment": [f"s{at % 3}" for at in party],
            "invoice_date": [FIRST + timedelta(days=int(day)) for day in issued],
            "term_days": [30] * invoices,
            "amount": random.lognormal(5, 1, invoices),
            "is_electronic": [None] * invoices,
            "settled_date": [FIRST + timedelta(days=int(a + b)) for a, b in zip(issued, took, strict=True)],
        },
        schema=HISTORY,
    )


def asked(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop("settled_date").with_columns(asked_date="invoice_date")


def one(party: str, day: date, segment: str = "s0", term: int | None = 30, on: date | None = None) -> pl.DataFrame:
    row = (party, segment, day, term, 200.0, None)
    names = {name: kind for name, kind in HISTORY.items() if name != "settled_date"}
    return pl.DataFrame([row], schema=names, orient="row").with_columns(asked_date=pl.lit(on or day))


@pytest.fixture(scope="module")
def history() -> pl.DataFrame:
    return world(1)


def test_a_party_is_judged_by_its_own_habit_and_late_as_often_as_it_was(history: pl.DataFrame) -> None:
    day = FIRST + timedelta(days=600)
    early, late = (days_to_pay(history, one(party, day)).row(0, named=True) for party in ("p0", "p9"))
    assert early["days"] == pytest.approx(18, abs=4) and late["days"] == pytest.approx(58, abs=4)
    assert early["lo80"] < early["days"] < early["hi80"]
    assert early["p_late"] < 0.05 and late["p_late"] > 0.95
    assert late["p_late_30"] < late["p_late"]


def test_a_new_party_is_judged_by_its_segment_and_less_surely(history: pl.DataFrame) -> None:
    day = FIRST + timedelta(days=600)
    new, known = (days_to_pay(history, one(party, day)).row(0, named=True) for party in ("never seen", "p3"))
    assert new["party_settled"] == 0 < known["party_settled"]
    assert new["hi80"] - new["lo80"] > 2 * (known["hi80"] - known["lo80"])
    elsewhere = days_to_pay(history, one("never seen", day, segment="nowhere")).row(0, named=True)
    assert elsewhere["days"] == pytest.approx(36, abs=8)


def test_ranges_hold_four_times_in_five_and_chances_come_true() -> None:
    rows = world(2, invoices=1500)
    before, after = rows[:1000], rows[1000:]
    found = days_to_pay(before, asked(after))
    took = (after["settled_date"] - after["invoice_date"]).dt.total_days()
    inside = ((took >= found["lo80"]) & (took <= found["hi80"])).mean()
    assert isinstance(inside, float) and 0.75 < inside < 0.87
    was_late = (took > 30).cast(pl.Float64)
    assert (found["p_late"] - was_late).mean() == pytest.approx(0, abs=0.06)
    error, plain = (took - found["days"]).abs().mean(), (took - took.median()).abs().mean()
    assert isinstance(error, float) and isinstance(plain, float) and error < 0.6 * plain


def test_nothing_is_said_before_ten_invoices_were_settled(history: pl.DataFrame) -> None:
    assert days_to_pay(history.head(0), asked(history.head(3)))["days"].null_count() == 3
    found = days_to_pay(history, asked(history))
    settled = history["settled_date"].sort()
    tenth = settled[9]
    assert found.filter(history["invoice_date"] <= tenth)["days"].is_null().all()
    assert found.columns == list(SCHEMA) and found.height == history.height
    assert found["days"].null_count() < 120


def test_no_terms_give_days_and_no_chance(history: pl.DataFrame) -> None:
    found = days_to_pay(history, one("p3", FIRST + timedelta(days=600), term=None)).row(0, named=True)
    assert found["days"] is not None and found["p_late"] is None and found["p_late_30"] is None


@pytest.mark.parametrize("age", [0, 20, 40, 90, 400])
def test_an_invoice_that_is_still_open_will_be_paid_later_than_its_age(history: pl.DataFrame, age: int) -> None:
    day = FIRST + timedelta(days=600 - age)
    found = days_to_pay(history, one("p3", day, on=day + timedelta(days=age))).row(0, named=True)
    assert age <= found["lo80"] <= found["days"] <= found["hi80"]
    if age > 30:
        assert found["p_late"] == 1
    if age > 60:
        assert found["p_late_30"] == 1 and found["days"] > age


def test_the_quick_payers_of_a_young_history_are_not_taken_for_all() -> None:
    rows = world(3, spread=15.0)
    day = FIRST + timedelta(days=70)
    young = rows.filter(pl.col("invoice_date") < day)
    settled_only = young.filter(pl.col("settled_date") < day)
    new = one("never seen", day)
    with_open, without = (days_to_pay(part, new)["days"][0] for part in (young, settled_only))
    assert without + 1.5 < with_open
    assert with_open == pytest.approx(36, abs=7)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 999), at=st.integers(250, 550), later=st.integers(0, 400), gone=st.booleans())
def test_what_was_settled_later_changes_nothing(seed: int, at: int, later: int, gone: bool) -> None:
    """Any invoice that was open on the day that is asked may be settled any day later, or never: the answer stays."""
    rows = world(seed, invoices=300, parties=12)
    day = FIRST + timedelta(days=at)
    open_then = pl.col("settled_date") >= day
    moved = pl.lit(None, pl.Date) if gone else pl.col("settled_date") + pl.duration(days=later)
    # One far settlement stays in both, so both histories were written down after the day.
    last = one("z", FIRST, on=None).drop("asked_date").with_columns(settled_date=FIRST + timedelta(days=2000))
    changed = rows.with_columns(pl.when(open_then).then(moved).otherwise("settled_date").alias("settled_date"))
    future = rows.with_columns(pl.col("invoice_date") + pl.duration(days=700), party=pl.lit("p1"))
    now = pl.concat([one(f"p{party}", day) for party in range(12)])
    first = days_to_pay(pl.concat([rows, last]), now)
    second = days_to_pay(pl.concat([changed, last, future.with_columns(settled_date="invoice_date")]), now)
    assert first.equals(second)
