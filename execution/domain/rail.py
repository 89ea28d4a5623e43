"""The words in which a rail answers, whichever rail it is: what one request came to, and what stands there now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

REHEARSED = "dry_run:"


class Wire(StrEnum):
    """What is known after one request that could move money."""

    NEVER_SENT = "never_sent"
    DONE = "done"
    REFUSED = "refused"
    THROTTLED = "throttled"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class Request:
    """The one request of an attempt, as exact bytes; written down before the wire."""

    method: str
    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer, judged. `record_id` is set exactly when `wire` is DONE."""

    wire: Wire
    reason: str
    status: int | None = None
    record_id: str | None = None
    trace_id: str | None = None
    body: bytes = b""
    status_summary: str | None = None


@dataclass(frozen=True, slots=True)
class RailRecord:
    """A bill or draft as the rail shows it. Amount in minor units."""

    kind: str
    record_id: str
    remote_id: str | None
    vendor_id: str | None
    invoice_number: str | None
    amount_minor: int | None
    currency_code: str | None
    status_summary: str | None = None
    is_archived: bool = False
    draft_bill_id: str | None = None
    payment_date: date | None = None
    trace_id: str | None = None
    source_bank_account_id: str | None = None
    vendor_account_id: str | None = None
    created_at: datetime | None = None
    memo: str | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """One look through the rail: what carries our reference, and what is the same invoice under another."""

    ours: tuple[RailRecord, ...] = ()
    same_invoice: tuple[RailRecord, ...] = ()
    pages: int = 0
    requests: tuple[str, ...] = field(default=())


def is_rehearsal(record_id: str | None) -> bool:
    """Whether a rail id stands for something that was never sent."""
    return bool(record_id) and str(record_id).startswith(REHEARSED)
