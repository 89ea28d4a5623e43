"""Plaid, read only. Run alone:  python -m ingestion.plaid CLIENT_ID --connections FILE.json

/accounts/get          ->  raw_plaid.accounts       one row per client and account
/accounts/balance/get  ->  raw_plaid.balances       one row per client and account, as the bank says now
/transactions/sync     ->  raw_plaid.transactions   one row per client and bank line; removed ones marked
"""

from __future__ import annotations

from ingestion.plaid.columns import TABLES
from ingestion.plaid.resources import read

__all__ = ["TABLES", "read"]
