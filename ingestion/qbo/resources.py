"""What is read of a QBO company, and how little of it when nothing happened.

First load: every entity by query. After it one call for the changes of all entities since the last
answer. Only that call shows deletions, and it looks back 30 days: a longer gap is read in full.
Beside the records stands QBO's own general ledger, for the months that the records touched: see `ledger.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingestion.connections import Connection, MemoryTokens, TokenStore
from ingestion.qbo.connection import QboConnection, Row, watermark
from ingestion.qbo.ledger import Touched, read_ledger
from ingestion.qbo.settings import QboSettings
from ingestion.spill import Spill
from ingestion.transport import Line

ENTITIES: dict[str, str] = {
    "CompanyInfo": "company_info",
    "Account": "accounts",
    "Vendor": "vendors",
    "Customer": "customers",
    "Item": "items",
    "Bill": "bills",
    "BillPayment": "bill_payments",
    "Invoice": "invoices",
    "Payment": "payments",
    "Purchase": "purchases",
    "Deposit": "deposits",
    "Transfer": "transfers",
    "JournalEntry": "journal_entries",
    "VendorCredit": "vendor_credits",
    "CreditMemo": "credit_memos",
    "SalesReceipt": "sales_receipts",
    "RefundReceipt": "refund_receipts",
}
"""QBO entity to raw table."""

# Names and accounts can be inactive; without this they would be left out and look deleted.
HAS_INACTIVE = frozenset({"Account", "Vendor", "Customer", "Item"})
BOTH = "Active in (true, false)"


def read(
    connection: Connection,
    line: Line,
    spill: Spill,
    cursor: Mapping[str, Any],
    as_of: datetime,
    tokens: TokenStore | None,
    settings: QboSettings | None = None,
) -> dict[str, Any]:
    """Read what changed since `cursor` (all when it is empty) into `spill`; returns the next cursor."""
    settings = settings or QboSettings.from_env()
    qbo = QboConnection(connection, tokens or MemoryTokens(), line, settings)
    touched = Touched(set(cursor.get("recent", ())))
    try:
        since = datetime.fromisoformat(cursor["changed_since"]) if cursor.get("changed_since") else None
        if since is None or as_of - since > settings.cdc_look_back:
            moved = _read_all(qbo, spill, as_of, settings, touched)
            touched.is_whole = True
            ledger: dict[str, Any] = {}
        else:
            moved = _read_changes(qbo, spill, since, settings, touched)
            ledger = dict(cursor.get("ledger") or {})
        told = read_ledger(qbo, spill, touched, ledger, as_of, settings)
        recent = touched.since(datetime.fromisoformat(moved["changed_since"]))
        return {**moved, **({"ledger": told} if told else {}), **({"recent": recent} if recent else {})}
    finally:
        qbo.close()


def _read_all(
    qbo: QboConnection, spill: Spill, as_of: datetime, settings: QboSettings, touched: Touched
) -> dict[str, Any]:
    """Every record of every entity. The watermark is the first answer's time: later changes are re-read."""
    first: str | None = None
    for entity, table in ENTITIES.items():
        for rows, time in qbo.query(entity, BOTH if entity in HAS_INACTIVE else ""):
            first = first or time
            touched.note(entity, rows)
            spill.add(table, (_as_raw(row) for row in rows))
        spill.mark_whole(table)
    return {"changed_since": watermark(first or as_of.isoformat(), settings.overlap).isoformat()}


def _read_changes(
    qbo: QboConnection, spill: Spill, since: datetime, settings: QboSettings, touched: Touched
) -> dict[str, Any]:
    """One call for all entities; an answer near QBO's ceiling is not trusted to be whole."""
    found, time = qbo.changes(list(ENTITIES), since)
    is_cut = sum(len(rows) for rows in found.values()) >= settings.cdc_full_at
    for entity, table in ENTITIES.items():
        rows = qbo.changes([entity], since)[0].get(entity, []) if is_cut else found.get(entity, [])
        touched.note(entity, rows)
        # Deletions come by the change feed alone, so its rows are kept even where a query completes them.
        spill.add(table, (_as_raw(row) for row in rows))
        if len(rows) >= settings.cdc_full_at:
            where = f"MetaData.LastUpdatedTime >= '{since.isoformat(timespec='seconds')}'"
            where += f" and {BOTH}" if entity in HAS_INACTIVE else ""
            for page, _ in qbo.query(entity, where):
                touched.note(entity, page)
                spill.add(table, (_as_raw(row) for row in page))
    return {"changed_since": watermark(time, settings.overlap).isoformat()}


def _as_raw(row: Row) -> Row:
    """A record as it lands; a deleted one keeps its key alone."""
    if row.get("status") == "Deleted":
        return {"Id": row.get("Id"), "is_deleted": True}
    return row
