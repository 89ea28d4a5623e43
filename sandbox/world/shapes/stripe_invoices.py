"""Stripe invoices of version 2026-05-27.dahlia: cents, unix seconds, every field the schema requires.

Since basil an invoice and its charge are joined by an invoice_payment only; neither names the other.
"""

from __future__ import annotations

from sandbox.world.shapes.stripe import Body


def _list(data: list[Body], url: str) -> Body:
    return {"object": "list", "data": data, "has_more": False, "url": url}


def invoice(
    invoice_id: str, customer_id: str, name: str, email: str, number: str | None, status: str, cents: int, created: int,
    *, line_id: str, subscription: str | None, subscription_item: str | None, description: str, period_end: int,
    paid_at: int | None = None, finalized_at: int | None = None, due: int | None = None, attempts: int = 0,
    next_attempt: int | None = None, voided_at: int | None = None, uncollectible_at: int | None = None,
) -> Body:  # fmt: skip
    """An invoice of one line: a subscription's (charged by itself) or a sent one with a due date."""
    paid = cents if status == "paid" else 0
    url = f"/v1/invoices/{invoice_id}/lines"
    if subscription:
        parent: Body | None = {
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {"metadata": None, "subscription": subscription},
        }
        line_parent: Body | None = {
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": subscription,
                "subscription_item": subscription_item,
            },
        }
    else:
        parent, line_parent = None, None
    line = {
        "id": line_id,
        "object": "line_item",
        "amount": cents,
        "currency": "usd",
        "description": description,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": True,
        "metadata": {},
        "parent": line_parent,
        "period": {"start": created, "end": period_end},
        "pretax_credit_amounts": [],
        "pricing": None,
        "quantity": 1,
        "quantity_decimal": None,
        "subscription": subscription,
        "subtotal": cents,
        "taxes": [],
    }
    return {
        "id": invoice_id,
        "object": "invoice",
        "account_country": "US",
        "account_name": None,
        "account_tax_ids": None,
        "amount_due": cents,
        "amount_overpaid": 0,
        "amount_paid": paid,
        "amount_paid_off_stripe": 0,
        "amount_remaining": cents - paid,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": attempts,
        "attempted": attempts > 0,
        "auto_advance": status in ("draft", "open"),
        "automatic_tax": {
            "enabled": False,
            "liability": None,
            "status": None,
            "disabled_reason": None,
            "provider": None,
        },
        "automatically_finalizes_at": None,
        "billing_reason": "subscription_cycle" if subscription else "manual",
        "collection_method": "charge_automatically" if subscription else "send_invoice",
        "created": created,
        "currency": "usd",
        "custom_fields": None,
        "customer": customer_id,
        "customer_account": None,
        "customer_address": None,
        "customer_email": email,
        "customer_name": name,
        "customer_phone": None,
        "customer_shipping": None,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "due_date": due,
        "effective_at": finalized_at,
        "ending_balance": 0 if finalized_at else None,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": _list([line], url),
        "livemode": True,
        "metadata": {},
        "next_payment_attempt": next_attempt,
        "number": number,
        "on_behalf_of": None,
        "parent": parent,
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": period_end,
        "period_start": created,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": 0,
        "statement_descriptor": None,
        "status": status,
        "status_transitions": {
            "finalized_at": finalized_at,
            "marked_uncollectible_at": uncollectible_at,
            "paid_at": paid_at,
            "voided_at": voided_at,
        },
        "subtotal": cents,
        "subtotal_excluding_tax": cents,
        "test_clock": None,
        "total": cents,
        "total_discount_amounts": [],
        "total_excluding_tax": cents,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": finalized_at,
    }


def invoice_payment(
    payment_id: str, invoice_id: str, intent_id: str, cents: int, created: int, paid_at: int | None
) -> Body:
    """The join of an invoice and the payment intent that paid (or will pay) it."""
    return {
        "id": payment_id,
        "object": "invoice_payment",
        "amount_paid": cents if paid_at else None,
        "amount_requested": cents,
        "created": created,
        "currency": "usd",
        "invoice": invoice_id,
        "is_default": True,
        "livemode": True,
        "payment": {"type": "payment_intent", "payment_intent": intent_id},
        "status": "paid" if paid_at else "open",
        "status_transitions": {"canceled_at": None, "paid_at": paid_at},
    }
