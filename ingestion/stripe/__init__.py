"""Stripe, read only. Run alone:  python -m ingestion.stripe CLIENT_ID --connections FILE.json

customers, invoices, invoice_payments, charges, refunds, disputes, balance_transactions, payouts
    ->  raw_stripe.<the same>      one row per client and object, as Stripe last described it
balance_transactions?payout=  ->  raw_stripe.payout_lines   one row per payout and ledger line it settled
"""

from __future__ import annotations

from ingestion.stripe.columns import TABLES
from ingestion.stripe.resources import read

__all__ = ["TABLES", "read"]
