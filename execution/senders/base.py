"""What every sender offers, and the words in which it answers. The executor knows no rail, only this."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from execution.domain.payload import Payload


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


@dataclass(frozen=True, slots=True)
class Search:
    """One look through the rail: what carries our reference, and what is the same invoice under another."""

    ours: tuple[RailRecord, ...] = ()
    same_invoice: tuple[RailRecord, ...] = ()
    pages: int = 0
    requests: tuple[str, ...] = field(default=())


class RailUnreachable(Exception):
    """A read of the rail failed or came back incomplete; nothing follows from it."""

    def __init__(self, rail: str, reason: str) -> None:
        self.rail, self.reason = rail, reason
        super().__init__(f"{rail}: {reason}")


class Sender(Protocol):
    """One road to a rail. `post` is called at most once per attempt and never by itself repeats."""

    name: str

    def search(self, payload: Payload) -> Search:
        """Everything at the rail that could be this payout. Raises RailUnreachable when not complete."""

    def request_for(self, payload: Payload) -> Request:
        """The bytes that would be sent. May read ids from the rail, changes nothing there."""

    def post(self, request: Request) -> Reply:
        """Send once and judge the reply. Never raises for what the wire does."""

    def submit(self, record_id: str) -> str | None:
        """Send a draft into the rail's own approvals; None when done, else why it stays a draft."""

    def read(self, record: RailRecord) -> RailRecord | None:
        """The record as the rail shows it now; a draft that became a bill is answered as that bill."""
