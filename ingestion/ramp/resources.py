"""What is read of a Ramp business, and how a bill is followed until nothing about it can change.

Ramp has no "updated since" for bills. So the bills that were open last time are remembered: those that
still are come with one list of open bills, those that no longer are get read one by one. Bills paid a few
days ago are listed again too, because a payment can fail after it was reported paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ingestion.connections import Connection, TokenStore
from ingestion.ramp.connection import RampConnection, Row
from ingestion.ramp.settings import RampSettings
from ingestion.spill import Spill
from ingestion.transport import Line

# Everything a bill can be before its payment is complete or it is archived.
OPEN_SUMMARIES = (
    "APPROVAL_PENDING,APPROVAL_REJECTED,PENDING_VENDOR_APPROVAL,PAYMENT_DETAILS_MISSING,PAYMENT_NOT_INSTRUCTED,"
    "AWAITING_RELEASE,PAYMENT_READY,PAYMENT_SCHEDULED,PAYMENT_PROCESSING,PAYMENT_ERROR,ON_HOLD,HELD_BY_PROVIDER,"
    "BLOCKED,WAITING_FOR_VENDOR,WAITING_FOR_TRANSACTION_MATCH"
)
CLOSED_SUMMARIES = frozenset({"PAYMENT_COMPLETED", "ARCHIVED"})
TRACED_METHODS = frozenset({"ACH", "CHECK", "DOMESTIC_WIRE"})


def read(
    connection: Connection,
    line: Line,
    spill: Spill,
    cursor: Mapping[str, Any],
    as_of: datetime,
    tokens: TokenStore | None,
    settings: RampSettings | None = None,
) -> dict[str, Any]:
    """Read what can have changed since `cursor` (all when it is empty); returns the next cursor."""
    settings = settings or RampSettings.from_env()
    ramp = RampConnection(connection, line, settings)
    read_at = datetime.fromisoformat(cursor["read_at"]) if cursor.get("read_at") else None
    try:
        bills = _read_bills(ramp, spill, cursor, read_at, as_of, settings)
        drafts = _read_drafts(ramp, spill, cursor, read_at, as_of, settings)
        _read_others(ramp, spill, read_at, as_of, settings)
    finally:
        ramp.close()
    return {"read_at": _text(as_of), **bills, **drafts}


def _read_bills(
    ramp: RampConnection,
    spill: Spill,
    cursor: Mapping[str, Any],
    read_at: datetime | None,
    as_of: datetime,
    settings: RampSettings,
) -> dict[str, Any]:
    """Bills that are new, open, were open, or were paid just now; the ids to look at again come back."""
    until = {"to_created_at": _text(as_of)}
    if read_at is None:
        lists = [until]
    else:
        lists = [
            {"status_summaries": OPEN_SUMMARIES, **until},
            {"from_created_at": _text(read_at - settings.overlap), **until},
            {"from_paid_at": _text(as_of - settings.paid_window), **until},
        ]
    traced_before = set(cursor.get("traced_bills", ()))
    seen: dict[str, bool] = {}
    traced: list[str] = []
    for filters in lists:
        for page in ramp.pages("bills", **filters):
            fresh = [bill for bill in page if str(bill.get("id")) not in seen]
            kept = []
            for bill in fresh:
                bill_id = str(bill.get("id"))
                seen[bill_id] = _is_open(bill)
                if not _wants_trace(bill, as_of, settings):
                    kept.append(bill)
                    continue
                if bill_id not in traced_before:
                    bill = ramp.one(f"bills/{bill_id}") or bill
                    kept.append(bill)
                if bill_id in traced_before or (bill.get("payment") or {}).get("trace_id"):
                    traced.append(bill_id)
            spill.add("bills", kept)
    if read_at is None:
        spill.mark_whole("bills")
    for bill_id in sorted(set(cursor.get("open_bills", ())) - seen.keys()):
        closed = ramp.one(f"bills/{bill_id}") or {"id": bill_id, "is_deleted": True}
        seen[bill_id] = _is_open(closed)
        spill.add("bills", [closed])
    return {
        "open_bills": sorted(bill_id for bill_id, is_open in seen.items() if is_open),
        "traced_bills": sorted(traced),
    }


def _is_open(bill: Row) -> bool:
    """Whether a bill can still change by itself."""
    return not (bill.get("is_deleted") or bill.get("archived_at") or bill.get("status_summary") in CLOSED_SUMMARIES)


def _wants_trace(bill: Row, as_of: datetime, settings: RampSettings) -> bool:
    """Whether a bill was paid just now by a way that leaves a trace id, which only a single read shows.

    Such a bill is read singly once; later lists, which lack the trace, must not blank it again.
    """
    method = (bill.get("payment") or {}).get("payment_method")
    paid_at = bill.get("paid_at")
    if _is_open(bill) or method not in TRACED_METHODS or not paid_at:
        return False
    return _instant(str(paid_at)) > as_of - settings.paid_window


def _read_drafts(
    ramp: RampConnection,
    spill: Spill,
    cursor: Mapping[str, Any],
    read_at: datetime | None,
    as_of: datetime,
    settings: RampSettings,
) -> dict[str, Any]:
    """Drafts since the oldest one that was open; one that is no longer listed became a bill or is gone."""
    known: Mapping[str, str] = cursor.get("open_drafts", {})
    filters = {"to_created_at": _text(as_of)}
    if read_at is not None:
        oldest = min([read_at - settings.overlap, *(_instant(created) for created in known.values())])
        filters["from_created_at"] = _text(oldest)
    drafts: dict[str, str] = {}
    for page in ramp.pages("bills/drafts", **filters):
        spill.add("draft_bills", page)
        drafts.update((str(draft.get("id")), str(draft.get("created_at") or _text(as_of))) for draft in page)
    if read_at is None:
        spill.mark_whole("draft_bills")
    spill.add("draft_bills", ({"id": gone, "is_deleted": True} for gone in sorted(known.keys() - drafts.keys())))
    return {"open_drafts": drafts}


def _read_others(
    ramp: RampConnection, spill: Spill, read_at: datetime | None, as_of: datetime, settings: RampSettings
) -> None:
    """Vendors by their change stamp, money movements by a window, and the two short lists in full."""
    lists: dict[str, tuple[str, dict[str, str]]] = {
        "vendors": ("vendors", {}),
        "transactions": ("transactions", {"to_date": _text(as_of)}),
        "transfers": ("transfers", {"to_date": _text(as_of)}),
        "reimbursements": ("reimbursements", {}),
    }
    if read_at is not None:
        lists["vendors"][1]["from_updated_at"] = _text(read_at - settings.overlap)
        lists["transactions"][1]["from_date"] = _text(read_at - settings.transaction_window)
        lists["transfers"][1]["from_date"] = _text(read_at - settings.transfer_window)
        lists["reimbursements"][1]["updated_after"] = _text(read_at - settings.overlap)
    for table, (path, filters) in lists.items():
        for page in ramp.pages(path, **filters):
            spill.add(table, page)
        if read_at is None:
            spill.mark_whole(table)
    for table, path in {"entities": "entities", "bank_accounts": "bank-accounts"}.items():
        for page in ramp.pages(path):
            spill.add(table, page)
        spill.mark_whole(table)


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def _instant(text: str) -> datetime:
    """An instant as Ramp writes it; UTC when it names no offset."""
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
