"""What changed, in words: each bound field is named with what it is and what it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from execution.domain.seen import changes, fields_of, seen_of, sha256_of
from tests.execution.guards.facts import BILL, PAYEE, PAYLOAD

CHANGES: list[tuple[str, Any, str]] = [
    ("source_bill_id", "qbo:2", "bill qbo:2, was qbo:1"),
    ("bill_version", "1", "version of the bill 1, was 0"),
    ("vendor_id_ramp", "v2", "payee at Ramp v2, was v1"),
    ("vendor_account_id", "va2", "payee's account va2, was va1"),
    ("vendor_name", "Nimbus 2", "payee's name Nimbus 2, was Nimbus"),
    ("entity_id_ramp", "e2", "paying entity e2, was e1"),
    ("source_bank_account_id", "b2", "funding account at Ramp b2, was b1"),
    ("account_id_plaid", "", "funding account none, was acc"),
    ("invoice_number", "INV-2", "invoice number INV-2, was INV-1"),
    ("amount_minor", 90_001, "amount $900.01, was $900.00"),
    ("currency_code", "EUR", "currency EUR, was USD"),
    ("bill_date", date(2026, 11, 2), "bill date 2026-11-02, was 2026-11-01"),
    ("due_date", date(2026, 12, 15), "due date 2026-12-15, was 2026-12-14"),
    ("arrival_date", date(2026, 12, 15), "arrival date 2026-12-15, was 2026-12-14"),
    ("mode", "draft", "way of sending draft, was direct"),
]


@pytest.mark.parametrize(("name", "value", "said"), CHANGES, ids=[name for name, _, _ in CHANGES])
def test_each_bound_field_of_the_payload_is_named(name: str, value: Any, said: str) -> None:
    other = PAYLOAD.with_changes(**{name: value})
    assert other.sha256() != PAYLOAD.sha256()
    assert changes(fields_of(PAYLOAD), fields_of(other)) == [said]


def test_no_field_of_the_payload_is_left_out() -> None:
    own = {"advisor_id", "client_id", "payout_id"}  # Whose it is and which: these never change.
    assert {name for name, _, _ in CHANGES} == set(fields_of(PAYLOAD)) - own


def test_each_fact_beside_the_payload_is_named_and_no_fingerprint_told() -> None:
    before = seen_of(BILL, PAYEE, PAYLOAD)
    for bill, said in (
        (replace(BILL, open_minor=80_000), ["open amount of the bill $800.00, was $900.00"]),
        (replace(BILL, is_payable_here=False), ["whether the bill is payable through Ramp no, was yes"]),
        (replace(BILL, duplicate_of="qbo:9"), ["bill that this one may repeat qbo:9, was none"]),
        (replace(BILL, vendor_id="q2"), ["vendor of the bill q2, was none"]),
    ):
        after = seen_of(bill, PAYEE, PAYLOAD)
        assert changes(before, after) == said and sha256_of(before) != sha256_of(after)
    swapped = seen_of(BILL, replace(PAYEE, fingerprint="f2"), PAYLOAD)
    assert changes(before, swapped) == ["payee's bank account is another one"]
    assert "whether the payee is active no, was yes" in changes(
        before, seen_of(BILL, replace(PAYEE, is_active=False), PAYLOAD)
    )
    assert changes(before, seen_of(None, PAYEE, PAYLOAD))


def test_a_draft_that_names_no_account_binds_none() -> None:
    open_draft = PAYLOAD.with_changes(vendor_account_id="", mode="draft")
    assert seen_of(BILL, PAYEE, open_draft) == seen_of(BILL, replace(PAYEE, fingerprint="f2"), open_draft)
