"""QBO, read only. Run alone:  python -m ingestion.qbo CLIENT_ID --connections FILE.json

query, cdc  ->  raw_qbo.company_info accounts vendors customers bills bill_payments invoices
                payments purchases deposits transfers journal_entries
                one row per client and object, as QBO last described it
"""

from __future__ import annotations

from ingestion.qbo.columns import TABLES
from ingestion.qbo.resources import read

__all__ = ["TABLES", "read"]
