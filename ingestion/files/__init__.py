"""Files as a rail: statements and ledgers of what no connection reaches.

CSV with a mapping, OFX / QFX, camt.053   ->  raw_files.accounts, balances, transactions, statements
CSV of bills with a mapping               ->  raw_files.bills
a row that cannot be read                 ->  raw_files.rejects, by file, line and reason
"""

from __future__ import annotations

from ingestion.files.columns import TABLES

__all__ = ["TABLES"]
