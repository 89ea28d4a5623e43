"""The pure part: bands, banking days, what a signature covers, names, money, states, what Ramp's words mean."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.bands import Band, BandLimits, signers_needed
from execution.domain.business_days import (
    add_business_days,
    bank_holidays,
    business_days_between,
    is_business_day,
)
from execution.domain.fingerprint import payee_fingerprint
from execution.domain.invoice_number import normalize_invoice_number
from execution.domain.money import NotMoney, decimal_text, minor_from_decimal, shown
from execution.domain.payload import Payload, hash_of_list
from execution.domain.rail_status import has_come_back, known_statuses, next_state, read_status
from execution.domain.reference import payout_id_for
from execution.domain.states import BEFORE_SENDING, CUSTODY, ENDED, HOLDING, State, followers, may_follow
from tests.execution.guards.facts import PAYLOAD

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("minor", "band"),
    [(1, Band.AUTOMATIC), (100_000, Band.AUTOMATIC), (100_001, Band.ONE_CONTROLLER), (499_999, Band.ONE_CONTROLLER),
     (500_000, Band.REVIEW), (999_999, Band.REVIEW), (1_000_000, Band.TWO_PEOPLE), (10**12, Band.TWO_PEOPLE)],
)  # fmt: skip
def test_bands_to_the_cent(minor: int, band: Band) -> None:
    assert BandLimits().band_of(minor) is band
    assert signers_needed(band, automatic_allowed=True) == {Band.AUTOMATIC: 0, Band.TWO_PEOPLE: 2}.get(band, 1)
    assert signers_needed(band, automatic_allowed=False) == (2 if band is Band.TWO_PEOPLE else 1)


def test_the_federal_reserve_holidays() -> None:
    assert bank_holidays(2026) == {
        date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 5, 25), date(2026, 6, 19),
        date(2026, 7, 4), date(2026, 9, 7), date(2026, 10, 12), date(2026, 11, 11), date(2026, 11, 26),
        date(2026, 12, 25),
    }  # fmt: skip
    # July 4, 2026 is a Saturday: the Friday before is a banking day. January 1, 2023 was a Sunday: moved to Monday.
    assert is_business_day(date(2026, 7, 3)) and not is_business_day(date(2023, 1, 2))
    assert not is_business_day(date(2026, 11, 26))
    assert add_business_days(date(2026, 11, 24), 2) == date(2026, 11, 27)
    assert add_business_days(date(2026, 11, 30), -1) == date(2026, 11, 27)
    assert business_days_between(date(2026, 11, 24), date(2026, 11, 30)) == 3
    assert add_business_days(date(2026, 11, 27), 1) == date(2026, 11, 30)


@given(days, st.integers(-40, 40))
def test_business_days_add_up(day: date, count: int) -> None:
    there = add_business_days(day, count)
    assert count == 0 or is_business_day(there)
    if count >= 0:
        assert business_days_between(day, there) == count
    assert business_days_between(there, there) == 0


def test_a_signature_covers_every_field() -> None:
    changes = {"amount_minor": 90_001, "mode": "draft", "bill_date": date(2026, 1, 1), "due_date": date(2026, 1, 1),
               "arrival_date": date(2026, 12, 15)}  # fmt: skip
    hashes = {PAYLOAD.sha256()}
    for field in fields(Payload):
        hashes.add(PAYLOAD.with_changes(**{field.name: changes.get(field.name, "other")}).sha256())
    assert len(hashes) == len(fields(Payload)) + 1
    row = {field.name: getattr(PAYLOAD, field.name) for field in fields(Payload)}
    assert Payload.from_row({**row, "due_date": "2026-12-14"}).sha256() == PAYLOAD.sha256()
    for amount in (0, -1):
        with pytest.raises(ValueError, match="not above zero"):
            PAYLOAD.with_changes(amount_minor=amount)
    assert hash_of_list(["b", "a"]) == hash_of_list(["a", "b"]) != hash_of_list(["ab"])
    assert hash_of_list(["b", "a"]) == hashlib.sha256(b"a\nb").hexdigest()


def test_the_signed_bytes_are_utf_8_and_come_back_from_a_store() -> None:
    named = PAYLOAD.with_changes(vendor_name="Zoë, 東京")
    assert "Zoë, 東京".encode() in named.canonical() and b'"bill_date":"2026-11-01"' in named.canonical()
    stored = {name: getattr(PAYLOAD, name) for name in Payload.__slots__}
    texts = {name: value.isoformat() if isinstance(value, date) else value for name, value in stored.items()}
    assert Payload.from_row(stored) == Payload.from_row(texts) == PAYLOAD


def test_the_reference_is_derived_and_tells_parts_apart() -> None:
    one = payout_id_for("firm", "acme", "ramp", "qbo:1", 1)
    assert (
        one == payout_id_for("firm", "acme", "ramp", "qbo:1", 1) == "".join(c for c in one if c in "0123456789abcdef")
    )
    # It stands at Ramp: another text would not find the bills that were sent.
    assert one == "69014aed3c5f99449dfdc5c9e70a6df7"
    others = [("firma", "cme", "ramp", "qbo:1", 1), ("firm", "acme", "ramp", "qbo:11", 1),
              ("firm", "acme", "ramp", "qbo:1", 11), ("firm", "acme", "rampq", "bo:1", 1)]  # fmt: skip
    assert len({one, *(payout_id_for(*parts) for parts in others)}) == 5
    with pytest.raises(ValueError, match="NUL"):
        payout_id_for("firm", "acme\0ramp", "", "qbo:1", 1)


def test_a_fingerprint_is_keyed_and_sees_each_part() -> None:
    parts = ["c", "v", "a", "ACH"]
    known = payee_fingerprint(b"k", *parts)
    # Kept in every store: another text would make every known payee a changed one.
    assert known == "32ca9ce6d3a13e9cdca92d212ab5e8e8908875126fb06a3bac4b20e80952badf"
    assert payee_fingerprint(b"x", *parts) != known
    for at in range(4):
        assert payee_fingerprint(b"k", *[p + "1" if i == at else p for i, p in enumerate(parts)]) != known


@pytest.mark.parametrize(
    ("left", "right"),
    [("INV-0044 11", "inv 4411"), ("0x44", "X44"), ("Invoice #7", "7"), ("007", "7"), ("ＩＮＶ９", "INV9"), ("", None)],
)
def test_retyped_invoice_numbers_are_one(left: str, right: str | None) -> None:
    assert normalize_invoice_number(left) == normalize_invoice_number(right)


@given(st.integers(-(10**15), 10**15))
def test_money_makes_the_round_trip(minor: int) -> None:
    assert minor_from_decimal(decimal_text(minor)) == minor


@pytest.mark.parametrize("value", ["1.001", "NaN", "Infinity", "abc", None, ""])
def test_what_is_no_money_is_refused(value: object) -> None:
    with pytest.raises(NotMoney):
        minor_from_decimal(value)
    assert (shown(-123_450), shown(5, "EUR"), shown(0)) == ("-$1,234.50", "0.05 EUR", "$0.00")
    assert (decimal_text(0), decimal_text(-1), decimal_text(105)) == ("0.00", "-0.01", "1.05")


def test_states_hold_together() -> None:
    for state in State:
        assert not (state in ENDED and followers(state))
        assert state in ENDED or state is State.SETTLED or state in CUSTODY, "every open state has an owner and a clock"
        if state in BEFORE_SENDING:
            assert may_follow(state, State.CANCELLED)
    for state in HOLDING - {State.RESERVED}:
        assert not {State.EXPIRED, State.BLOCKED} & followers(state), "nothing sent ends by a clock or a guard"
    assert followers(State.UNCONFIRMED) == {State.AT_RAIL, State.HANDED_OFF, State.RESERVED, State.DECLINED}


@pytest.mark.parametrize("status", [*sorted(known_statuses()), "SOMETHING_NEW", None])
def test_ramps_words_never_walk_backwards(status: str | None) -> None:
    order = [State.HANDED_OFF, State.AT_RAIL, State.IN_FLIGHT, State.RAIL_PAID]
    for current in order:
        told = next_state(current, status)
        if told in order:
            assert order.index(told) >= order.index(current)
        elif current in (State.IN_FLIGHT, State.RAIL_PAID):
            assert told is State.MISMATCHED
    assert read_status(status).sentence


def test_money_comes_back_only_after_it_left() -> None:
    for state in (State.RAIL_PAID, State.SETTLED):
        assert has_come_back(state, "PAYMENT_ERROR", was_initiated=False)
        assert not has_come_back(state, "PAYMENT_COMPLETED", was_initiated=True)
    for state in (State.AT_RAIL, State.IN_FLIGHT):
        assert has_come_back(state, "PAYMENT_ERROR", was_initiated=True)
        assert not has_come_back(state, "PAYMENT_ERROR", was_initiated=False)
        assert may_follow(state, State.RETURNED)
