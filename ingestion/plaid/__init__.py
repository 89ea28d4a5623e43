"""Plaid, read only. Run alone:  python -m ingestion.plaid CLIENT_ID --connections FILE.json

/accounts/get          ->  raw_plaid.accounts       one row per client and account
/accounts/balance/get  ->  raw_plaid.balances       one row per client and account, as the bank says now
/transactions/sync     ->  raw_plaid.transactions   one row per client and bank line; removed ones marked
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingestion.plaid.columns import TABLES
    from ingestion.plaid.resources import read

__all__ = ["TABLES", "read"]


def __getattr__(name: str) -> Any:
    """Loaded at first use: the webhook inbox needs this rail's settings and none of its libraries."""
    if name not in __all__:
        raise AttributeError(name)
    from ingestion.plaid.columns import TABLES
    from ingestion.plaid.resources import read

    globals().update(TABLES=TABLES, read=read)
    return globals()[name]
