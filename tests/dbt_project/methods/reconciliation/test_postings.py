"""Bank lines of clients against the records of every rail."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_project.methods.reconciliation.postings import match_postings

DAY = date(2026, 6, 10)
CANDIDATE = {
    "posting": pl.Int64,
    "document": pl.Int64,
    "rail": pl.String,
    "rule": pl.String,
    "weight": pl.Float64,
    "fee_minor": pl.Int64,
    "posting_twin": pl.UInt64,
    "document_twin": pl.UInt64,
}
POSTING = {"posting": pl.Int64, "client": pl.String, "cents": pl.Int64, "currency": pl.String, "day": pl.Date}
POSTING |= {"description": pl.String, "party": pl.String}
DOCUMENT = {"document": pl.Int64, "client": pl.String, "rail": pl.String, "kind": pl.String, "cents": pl.Int64}
DOCUMENT |= {"currency": pl.String, "day": pl.Date, "party": pl.String, "party_name": pl.String}


def line(number: int, cents: int, text: str = "", party: str | None = None, days: int = 0) -> tuple[Any, ...]:
    return number, "c1", cents, "USD", DAY + timedelta(days), text, party


def record(number: int, kind: str, cents: int, party: str | None = None, name: str = "") -> tuple[Any, ...]:
    return number, "c1", "qbo", kind, cents, "USD", DAY, party, name


def matched(
    lines: list[tuple[Any, ...]], records: list[tuple[Any, ...]], candidates: list[tuple[Any, ...]] | None = None
) -> pl.DataFrame:
    return match_postings(
        pl.DataFrame(candidates or [], schema=CANDIDATE, orient="row"),
        pl.DataFrame(lines, schema=POSTING, orient="row"),
        pl.DataFrame(records, schema=DOCUMENT, orient="row"),
    ).sort("posting", "document")


def pairs(found: pl.DataFrame) -> list[tuple[int, int, str]]:
    return found.select("posting", "document", "method").rows()


def test_one_line_pays_several_records_of_its_party_and_of_no_other() -> None:
    records = [record(1, "bill_payment", -300, "v1"), record(2, "bill_payment", -200, "v1")]
    records += [record(3, "bill_payment", -200, "v2")]
    found = matched([line(1, -500, party="v1")], records)
    method = "sum of one party's records"
    assert pairs(found) == [(1, 1, method), (1, 2, method)]
    assert found["part_minor"].to_list() == [-300, -200]


def test_a_deposit_slip_holds_several_payers() -> None:
    records = [record(1, "payment", 300, "k1"), record(2, "payment", 250, "k2"), record(3, "payment", 90, "k3")]
    method = "several payers in one deposit"
    assert pairs(matched([line(1, 550, "MOBILE DEPOSIT")], records)) == [(1, 1, method), (1, 2, method)]


def test_a_wire_with_its_fee_and_a_card_deposit_less_its_fee() -> None:
    records = [record(1, "bill_payment", -40_000, "v1", "Eastgate Crossing Group"), record(2, "deposit", 10_000, "k1")]
    lines = [line(1, -41_500, "WIRE OUT BNF:EASTGATE CROSSIN"), line(2, 9_710, "PAYPORT MERCHDEP")]
    found = matched(lines, records)
    assert pairs(found) == [(1, 1, "payment and a fee"), (2, 2, "deposit less a fee")]
    assert found["left_minor"].to_list() == [-1_500, -290]


def test_several_lines_pay_one_record_and_a_line_pays_open_bills() -> None:
    lines = [line(1, -600, party="v1"), line(2, -400, party="v1", days=2), line(3, -750, party="v2")]
    records = [record(1, "bill_payment", -1_000, "v1"), record(2, "bill", -500, "v2"), record(3, "bill", -250, "v2")]
    split, owed = "several lines for one record", "bill, no payment recorded"
    assert pairs(matched(lines, records)) == [(1, 1, split), (2, 1, split), (3, 2, owed), (3, 3, owed)]


def test_a_persons_word_comes_first_and_takes_the_record_away() -> None:
    candidates = [
        (1, 1, "qbo", "amount and name", 9.0, 0, 1, 1),
        (2, 1, "qbo", "person", 150.0, 0, 2, 1),
    ]
    found = matched([line(1, -500), line(2, -510)], [record(1, "purchase", -500)], candidates)
    assert pairs(found) == [(2, 1, "person")]
    assert found.select("part_minor", "left_minor", "share").row(0) == (-500, -10, 1.0)


def test_what_a_person_has_parted_is_not_put_together_as_a_sum_again() -> None:
    records = [record(1, "bill_payment", -300, "v1"), record(2, "bill_payment", -200, "v1")]
    tables = [
        pl.DataFrame(schema=CANDIDATE),
        pl.DataFrame([line(1, -500, party="v1")], schema=POSTING, orient="row"),
        pl.DataFrame(records, schema=DOCUMENT, orient="row"),
    ]
    apart = pl.DataFrame({"posting": [1], "document": [2]})
    assert match_postings(*tables).height == 2
    assert not match_postings(*tables, apart).height


def test_twins_are_no_doubt_and_different_records_are() -> None:
    rows = [(line_, doc, "qbo", "amount and date", 7.0, 0, 1, 5) for line_ in (1, 2) for doc in (1, 2)]
    lines, records = [line(1, -500), line(2, -500)], [record(1, "purchase", -500), record(2, "purchase", -500)]
    assert matched(lines, records, rows)["share"].to_list() == [1.0, 1.0]
    differ = [(1, 1, "qbo", "amount and date", 7.0, 0, 1, 5), (1, 2, "qbo", "amount and date", 6.8, 0, 1, 6)]
    assert 0.5 < matched(lines[:1], records, differ)["share"][0] < 0.6


AMOUNTS = st.lists(st.tuples(st.integers(-60, 60).filter(bool), st.sampled_from(["v1", "v2", None])), max_size=9)
KINDS = st.sampled_from(["bill_payment", "purchase", "payment", "deposit", "bill"])


@given(AMOUNTS, st.lists(st.tuples(st.integers(1, 60), KINDS, st.sampled_from(["v1", "v2"])), max_size=9))
@settings(max_examples=80, deadline=None)
def test_nothing_is_used_twice_and_parts_with_fees_are_lines(
    paid: list[tuple[int, str | None]], owed: list[tuple[int, str, str]]
) -> None:
    lines = [line(at, cents * 100, party=party) for at, (cents, party) in enumerate(paid)]
    inflow = {"payment", "deposit"}
    records = [
        record(at, kind, cents * (100 if kind in inflow else -100), party)
        for at, (cents, kind, party) in enumerate(owed)
    ]
    equal = [
        (one[0], other[0], "qbo", "amount and date", 5.0, 0, one[0], other[0])
        for one in lines
        for other in records
        if one[2] == other[4] and other[3] != "bill"
    ]
    found = matched(lines, records, equal)
    split = pl.col("method") == "several lines for one record"
    assert found.filter(~split)["document"].is_unique().all()
    assert found.filter(split)["posting"].is_unique().all()
    assert not set(found.filter(split)["document"]) & set(found.filter(~split)["document"])
    sums = found.group_by("posting").agg(pl.col("part_minor").sum(), pl.col("left_minor").first())
    amounts = pl.DataFrame(lines, schema=POSTING, orient="row")
    joined = sums.join(amounts, on="posting")
    assert (joined["part_minor"] + joined["left_minor"] == joined["cents"]).all()
