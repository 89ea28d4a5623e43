"""Files as a rail: statements and ledgers of what no connection reaches.

CSV with a mapping, OFX / QFX, camt.053   ->  raw_files.accounts, balances, transactions, statements
CSV of bills with a mapping               ->  raw_files.bills
a row that cannot be read                 ->  raw_files.rejects, by file, line and reason
"""

from __future__ import annotations

from ingestion.files.columns import TABLES
from ingestion.files.mapping import Mapping, read_mapping
from ingestion.files.reading import KINDS
from ingestion.files.replace import replace_file_tables
from ingestion.files.statement import FileRefused, Reject
from ingestion.files.store import FileStore, Kept, file_id_of
from ingestion.files.taking import Taken, take

__all__ = [
    "KINDS",
    "TABLES",
    "FileRefused",
    "FileStore",
    "Kept",
    "Mapping",
    "Reject",
    "Taken",
    "file_id_of",
    "read_mapping",
    "replace_file_tables",
    "take",
]
