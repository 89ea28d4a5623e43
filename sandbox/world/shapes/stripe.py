"""Stripe objects of version 2026-05-27.dahlia: cents, unix seconds, every field the schema requires."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]
_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
_EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def account(account_id: str, name: str, email: str, created: int, delay_days: int) -> Body:
    """The client's own Stripe account."""
    return {
        "id": account_id,
        "object": "account",
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "US",
        "created": created,
        "default_currency": "usd",
        "details_submitted": True,
        "email": email,
        "metadata": {},
        "payouts_enabled": True,
        "type": "standard",
        "settings": {
            "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
            "card_payments": {
                "statement_descriptor_prefix": None,
                "statement_descriptor_prefix_kana": None,
                "statement_descriptor_prefix_kanji": None,
            },
            "dashboard": {"display_name": name, "timezone": "Etc/UTC"},
            "payments": {
                "statement_descriptor": name.upper()[:22],
                "statement_descriptor_kana": None,
                "statement_descriptor_kanji": None,
            },
            "payouts": {
                "debit_negative_balances": True,
                "schedule": {"delay_days": delay_days, "interval": "daily"},
                "statement_descriptor": None,
            },
        },
    }


def customer(customer_id: str, name: str, email: str, created: int) -> Body:
    """A payer."""
    return {
        "id": customer_id,
        "object": "customer",
        "address": dict.fromkeys(_ADDRESS),
        "balance": 0,
        "created": created,
        "currency": "usd",
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": email,
        "invoice_prefix": customer_id[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": True,
        "metadata": {},
        "name": name,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def charge(
    charge_id: str, intent_id: str, customer_id: str | None, name: str, email: str, cents: int, created: int, *,
    balance_transaction: str | None, last4: str, method_id: str, description: str, refunded: int = 0,
    disputed: bool = False, failure: tuple[str, str] | None = None, statement: str | None = None,
) -> Body:  # fmt: skip
    """A card charge, good or declined (`failure` = code and message)."""
    good = failure is None
    outcome = {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network" if good else "declined_by_network",
        "reason": None if failure is None else failure[0],
        "risk_level": "normal",
        "seller_message": "Payment complete." if failure is None else failure[1],
        "type": "authorized" if good else "issuer_declined",
    }
    return {
        "id": charge_id,
        "object": "charge",
        "amount": cents,
        "amount_captured": cents if good else 0,
        "amount_refunded": refunded,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": balance_transaction,
        "billing_details": {
            "address": dict.fromkeys(_ADDRESS),
            "email": email,
            "name": name,
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": statement,
        "captured": good,
        "created": created,
        "currency": "usd",
        "customer": customer_id,
        "description": description,
        "disputed": disputed,
        "failure_balance_transaction": None,
        "failure_code": None if failure is None else failure[0],
        "failure_message": None if failure is None else failure[1],
        "fraud_details": {},
        "livemode": True,
        "metadata": {},
        "on_behalf_of": None,
        "outcome": outcome,
        "paid": good,
        "payment_intent": intent_id,
        "payment_method": method_id,
        "payment_method_details": {
            "type": "card",
            "card": {
                "amount_authorized": cents,
                "authorization_code": None,
                "brand": "visa",
                "checks": {
                    "address_line1_check": None,
                    "address_postal_code_check": "pass",
                    "cvc_check": "pass",
                },
                "country": "US",
                "exp_month": 8,
                "exp_year": 2030,
                "fingerprint": method_id[-16:],
                "funding": "credit",
                "installments": None,
                "last4": last4,
                "mandate": None,
                "network": "visa",
                "network_token": {"used": False},
                "network_transaction_id": None,
                "regulated_status": "unregulated",
                "three_d_secure": None,
                "wallet": None,
            },
        },
        "receipt_email": email,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": refunded >= cents,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": statement,
        "statement_descriptor_suffix": None,
        "status": "succeeded" if good else "failed",
        "transfer_data": None,
        "transfer_group": None,
    }


def refund(refund_id: str, charge_id: str, intent_id: str, cents: int, created: int, balance_transaction: str) -> Body:
    """Money given back."""
    return {
        "id": refund_id,
        "object": "refund",
        "amount": cents,
        "balance_transaction": balance_transaction,
        "charge": charge_id,
        "created": created,
        "currency": "usd",
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": {},
        "payment_intent": intent_id,
        "reason": "requested_by_customer",
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def dispute(
    dispute_id: str, charge_id: str, intent_id: str, cents: int, created: int, status: str, due_by: int,
    ledger: list[Body],
) -> Body:  # fmt: skip
    """A chargeback; `ledger` holds its balance transactions."""
    return {
        "id": dispute_id,
        "object": "dispute",
        "amount": cents,
        "balance_transactions": ledger,
        "charge": charge_id,
        "created": created,
        "currency": "usd",
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(_EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": due_by,
            "enhanced_eligibility": {},
            "has_evidence": status != "needs_response",
            "past_due": False,
            "submission_count": int(status != "needs_response"),
        },
        "is_charge_refundable": False,
        "livemode": True,
        "metadata": {},
        "payment_intent": intent_id,
        "payment_method_details": {
            "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "10.4"},
            "type": "card",
        },
        "reason": "fraudulent",
        "status": status,
    }


def balance_transaction(
    txn_id: str, kind: str, cents: int, fee: int, source: str, created: int, available_on: int, status: str,
    description: str, category: str | None = None,
) -> Body:  # fmt: skip
    """One row of Stripe's own ledger; net = amount - fee."""
    details = []
    if fee:
        details.append(
            {
                "amount": fee,
                "application": None,
                "currency": "usd",
                "description": "Dispute fee" if kind == "adjustment" else "Stripe processing fees",
                "type": "stripe_fee",
            }
        )
    return {
        "id": txn_id,
        "object": "balance_transaction",
        "amount": cents,
        "available_on": available_on,
        "balance_type": "payments",
        "created": created,
        "currency": "usd",
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": details,
        "net": cents - fee,
        "reporting_category": category or kind,
        "source": source,
        "status": status,
        "type": kind,
    }


def payout(
    payout_id: str, cents: int, created: int, arrival: int, destination: str, balance_transaction: str, status: str, *,
    trace: str | None = None, reconciled: bool = False, statement: str | None = None,
    failure: tuple[str, str, str] | None = None,
) -> Body:  # fmt: skip
    """Money on its way to the bank; `failure` is (code, message, the ledger row that brings the money back)."""
    return {
        "id": payout_id,
        "object": "payout",
        "amount": cents,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": arrival,
        "automatic": True,
        "balance_transaction": balance_transaction,
        "created": created,
        "currency": "usd",
        "description": "STRIPE PAYOUT",
        "destination": destination,
        "failure_balance_transaction": failure[2] if failure else None,
        "failure_code": failure[0] if failure else None,
        "failure_message": failure[1] if failure else None,
        "livemode": True,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed" if reconciled else "in_progress",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": statement,
        "status": status,
        "trace_id": {"status": "supported" if trace else "pending", "value": trace},
        "type": "bank_account",
    }


def payout_line(payout_id: str, txn_id: str) -> Body:
    """Which ledger row a payout settled."""
    return {"payout": payout_id, "balance_transaction": txn_id}
