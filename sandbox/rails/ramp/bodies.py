"""Bodies of the bills and drafts that are made at runtime, from what a caller sent."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sandbox.clock import iso


@dataclass(frozen=True, slots=True)
class Payment:
    """What a caller (or the client's approver) instructed."""

    method: str
    source_bank_account_id: str
    vendor_account_id: str | None
    arrival_date: date
    payment_date: date
    is_same_day: bool = False


def money(minor: int, currency: str) -> dict[str, Any]:
    """Ramp's CurrencyAmount."""
    return {"amount": minor, "currency_code": currency, "minor_unit_conversion_rate": 100}


def day(text: str | date | None) -> str | None:
    """A day as Ramp reads it back."""
    return None if text is None else f"{str(text)[:10]}T00:00:00+00:00"


def lines(items: list[tuple[int, dict[str, Any]]], currency: str) -> list[dict[str, Any]]:
    """Line items from (minor amount, what the caller sent)."""
    return [
        {
            "amount": money(minor, currency),
            "memo": given.get("memo"),
            # A selection is read back in Ramp's long form; the sandbox keeps no chart of its own.
            "accounting_field_selections": [
                _selection(selection) for selection in given.get("accounting_field_selections") or []
            ],
            "purchase_order_line_item_id": None,
            "item_receipt_line_item_ids": [],
        }
        for minor, given in items
    ]


def _selection(given: dict[str, Any]) -> dict[str, Any]:
    option = str(given.get("field_option_external_id", ""))
    field = str(given.get("field_external_id", "Category"))
    field_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"ramp-field-{field}"))
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"ramp-field-option-{field}-{option}")),
        "external_id": option,
        "external_code": None,
        "name": option,
        "provider_name": "QUICKBOOKS",
        "type": "GL_ACCOUNT",
        "category_info": {"id": field_id, "external_id": field, "name": field, "type": "GL_ACCOUNT"},
        "source": {"type": "RULE"},
    }


def vendor_of(vendor: dict[str, Any]) -> dict[str, Any]:
    """The vendor as it stands inside a bill."""
    return {
        "id": vendor["id"],
        "name": vendor.get("name"),
        "remote_id": vendor.get("accounting_vendor_remote_id"),
        "remote_name": vendor.get("name"),
        "type": "BUSINESS",
    }


def payment_of(payment: Payment, minor: int, currency: str, *, awaits_release: bool) -> dict[str, Any]:
    """The payment as it stands inside a bill that was just scheduled."""
    payment_id = uuid.uuid4()
    return {
        "id": str(payment_id),
        "customer_friendly_payment_id": f"P-{payment_id.int % 90000 + 10000}",
        "payment_method": payment.method,
        "amount": money(minor, currency),
        "payment_date": day(payment.payment_date),
        "effective_date": None,
        "trace_id": None,
        "details": {
            "source_bank_account_id": payment.source_bank_account_id,
            "vendor_account_id": payment.vendor_account_id,
            "is_same_day": payment.is_same_day,
            "approval_status": "PENDING" if awaits_release else None,
        },
    }


def draft(
    given: dict[str, Any],
    vendor: dict[str, Any],
    items: list[tuple[int, dict[str, Any]]],
    owner: dict[str, Any],
    now: int,
) -> dict[str, Any]:
    """A new draft from what the caller sent."""
    currency = given.get("invoice_currency") or "USD"
    return {
        "id": str(uuid.uuid4()),
        "entity_id": given.get("entity_id"),
        "remote_id": given.get("remote_id"),
        "invoice_number": given.get("invoice_number"),
        "vendor": vendor_of(vendor),
        "vendor_contact_id": given.get("vendor_contact_id"),
        "amount": money(sum(minor for minor, _ in items), currency),
        "issued_at": day(given.get("issued_at")),
        "due_at": day(given.get("due_at")),
        "created_at": iso(now),
        "status": "DRAFT",
        "approval_status": "INITIALIZED",
        "sync_status": "NOT_SYNCED",
        "accounting_date": day(given.get("issued_at")),
        "posting_date": day(given.get("posting_date")),
        "memo": given.get("memo"),
        "vendor_memo": given.get("vendor_memo"),
        "bill_owner": owner,
        "invoice_urls": [],
        "accounting_field_selections": [],
        "inventory_line_items": [],
        "line_items": lines(items, currency),
        "enable_accounting_sync": given.get("enable_accounting_sync", True),
    }


def bill(
    given: dict[str, Any],
    vendor: dict[str, Any],
    items: list[tuple[int, dict[str, Any]]],
    owner: dict[str, Any],
    now: int,
) -> dict[str, Any]:
    """A new, approved bill without a payment, from what the caller sent."""
    body = draft(given, vendor, items, owner, now)
    body.update(
        {
            "draft_bill_id": None,
            "draft_bill_created_at": None,
            "fx_conversion_rate": "1",
            "status": "OPEN",
            "approval_status": "APPROVED",
            "status_summary": "PAYMENT_NOT_INSTRUCTED",
            "paid_at": None,
            "archived_at": None,
            "applied_vendor_credits": [],
            "item_receipt_ids": [],
            "payment": None,
        }
    )
    return body
