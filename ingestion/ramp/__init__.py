"""Ramp, read only. Run alone:  python -m ingestion.ramp CLIENT_ID --connections FILE.json

bills, bills/drafts, vendors, transactions, transfers, reimbursements, entities, bank-accounts
    ->  raw_ramp.<the same>    one row per client and object, as Ramp last described it
"""

from __future__ import annotations

from ingestion.ramp.columns import TABLES
from ingestion.ramp.resources import read

__all__ = ["TABLES", "read"]
