"""QBO, read only. Run alone:  python -m ingestion.qbo CLIENT_ID --connections FILE.json

query, cdc  ->  raw_qbo.company_info accounts vendors customers bills bill_payments invoices
                payments purchases deposits transfers journal_entries
                one row per client and object, as QBO last described it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingestion.qbo.columns import TABLES
    from ingestion.qbo.resources import read

__all__ = ["TABLES", "read"]


def __getattr__(name: str) -> Any:
    """Loaded at first use: the webhook inbox needs this rail's settings and none of its libraries."""
    if name not in __all__:
        raise AttributeError(name)
    from ingestion.qbo.columns import TABLES
    from ingestion.qbo.resources import read

    globals().update(TABLES=TABLES, read=read)
    return globals()[name]
