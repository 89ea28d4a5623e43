"""Retyped numbers, cards, other rails: what is certainly the same, what is alike, and what is another bill."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.facts import Twin
from execution.domain.near_miss import Record, is_extended, nearly_the_same, one_edit_apart, twin_of, twins_of

TODAY = date(2026, 11, 24)
MINE = Record("entered", "qbo:1", "ramp", "qbo:1", "INV-44110", 90_000, TODAY)
PAID = Record("paid", "77", "qbo", None, "44110", 90_000, TODAY - timedelta(days=40))
texts = st.text("ABC123", max_size=8)


def twin(other: Record, mine: Record = MINE) -> Twin | None:
    return twin_of(mine, other, today=TODAY, window_days=90, amount_days=7)


@pytest.mark.parametrize(
    ("left", "right", "apart"),
    [
        ("4411", "4411", False), ("4411", "441", True), ("4411", "411", True), ("4411", "44115", True),
        ("4411", "4511", True), ("4411", "4415", True), ("5411", "4411", True), ("4411", "4141", True),
        ("1244", "1424", True), ("4412", "4421", True), ("2144", "1244", True), ("4411", "1144", False),
        ("4411", "44", False), ("4411", "4522", False), ("12345", "13254", False), ("", "1", True), ("", "", False),
        ("4411", "5412", False), ("1234", "2143", False), ("44115", "4412", False), ("4411A", "B4411", False),
    ],
)  # fmt: skip
def test_one_edit(left: str, right: str, apart: bool) -> None:
    assert one_edit_apart(left, right) is apart
    assert one_edit_apart(right, left) is apart


@given(texts, st.integers(0, 8), st.sampled_from("ABC123"))
def test_any_single_edit_is_found(text: str, at: int, letter: str) -> None:
    at = min(at, len(text))
    for edited in (text[:at] + letter + text[at:], text[:at] + text[at + 1 :], text[:at] + letter + text[at + 1 :]):
        if edited != text:
            assert one_edit_apart(text, edited), edited


@pytest.mark.parametrize(
    ("left", "right", "is_it"),
    [
        ("4411", "4411A", True), ("4411", "44112B", True), ("4411", "441123C", False), ("4411", "X4411", True),
        ("4411", "XY4411", True), ("4411", "4411", False), ("4411", "44X11", False), ("44112B", "4411", True),
    ],
)  # fmt: skip
def test_extended(left: str, right: str, is_it: bool) -> None:
    assert is_extended(left, right) is is_it


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ("4411", "4412", "one sign apart"), ("4411", "44112B", "a few signs longer"), ("4411", "4411", ""),
        ("441", "4412", ""), ("4411", "442", ""), ("441", "442", ""), ("4411", "5522", ""), ("4411", "9944112", ""),
    ],
)  # fmt: skip
def test_numbers_that_nearly_agree(left: str, right: str, said: str) -> None:
    assert nearly_the_same(left, right) == said


def test_the_same_bill_is_certain_whatever_else_differs() -> None:
    other = Record("in payment", "payout 1", "ramp", "qbo:1", "other", 1, TODAY - timedelta(days=900))
    assert twin(other) == Twin("in payment", "payout 1", "the same bill", True, True)
    assert twin(replace(other, source_bill_id="qbo:2")) is None
    assert twin(replace(other, source_bill_id=None), replace(MINE, source_bill_id=None)) is None


@pytest.mark.parametrize(
    ("other", "evidence", "certain"),
    [
        (PAID, "same vendor, amount and invoice number, 2026-10-15", True),
        (replace(PAID, day=None), "same vendor, amount and invoice number", True),
        (replace(PAID, day=TODAY - timedelta(days=90)), "same vendor, amount and invoice number, 2026-08-26", True),
        (replace(PAID, day=TODAY - timedelta(days=91)), None, None),
        (replace(PAID, amount_minor=89_999), "same invoice number, another amount, 2026-10-15", False),
        (replace(PAID, amount_minor=89_999, invoice_number="44111"), None, None),
        (replace(PAID, invoice_number="44111"), "same amount, invoice number one sign apart, 2026-10-15", False),
        (replace(PAID, invoice_number="44110-XY"), "same amount, invoice number a few signs longer, 2026-10-15", False),
        (replace(PAID, invoice_number="9"), None, None),
        (replace(PAID, invoice_number="9", rail="card"), "same amount by card, 2026-10-15", False),
        (replace(PAID, invoice_number="", rail="card", day=TODAY - timedelta(days=45)),
         "same amount by card, 2026-10-10", False),
        (replace(PAID, invoice_number="", rail="card", day=TODAY - timedelta(days=46)), None, None),
        (replace(PAID, invoice_number="9", day=TODAY - timedelta(days=7)),
         "same vendor and amount within 7 days, 2026-11-17", False),
        (replace(PAID, invoice_number="9", day=TODAY - timedelta(days=8)), None, None),
        (replace(PAID, invoice_number="9", day=TODAY + timedelta(days=7)),
         "same vendor and amount within 7 days, 2026-12-01", False),
        (replace(PAID, invoice_number="9", day=None), None, None),
    ],
)  # fmt: skip
def test_what_else_must_agree(other: Record, evidence: str | None, certain: bool | None) -> None:
    assert twin(other) == (Twin("paid", "qbo 77" if other.rail == "qbo" else "card 77", evidence, bool(certain))
                           if evidence else None)  # fmt: skip


def test_a_record_without_a_day_is_never_too_old() -> None:
    undated = replace(PAID, day=None)
    assert twin_of(MINE, undated, today=TODAY, window_days=0, amount_days=0) is not None
    assert (
        twin_of(MINE, replace(PAID, day=TODAY - timedelta(days=1)), today=TODAY, window_days=0, amount_days=0) is None
    )


def test_without_a_number_nothing_is_certain() -> None:
    bare = replace(MINE, invoice_number="")
    assert twin(replace(PAID, invoice_number=""), bare) is None
    near = twin(replace(PAID, invoice_number="", day=TODAY), bare)
    assert near is not None and not near.is_certain and not near.is_same_bill


def test_the_certain_ones_come_first_and_the_others_are_left_out() -> None:
    alike, certain = replace(PAID, record_id="1", invoice_number="44111"), replace(PAID, record_id="2")
    far = replace(PAID, record_id="3", amount_minor=1, invoice_number="9")
    found = twins_of(MINE, [alike, far, certain], today=TODAY, window_days=90, amount_days=7)
    assert [one.record_id for one in found] == ["qbo 2", "qbo 1"]
    assert twins_of(MINE, [far], today=TODAY, window_days=90, amount_days=7) == ()
    entered = replace(PAID, kind="entered", record_id="bill 9")
    assert [one.record_id for one in twins_of(MINE, [entered], today=TODAY, window_days=90, amount_days=7)] == [
        "bill 9"
    ]
