"""What a signature rests on besides the payload: the facts that were shown, their hash, and what changed since.

The snapshot's own name is kept beside them and is no part of the hash: a new build that says the same voids nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from execution.domain.facts import BillFacts, PayeeFacts
from execution.domain.money import shown
from execution.domain.payload import Payload

# How each bound field reads in a sentence. Fields that are not named here read as they are called.
WORDS = {
    "source_bill_id": "bill",
    "bill_version": "version of the bill",
    "vendor_id_ramp": "payee at Ramp",
    "vendor_account_id": "payee's account",
    "vendor_name": "payee's name",
    "entity_id_ramp": "paying entity",
    "source_bank_account_id": "funding account at Ramp",
    "account_id_plaid": "funding account",
    "invoice_number": "invoice number",
    "amount_minor": "amount",
    "currency_code": "currency",
    "bill_date": "bill date",
    "due_date": "due date",
    "arrival_date": "arrival date",
    "mode": "way of sending",
    "open_minor": "open amount of the bill",
    "bill_vendor_id": "vendor of the bill",
    "is_payable_here": "whether the bill is payable through Ramp",
    "duplicate_of": "bill that this one may repeat",
    "payee_fingerprint": "payee's bank account",
    "payee_account_id": "payee's account at Ramp",
    "is_payee_active": "whether the payee is active",
}


def seen_of(bill: BillFacts | None, payee: PayeeFacts | None, payload: Payload) -> dict[str, Any]:
    """The facts that an approver relies on, as plain values. A record that is not there leaves its fields out.

    A draft may name no account yet (Ramp's approvers choose it there); then none was shown and none is bound.
    """
    seen: dict[str, Any] = {}
    if bill is not None:
        seen |= {
            "open_minor": bill.open_minor,
            "currency_code": bill.currency_code,
            "bill_version": bill.version,
            "bill_vendor_id": bill.vendor_id,
            "is_payable_here": bill.is_payable_here,
            "duplicate_of": bill.duplicate_of,
        }
    if payee is not None:
        seen["is_payee_active"] = payee.is_active
        if payload.vendor_account_id:
            seen |= {"payee_account_id": payee.vendor_account_id, "payee_fingerprint": payee.fingerprint}
    return seen


def sha256_of(seen: Mapping[str, Any]) -> str:
    """Hash of what was shown, 64 hex digits."""
    return hashlib.sha256(json.dumps(dict(seen), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def fields_of(payload: Payload) -> dict[str, Any]:
    """A payload as plain values, days as ISO text: what is kept of it, and what `changes` compares."""
    return dict(json.loads(payload.canonical()))


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Each field that differs, in words: `amount $900.00, was $800.00`. A bank account's fingerprint is not shown."""
    said = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old != new:
            word = WORDS.get(name, name.replace("_", " "))
            if name == "payee_fingerprint":
                said.append(f"{word} is another one")
                continue
            said.append(f"{word} {_told(name, new, after)}, was {_told(name, old, before)}")
    return said


def _told(name: str, value: Any, among: Mapping[str, Any]) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_minor"):
        return shown(int(value), str(among.get("currency_code") or "USD"))
    return str(value)
