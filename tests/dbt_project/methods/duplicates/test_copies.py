"""Second copies of a bill: slips that people make, and what is owed although it looks alike."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_project.methods.duplicates import copies

DAY = date(2026, 3, 2)
Row = tuple[str, str | None, int, int]


def documents(*rows: Row, kept: str = "", credited: str = "") -> pl.DataFrame:
    """Bills of one party: id, number, days after the first, minor units; entered in the order given."""
    return pl.DataFrame(
        {
            "ledger": ["c1"] * len(rows),
            "party": ["v1"] * len(rows),
            "document": [row[0] for row in rows],
            "number": pl.Series([row[1] for row in rows], dtype=pl.String),
            "currency": ["USD"] * len(rows),
            "day": [DAY + timedelta(days=row[2]) for row in rows],
            "entered": list(range(len(rows))),
            "minor": [row[3] for row in rows],
            "debt": pl.Series([None] * len(rows), dtype=pl.String),
            "is_kept": [row[0] in kept.split() for row in rows],
            "is_credited": [row[0] in credited.split() for row in rows],
        }
    )


def found(frame: pl.DataFrame) -> list[tuple[str, str, str]]:
    return list(copies(frame).select("document", "other", "rule").iter_rows())


@pytest.mark.parametrize(
    ("number", "days", "rule"),
    [
        ("inv 10482", 0, "same"),
        ("INV-010482", 30, "same"),
        ("INV-1O482", 3, "lookalike"),
        ("INV-10482-1", 20, "marked"),
        ("INV-10482 DUP", 20, "marked"),
        ("INV-10428", 0, "swapped"),
        ("INV-80482", 5, "slip"),
        (None, 1, "absent"),
    ],
)
def test_a_slip_in_the_number_is_a_copy(number: str | None, days: int, rule: str) -> None:
    frame = documents(("a", "INV-10482", 0, 129_000), ("b", number, days, 129_000))
    assert found(frame) == [("b", "a", f"amount, number {rule}")]


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "R-01", 0, 400_000), ("b", "R-02", 31, 400_000), ("c", "R-03", 61, 400_000)],
        [("a", None, 0, 400_000), ("b", None, 31, 400_000), ("c", None, 61, 400_000)],
        [("a", "77123-1/6", 0, 9_900), ("b", "77123-2/6", 14, 9_900), ("c", "77123-3/6", 28, 9_900)],
        [("a", "ACCT 88121", 0, 5_000), ("b", "ACCT 88121", 31, 5_000), ("c", "ACCT 88121", 61, 5_000)],
        [("a", "5001", 0, 7_500), ("b", "5002", 0, 7_500)],
        [("a", "0302A", 0, 7_500), ("b", "0302", 0, 7_500), ("c", "0302B", 0, 7_500)],
        [("a", "INV-1", 0, 7_500), ("b", "PO-9", 0, 7_500)],
        [("a", "INV-77", 0, 7_500), ("b", "INV-77", 10, 3_100)],
    ],
    ids=["rent", "rent_unnumbered", "installments", "account_number", "next_number", "series", "other", "part_billed"],
)
def test_what_is_owed_although_it_looks_alike_is_no_copy(rows: list[Row]) -> None:
    assert found(documents(*rows)) == []


def test_a_credited_bill_may_be_billed_again() -> None:
    rows: list[Row] = [("a", "INV-77", 0, 7_500), ("b", "INV-77-R", 6, 7_500)]
    assert found(documents(*rows, credited="a")) == []
    assert found(documents(*rows)) == [("b", "a", "amount, number marked")]


def test_the_paid_one_is_kept_and_the_marked_one_is_the_copy() -> None:
    rows: list[Row] = [("a", "INV-10482", 0, 7_500), ("b", "INV-10482", 0, 7_500)]
    assert found(documents(*rows, kept="b")) == [("a", "b", "amount, number same")]
    assert found(documents(("a", "INV-10482-1", 0, 7_500), ("b", "INV-10482", 0, 7_500)))[0][:2] == ("a", "b")


@pytest.mark.parametrize(
    ("minor", "slip"), [(192_000, "digits swapped"), (12_900, "a place off"), (139_000, "a digit off")]
)
def test_a_slip_in_the_amount_under_one_number_is_a_copy(minor: int, slip: str) -> None:
    frame = documents(("a", "INV-10482", 0, 129_000), ("b", "INV-10482", 2, minor))
    assert found(frame) == [("b", "a", f"number, amount with {slip}")]


def test_two_parts_that_add_up_are_copies_of_the_whole() -> None:
    whole, first, second = ("w", "84184", 0, 42_479), ("x", "84184A", 0, 25_934), ("y", "84184B", 0, 16_545)
    rule = "two parts add up to it"
    assert found(documents(whole, first, second)) == [("x", "w", rule), ("y", "w", rule)]
    assert found(documents(first, whole, second)) == [("x", "w", rule), ("y", "w", rule)]
    assert found(documents(whole, first, second, kept="x")) == [("w", "x", rule)]
    assert found(documents(whole, first, ("y", "84184B", 0, 16_546))) == []


def test_one_debt_on_two_rails_and_another_party_are_no_copies() -> None:
    frame = documents(("a", "INV-10482", 0, 7_500), ("b", "INV-10482", 0, 7_500))
    assert found(frame.with_columns(pl.lit("e1").alias("debt"))) == []
    for column in ("ledger", "party", "currency"):
        assert found(frame.with_columns(pl.col("document").alias(column))) == []


def test_no_documents_and_unusable_ones_give_no_copies() -> None:
    assert copies(documents()).height == 0
    assert found(documents(("a", "---", 0, 0), ("b", "---", 0, -5))) == []


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["7701", "7702A", "77O1", None, ""]), st.integers(0, 90), st.integers(1, 3)),
        max_size=12,
    )
)
def test_unrelated_rows_change_nothing_and_no_document_repeats_itself(rows: list[tuple[str | None, int, int]]) -> None:
    frame = documents(*[(f"d{at:02d}", number, day, 1_000 * cents) for at, (number, day, cents) in enumerate(rows)])
    alone = copies(frame)
    assert alone.filter(pl.col("document") == pl.col("other")).height == 0
    assert alone["document"].n_unique() == alone.height
    other = frame.with_columns(pl.lit("c2").alias("ledger"), pl.col("minor") + 7)
    assert copies(pl.concat([other, frame])).filter(pl.col("ledger") == "c1").equals(alone)
