"""Plaid objects of API version 2020-09-14, with every field the published schema requires."""

from __future__ import annotations

from datetime import date
from typing import Any

from sandbox.world.shapes.notation import major

Body = dict[str, Any]
_META = ("reference_number", "ppd_id", "payee", "by_order_of", "payer", "payment_method", "payment_processor", "reason")
_PLACE = ("address", "city", "region", "postal_code", "country", "lat", "lon", "store_number")


def account(account_id: str, name: str, mask: str, kind: str, subtype: str, limit: int | None = None) -> Body:
    """A bank account; the server fills in the balances of the moment."""
    return {
        "account_id": account_id,
        "mask": mask,
        "name": name,
        "official_name": name.upper(),
        "type": kind,
        "subtype": subtype,
        "holder_category": "business",
        "balances": {
            "available": None,
            "current": None,
            "limit": None if limit is None else major(limit),
            "iso_currency_code": "USD",
            "unofficial_currency_code": None,
        },
    }


def transaction(
    transaction_id: str, account_id: str, amount: int, day: date, name: str, original: str, *, pending: bool = False,
    pending_id: str | None = None, authorized: date | None = None, channel: str = "other",
    category: tuple[str, str] = ("OTHER", "OTHER_OTHER"), confidence: str = "LOW", merchant: str | None = None,
    merchant_entity: str | None = None, counterparty: str = "merchant", check: str | None = None,
    reference: str | None = None, method: str | None = None, city: str | None = None, region: str | None = None,
    store: str | None = None,
) -> Body:  # fmt: skip
    """A bank line; `amount` in cents, positive is money out."""
    meta: Body = dict.fromkeys(_META)
    meta["reference_number"], meta["payment_method"] = reference, method
    place: Body = dict.fromkeys(_PLACE)
    place["city"], place["region"], place["store_number"] = city, region, store
    parties = []
    if merchant:
        parties.append(
            {
                "name": merchant,
                "type": counterparty,
                "entity_id": merchant_entity,
                "website": None,
                "logo_url": None,
                "confidence_level": "HIGH" if merchant_entity else "MEDIUM",
            }
        )
    return {
        "transaction_id": transaction_id,
        "pending_transaction_id": pending_id,
        "account_id": account_id,
        "account_owner": None,
        "pending": pending,
        "date": day.isoformat(),
        "authorized_date": (authorized or day).isoformat(),
        "datetime": None,
        "authorized_datetime": None,
        "amount": major(amount),
        "iso_currency_code": "USD",
        "unofficial_currency_code": None,
        "name": name,
        "merchant_name": merchant,
        "merchant_entity_id": merchant_entity,
        "original_description": original,
        "check_number": check,
        "payment_channel": channel,
        "transaction_code": None,
        "running_balance": None,
        "transaction_type": "place" if channel == "in store" else "special",
        "category": None,
        "category_id": None,
        "logo_url": None,
        "website": None,
        "payment_meta": meta,
        "location": place,
        "counterparties": parties,
        "personal_finance_category": {
            "primary": category[0],
            "detailed": category[1],
            "confidence_level": confidence,
            "version": "v2",
        },
    }


def removed(transaction_id: str, account_id: str) -> Body:
    """What is left of a transaction that was removed."""
    return {"transaction_id": transaction_id, "account_id": account_id}


def item(item_id: str, institution_id: str, institution_name: str, last_good: str | None = None) -> Body:
    """An Item; `last_good` (ISO instant) marks a bank that Plaid could not reach since."""
    body: Body = {
        "item_id": item_id,
        "institution_id": institution_id,
        "institution_name": institution_name,
        "webhook": None,
        "auth_method": None,
        "error": None,
        "available_products": ["balance"],
        "billed_products": ["transactions"],
        "products": ["transactions"],
        "consent_expiration_time": None,
        "update_type": "background",
    }
    if last_good:
        body["status"] = {
            "investments": None,
            "transactions": {"last_successful_update": last_good, "last_failed_update": None},
            "last_webhook": None,
        }
    return body


def institution(institution_id: str, name: str) -> Body:
    """A bank."""
    return {
        "institution_id": institution_id,
        "name": name,
        "products": ["transactions", "balance"],
        "country_codes": ["US"],
        "url": None,
        "primary_color": None,
        "logo": None,
        "routing_numbers": [],
        "dtc_numbers": [],
        "oauth": True,
    }
