"""Ramp objects as read in 2026: amounts in cents inside {"amount","currency_code"}, days as midnight UTC."""

from __future__ import annotations

from datetime import date
from typing import Any

from sandbox.world.shapes.notation import iso_day, iso_utc, major

Body = dict[str, Any]


def money(cents: int) -> Body:
    """A currency amount in minor units."""
    return {"amount": cents, "currency_code": "USD", "minor_unit_conversion_rate": 100}


def category(account_id: str, name: str) -> Body:
    """The ledger account chosen on a line."""
    return {
        "id": f"cat-{account_id}",
        "external_id": account_id,
        "external_code": account_id,
        "name": name,
        "provider_name": "QUICKBOOKS",
        "type": "GL_ACCOUNT",
        "category_info": {
            "id": "Category",
            "external_id": "Category",
            "name": "QuickBooks Category",
            "type": "GL_ACCOUNT",
        },
    }


def business(business_id: str, name: str, phone: str, created_at: int) -> Body:
    """The Ramp business."""
    return {
        "id": business_id,
        "active": True,
        "business_name_legal": name,
        "business_name_on_card": name[:20],
        "created_time": iso_utc(created_at),
        "enforce_sso": False,
        "is_integrated_with_slack": False,
        "is_reimbursements_enabled": True,
        "limit_locked": False,
        "phone": phone,
        "website": None,
        "billing_address": {},
    }


def user(user_id: str, business_id: str, entity_id: str, first: str, last: str, email: str, role: str) -> Body:
    """A person in Ramp."""
    return {
        "id": user_id,
        "business_id": business_id,
        "entity_id": entity_id,
        "first_name": first,
        "last_name": last,
        "email": email,
        "role": role,
        "status": "USER_ACTIVE",
        "is_manager": role != "BUSINESS_USER",
        "custom_fields": [],
        "department_id": None,
        "location_id": None,
        "manager_id": None,
        "employee_id": None,
        "phone": None,
        "scheduled_deactivation_date": None,
    }


def entity(entity_id: str, name: str, bank_account_id: str, internal_id: str) -> Body:
    """The legal entity; its bill-pay account funds payments."""
    return {
        "id": entity_id,
        "entity_name": name,
        "is_primary": True,
        "currency": "USD",
        "location_ids": [],
        "accounts": [
            {
                "internal_id": internal_id,
                "bank_account_id": bank_account_id,
                "usage_type": usage,
                "classification": "ASSET",
                "external_id": "35",
                "external_name": "Checking",
                "created_at": None,
            }
            for usage in ("BILL_PAY_BANK_ACCOUNT", "TRANSFER_BANK_ACCOUNT")
        ],
    }


def bank_account(bank_account_id: str, institution: str, last_four: str, name: str) -> Body:
    """A funding account; Ramp never shows its balance."""
    return {
        "id": bank_account_id,
        "account_name": name,
        "financial_institution_name": institution,
        "institution_name": institution,
        "account_number_last_four": last_four,
        "last_four": last_four,
    }


def vendor(
    vendor_id: str, name: str, legal: str, remote_id: str | None, contact: Body, created_at: int, *,
    is_active: bool = True, entity_id: str | None = None, method: str = "ACH",
) -> Body:  # fmt: skip
    """A payee; `remote_id` is the vendor's id in QBO."""
    return {
        "id": vendor_id,
        "name": name,
        "name_legal": legal,
        "is_active": is_active,
        "is_deletable": False,
        "vendor_type": "BUSINESS",
        "state": None,
        "country": "US",
        "description": None,
        "billing_frequency": "MONTHLY",
        "contacts": [contact["id"]],
        "accounting_vendor_remote_id": remote_id,
        "external_vendor_id": None,
        "default_payment_method": {"payment_method": method},
        "default_entity_id": entity_id,
        "vendor_owner_id": None,
        "merchant_id": None,
        "sk_category_id": None,
        "sk_category_name": None,
        "federal_tax_classification": None,
        "subsidiary": [],
        "total_spend_all_time": money(0),
        "total_spend_last_30_days": money(0),
        "total_spend_last_365_days": money(0),
        "total_spend_ytd": money(0),
        "created_at": iso_utc(created_at),
    }


def vendor_contact(contact_id: str, vendor_id: str, first: str, last: str, email: str, phone: str) -> Body:
    """The person at a vendor."""
    return {
        "id": contact_id,
        "vendor_id": vendor_id,
        "first_name": first,
        "last_name": last,
        "email": email,
        "phone": phone,
        "is_default": True,
    }


def vendor_account(account_id: str, vendor_id: str, nickname: str, *, is_default: bool = True) -> Body:
    """Where a vendor is paid; Ramp never shows the account number."""
    return {
        "id": account_id,
        "vendor_id": vendor_id,
        "account_nickname": nickname,
        "payment_method": "ACH",
        "currency": "USD",
        "is_default": is_default,
    }


def payment(
    payment_id: str, friendly_id: str, cents: int, starts: date, source: str, vendor_account_id: str, *,
    effective: date | None = None, trace: str | None = None, release: str | None = None, method: str = "ACH",
) -> Body:  # fmt: skip
    """The payment inside a bill."""
    return {
        "id": payment_id,
        "customer_friendly_payment_id": friendly_id,
        "payment_method": method,
        "amount": money(cents),
        "payment_date": iso_day(starts),
        "effective_date": iso_day(effective) if effective else None,
        "trace_id": {"descriptor": "ACH trace number", "trace_id": trace} if trace else None,
        "details": {
            "source_bank_account_id": source,
            "vendor_account_id": vendor_account_id,
            "is_same_day": False,
            "approval_status": release,
        },
    }


def bill(
    bill_id: str, entity_id: str, vendor_id: str, vendor_name: str, vendor_remote: str | None, contact_id: str | None,
    number: str, cents: int, issued: date, due: date, created_at: int, owner: Body, coding: Body, *, status: str,
    approval: str, summary: str, sync: str, paid_at: int | None = None, payment_body: Body | None = None,
    remote_id: str | None = None, memo: str = "", archived_at: int | None = None, draft_id: str | None = None,
) -> Body:  # fmt: skip
    """A bill with its payment, as the list answers it."""
    return {
        "id": bill_id,
        "draft_bill_id": draft_id,
        "draft_bill_created_at": iso_utc(created_at) if draft_id else None,
        "entity_id": entity_id,
        "remote_id": remote_id,
        "invoice_number": number[:20],
        "vendor": {
            "id": vendor_id,
            "name": vendor_name,
            "remote_id": vendor_remote,
            "remote_name": vendor_name,
            "remote_code": None,
            "type": "BUSINESS",
        },
        "vendor_contact_id": contact_id,
        "amount": money(cents),
        "fx_conversion_rate": "1",
        "issued_at": iso_day(issued),
        "due_at": iso_day(due),
        "created_at": iso_utc(created_at),
        "accounting_date": iso_day(issued),
        "posting_date": None,
        "status": status,
        "approval_status": approval,
        "status_summary": summary,
        "sync_status": sync,
        "enable_accounting_sync": True,
        "paid_at": iso_utc(paid_at) if paid_at else None,
        "archived_at": iso_utc(archived_at) if archived_at else None,
        "memo": memo,
        "vendor_memo": None,
        "bill_owner": owner,
        "invoice_urls": [],
        "applied_vendor_credits": [],
        "accounting_field_selections": [],
        "inventory_line_items": [],
        "item_receipt_ids": [],
        "purchase_order_id": None,
        "deep_link_url": f"https://app.ramp.com/bills/{bill_id}",
        "line_items": [
            {
                "amount": money(cents),
                "memo": memo,
                "accounting_field_selections": [coding],
                "purchase_order_line_item_id": None,
                "item_receipt_line_item_ids": [],
            }
        ],
        "payment": payment_body,
    }


def draft_bill(
    draft_id: str, entity_id: str, vendor_id: str, vendor_name: str, vendor_remote: str | None, number: str, cents: int,
    issued: date, due: date, created_at: int, owner: Body, memo: str = "",
) -> Body:  # fmt: skip
    """A draft that nobody submitted yet."""
    return {
        "id": draft_id,
        "entity_id": entity_id,
        "remote_id": None,
        "invoice_number": number[:20],
        "vendor": {"id": vendor_id, "name": vendor_name, "remote_id": vendor_remote, "type": "BUSINESS"},
        "vendor_contact_id": None,
        "vendor_memo": None,
        "amount": money(cents),
        "issued_at": iso_day(issued),
        "due_at": iso_day(due),
        "created_at": iso_utc(created_at),
        "accounting_date": None,
        "posting_date": None,
        "status": "DRAFT",
        "sync_status": "NOT_SYNCED",
        "memo": memo,
        "bill_owner": owner,
        "invoice_urls": [],
        "accounting_field_selections": [],
        "inventory_line_items": [],
        "line_items": [{"amount": money(cents), "memo": memo, "accounting_field_selections": []}],
    }


def transaction(
    transaction_id: str, cents: int, merchant_id: str, merchant: str, descriptor: str, mcc: tuple[str, str],
    holder: Body, card_id: str, entity_id: str, at: int, coding: Body | None, *, state: str, settled: int | None,
    sync: str, synced_at: int | None = None, place: tuple[str, str] = ("", ""), memo: str | None = None,
) -> Body:  # fmt: skip
    """A card transaction; `cents` is spend, positive."""
    coded = [] if coding is None else [coding]
    return {
        "id": transaction_id,
        "state": state,
        "amount": major(cents),
        "currency_code": "USD",
        "entity_amount": money(cents),
        "merchant_amount": money(cents),
        "original_transaction_amount": money(cents),
        "minor_unit_conversion_rate": 100,
        "merchant_id": merchant_id,
        "merchant_name": merchant,
        "merchant_descriptor": descriptor,
        "merchant_category_code": mcc[0],
        "merchant_category_code_description": mcc[1],
        "merchant_location": {"city": place[0], "state": place[1], "country": "USA", "postal_code": ""},
        "merchant_data": None,
        "sk_category_id": 1,
        "sk_category_name": mcc[1],
        "card_id": card_id,
        "card_present": False,
        "card_holder": holder,
        "limit_id": None,
        "spend_program_id": None,
        "entity_id": entity_id,
        "user_transaction_time": iso_utc(at),
        "settlement_date": iso_utc(settled) if settled else None,
        "accounting_date": iso_utc(settled) if settled else None,
        "memo": memo,
        "receipts": [],
        "attendees": [],
        "accounting_categories": [],
        "accounting_field_selections": coded,
        "line_items": [
            {
                "amount": money(cents),
                "converted_amount": money(cents),
                "memo": memo,
                "accounting_field_selections": coded,
            }
        ],
        "policy_violations": [],
        "disputes": [],
        "decline_details": None,
        "sync_status": sync,
        "synced_at": iso_utc(synced_at) if synced_at else None,
        "statement_id": None,
        "trip_id": None,
        "trip_name": None,
    }


def transfer(
    transfer_id: str, cents: int, status: str, entity_id: str, bank_account_id: str, payment_id: str, sync: str, at: int
) -> Body:
    """A pay-down of the card statement from the bank."""
    return {
        "id": transfer_id,
        "amount": money(cents),
        "status": status,
        "entity_id": entity_id,
        "bank_account_id": bank_account_id,
        "payment_id": payment_id,
        "sync_status": sync,
        "created_at": iso_utc(at),
    }


def reimbursement(
    reimbursement_id: str, cents: int, day: date, entity_id: str, person: Body, merchant: str, payment_id: str | None,
    created_at: int, *, state: str, approved_at: int | None, updated_at: int, sync: str, memo: str,
) -> Body:  # fmt: skip
    """Money owed to an employee for an own outlay."""
    return {
        "id": reimbursement_id,
        "state": state,
        "direction": "BUSINESS_TO_USER",
        "type": "OUT_OF_POCKET",
        "amount": major(cents),
        "currency": "USD",
        "original_reimbursement_amount": money(cents),
        "payee_amount": money(cents),
        "entity_id": entity_id,
        "user_id": person["id"],
        "user_email": person["email"],
        "user_full_name": f"{person['first_name']} {person['last_name']}",
        "employee_id": None,
        "merchant": merchant,
        "merchant_id": None,
        "memo": memo,
        "line_items": [{"amount": money(cents), "memo": memo, "accounting_field_selections": []}],
        "accounting_field_selections": [],
        "attendees": [],
        "receipts": [],
        "payment_id": payment_id,
        "payment_batch_id": None,
        "payment_processed_at": iso_utc(updated_at) if payment_id else None,
        "sync_status": sync,
        "synced_at": None,
        "transaction_date": day.isoformat(),
        "accounting_date": iso_day(day),
        "submitted_at": iso_utc(created_at),
        "approved_at": iso_utc(approved_at) if approved_at else None,
        "created_at": iso_utc(created_at),
        "updated_at": iso_utc(updated_at),
        "distance": None,
        "start_location": None,
        "end_location": None,
        "waypoints": None,
        "spend_limit_id": None,
        "trip_id": None,
    }
