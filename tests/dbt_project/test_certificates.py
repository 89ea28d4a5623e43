"""The re-check of certificates, on its own SQL: a sound one passes, and every way to corrupt one is told."""

from __future__ import annotations

from datetime import date
from math import exp
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
MODEL = PROJECT / "models/intermediate/reconciliation"
DAY = date(2026, 6, 10)
LINES = [("c1", "p1", -900, "USD", DAY), ("c1", "p2", -500, "USD", DAY), ("c2", "p9", -900, "USD", DAY)]
RECORDS = [
    ("c1", "qbo", "bill_payment", "out", "d1", -600, "USD", date(2026, 6, 9)),
    ("c1", "qbo", "bill_payment", "out", "d2", -300, "USD", DAY),
    ("c1", "qbo", "bill_payment", "out", "d3", -485, "USD", DAY),
    ("c1", "qbo", "bill_payment", "out", "d4", -300, "USD", date(2026, 1, 1)),
    ("c1", "qbo", "deposit", "in", "d5", 300, "USD", DAY),
    ("c1", "qbo", "bill_payment", "out", "d6", -300, "CAD", DAY),
]
SUM: dict[str, Any] = {
    "match_id": "m1",
    "client_id": "c1",
    "rail": "qbo",
    "status": "matched",
    "method": "sum of one party's records",
    "posting_ids_plaid": ["p1"],
    "documents": ["bill_payment|out|d1", "bill_payment|out|d2"],
    "lines_minor": -900,
    "parts_minor": -900,
    "fee_minor": 0,
    "currency_code": "USD",
    "match_score": 0.98,
    "runner_up_score": 0.98 * exp(-3.0),
    "margin": 3.0,
}
FEE = SUM | {
    "match_id": "m2",
    "method": "payment and a fee",
    "posting_ids_plaid": ["p2"],
    "documents": ["bill_payment|out|d3"],
    "lines_minor": -500,
    "parts_minor": -485,
    "fee_minor": -15,
    "runner_up_score": None,
    "margin": None,
}


CERTIFICATES = """create table int_reconciliation__certificates (
    match_id varchar, client_id varchar, rail varchar, status varchar, method varchar, posting_ids_plaid varchar[],
    documents varchar[], lines_minor bigint, parts_minor bigint, fee_minor bigint, currency_code varchar,
    match_score double, runner_up_score double, margin double)"""
POSTINGS = """create table int_reconciliation__postings (
    client_id varchar, posting_id_plaid varchar, amount_minor bigint, currency_code varchar, posted_date date)"""
DOCUMENTS = """create table int_reconciliation__documents (client_id varchar, rail varchar, kind varchar, side varchar,
    document_id varchar, amount_minor bigint, currency_code varchar, document_date date)"""
BILLS = """create table int_reconciliation__bills (
    client_id varchar, bill_id_qbo varchar, amount_minor bigint, currency_code varchar, bill_date date)"""


def faults(
    certificates: list[dict[str, Any]], lines: list[tuple[Any, ...]], records: list[tuple[Any, ...]]
) -> list[tuple[str, str, str]]:
    """Client, match and fault, in order, as int_reconciliation__faults tells them."""
    macros = (PROJECT / "macros/certificates.sql").read_text(encoding="utf-8")
    query = macros + (MODEL / "int_reconciliation__faults.sql").read_text(encoding="utf-8")
    with duckdb.connect() as database:
        for table in (CERTIFICATES, POSTINGS, DOCUMENTS, BILLS):
            database.execute(table)
        rows = [tuple(one.values()) for one in certificates]
        database.executemany(f"insert into int_reconciliation__certificates values ({', '.join('?' * len(SUM))})", rows)
        database.executemany("insert into int_reconciliation__postings values (?, ?, ?, ?, ?)", lines)
        database.executemany("insert into int_reconciliation__documents values (?, ?, ?, ?, ?, ?, ?, ?)", records)
        rendered = jinja2.Template(query).render(ref=lambda name: name)
        return database.execute(f"select * from ({rendered}) order by all").fetchall()


def test_sound_certificates_hold() -> None:
    assert faults([SUM, FEE], LINES, RECORDS) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"posting_ids_plaid": ["p7"]}, "does not exist"),
        ({"posting_ids_plaid": ["p9"]}, "does not exist"),
        ({"documents": ["bill_payment|out|d1", "bill_payment|out|d8"]}, "does not exist"),
        ({"documents": []}, "does not exist"),
        ({"documents": ["bill_payment|out|d2"] * 2}, "stands in it twice"),
        ({"lines_minor": -901}, "its sums are"),
        ({"parts_minor": -899}, "its sums are"),
        ({"documents": ["bill_payment|out|d1"], "parts_minor": -600}, "are not records"),
        ({"documents": ["bill_payment|out|d1"], "parts_minor": -600, "fee_minor": -300}, "fee of -300 is not allowed"),
        ({"documents": ["bill_payment|out|d1", "bill_payment|out|d4"]}, "are outside of"),
        ({"documents": ["bill_payment|out|d1", "bill_payment|out|d6"]}, "currencies differ"),
        ({"currency_code": "EUR"}, "currencies differ"),
        ({"documents": ["deposit|in|d5"], "parts_minor": 300}, "opposite directions"),
        ({"match_score": 1.2}, "no probability"),
        ({"margin": 9.0}, "margin 9.0 does not lie between"),
        ({"runner_up_score": None}, "does not lie between"),
    ],
)
def test_each_corruption_is_caught(change: dict[str, Any], told: str) -> None:
    found = faults([SUM | change], LINES, RECORDS)
    assert any(told in fault for _, _, fault in found), found


def test_a_fee_past_the_rule_and_one_of_the_wrong_sign_are_caught() -> None:
    dear = [("c1", "p1", -9000, "USD", DAY)]
    large = FEE | {"posting_ids_plaid": ["p1"], "lines_minor": -9000, "fee_minor": -8515}
    assert any("not allowed" in fault for _, _, fault in faults([large], dear, RECORDS))
    less = [("c1", "p2", -480, "USD", DAY)]
    wrong = FEE | {"lines_minor": -480, "fee_minor": 5}
    assert any("not allowed" in fault for _, _, fault in faults([wrong], less, RECORDS))


def test_a_record_in_two_applied_matches_is_caught_and_in_a_proposal_is_not() -> None:
    again = SUM | {"match_id": "m3"}
    assert [(match, fault) for _, match, fault in faults([SUM, again], LINES, RECORDS)] == [
        ("m3", "line p1 is in match m1 too"),
        ("m3", "record bill_payment|out|d1 is in match m1 too"),
        ("m3", "record bill_payment|out|d2 is in match m1 too"),
    ]
    assert faults([SUM, again | {"status": "proposed"}], LINES, RECORDS) == []
    # A person may say so; what is taken for the same record by itself then stands against it.
    assert faults([SUM, again | {"method": "person"}], LINES, RECORDS) == []
    assert faults([SUM | {"method": "person"}, again], LINES, RECORDS)


def test_a_persons_word_needs_no_proof() -> None:
    assert faults([SUM | {"method": "person", "parts_minor": -1}], LINES, RECORDS) == []


def test_shares_nothing_with_the_matcher() -> None:
    macros = (PROJECT / "macros/certificates.sql").read_text(encoding="utf-8")
    query = macros + (MODEL / "int_reconciliation__faults.sql").read_text(encoding="utf-8")
    read: list[str] = []
    jinja2.Template(query).render(ref=lambda name: read.append(name) or name)
    assert {name.removeprefix("int_reconciliation__") for name in read} == {
        "certificates", "postings", "documents", "bills"
    }  # fmt: skip
