"""Ramp, the bank and QBO of one client, with books of their own: what was asked, what stands, what was debited.

They share no code with what is under test, and tell the oracle of every request that arrives and every bill that lands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from execution.domain.facts import BalanceFacts
from execution.domain.payload import Payload
from execution.domain.rail import RailRecord, Reply, Request, Search, Wire
from execution.facts.ramp_payee import RampVendor
from tests.execution.payouts.world import Rails, World

if TYPE_CHECKING:
    from tests.execution.stateful.oracle import Oracle

STANDS, DEBITED, DEAD = "stands", "debited", "dead"
# Ramp may carry out a call long after it was cut; never as late as the quiet window.
LATEST = timedelta(minutes=20)
FAULTS = ("never", "refused", "silent", "lost", "late", "dies before", "dies after")


class Killed(BaseException):
    """The process ends here; nothing of it runs on."""


@dataclass(slots=True)
class Meanwhile:
    """Something that happens while the executor waits for an answer of a rail: once, at the first call of that name."""

    call: str
    act: Callable[[], None]
    is_over: bool = False


@dataclass(slots=True)
class Line:
    """One bill at Ramp as it really is."""

    payload: Payload
    landed_at: datetime
    stands: str = STANDS
    is_edited: bool = False  # Somebody changed its amount in Ramp.
    was_debited: bool = False  # Its line at the bank stays, also when the money came back.


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """A request that Ramp will carry out later."""

    lands_at: datetime
    payload: Payload


class Books(Rails):
    """The rails as the executor sees them, and as they really are."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.oracle: Oracle
        self.true_at = world.clock.at  # What every clock but this machine's says.
        self.lines: dict[str, Line] = {}
        self.balance_age = timedelta(0)
        self.meanwhile: Meanwhile | None = None
        self._bodies: dict[bytes, Payload] = {}
        self.on_the_way: list[OnTheWay] = []

    def let_pass(self, span: timedelta) -> None:
        """Time goes on for everybody; what was on its way lands when its instant comes."""
        self.true_at += span
        self.world.clock.at += span
        for one in [one for one in self.on_the_way if one.lands_at <= self.true_at]:
            self.on_the_way.remove(one)
            self.lands(one.payload)

    def is_awaited(self, source_bill_id: str) -> bool:
        """Whether a request for the bill is still on its way."""
        return any(one.payload.source_bill_id == source_bill_id for one in self.on_the_way)

    def of_bill(self, source_bill_id: str) -> list[Line]:
        """What stands for a bill at Ramp, or was debited for it."""
        same = (line for line in self.lines.values() if line.payload.source_bill_id == source_bill_id)
        return [line for line in same if line.stands != DEAD]

    # As the executor calls them.

    def balance(self, account_id: str, asked_at: datetime) -> BalanceFacts:
        self._happens("balance")
        self._answers()
        return BalanceFacts(account_id, self.available, "USD", asked_at - self.balance_age, is_live=True)

    def search(self, payload: Payload) -> Search:
        self._happens("search")
        return super().search(payload)

    def vendor(self, vendor_id: str) -> RampVendor | None:
        self._answers()
        return self.vendors.get(vendor_id, RampVendor(vendor_id, True, f"account-{vendor_id}", "ACH"))

    def request_for(self, payload: Payload) -> Request:
        request = super().request_for(payload)
        self._bodies[request.body] = payload
        return request

    def post(self, request: Request) -> Reply:
        payload = self._bodies[request.body]
        self.oracle.arrives(payload, request)
        self._happens("post")
        fault = self.fault
        if fault == "late":
            self.fault = ""
            self.posts += 1
            self.on_the_way.append(OnTheWay(self.true_at + LATEST, payload))
            return Reply(Wire.UNCONFIRMED, "Ramp went silent")
        if fault == "dies before":
            self.fault = ""
            raise Killed
        self._asked = payload  # Another worker may have asked for its own request in between.
        reply = super().post(request)
        if fault == "dies after":
            raise Killed
        self._happens("reply")
        return reply

    def lands(self, payload: Payload, **changes: Any) -> RailRecord:
        self.oracle.lands(payload)
        record = super().lands(payload, **changes)
        self.lines[record.record_id] = Line(payload, self.true_at)
        return record

    def archive(self, bill_id: str) -> str | None:
        why = super().archive(bill_id)
        if why is None:
            self.lines[bill_id].stands = DEAD
        return why

    def _happens(self, call: str) -> None:
        one = self.meanwhile
        if one is not None and one.call == call and not one.is_over:
            one.is_over = True
            one.act()

    # What Ramp and the bank do by themselves.

    def moves_on(self, record_id: str, status: str) -> bool:
        """Ramp takes a bill to a status that may follow; False where none such may."""
        bill, line = self.bills[record_id], self.lines[record_id]
        if status not in _NEXT.get(bill.status_summary or "", ()) or line.stands == DEAD:
            return False
        changes: dict[str, Any] = {"status_summary": status}
        if status == "PAYMENT_PROCESSING":
            changes["trace_id"] = f"t-{record_id}"
        if status in ("ARCHIVED", "APPROVAL_REJECTED"):
            changes["is_archived"], line.stands = status == "ARCHIVED", DEAD
        if status == "PAYMENT_ERROR" and bill.trace_id is not None:
            if line.stands == DEBITED:
                self.available += bill.amount_minor or 0
            line.stands = DEAD
        self.becomes_one(record_id, **changes)
        return True

    def becomes_one(self, record_id: str, **changes: Any) -> None:
        """Change one record as Ramp shows it."""
        self.bills[record_id] = replace(self.bills[record_id], **changes)

    def debit(self, record_id: str) -> bool:
        """The bank takes the money of a payment that Ramp started; False where it did not."""
        bill, line = self.bills[record_id], self.lines[record_id]
        if line.stands != STANDS or bill.status_summary not in ("PAYMENT_PROCESSING", "PAYMENT_COMPLETED"):
            return False
        self.available -= bill.amount_minor or 0
        line.stands, line.was_debited = DEBITED, True
        return True


_NEXT = {
    "PAYMENT_SCHEDULED": ("AWAITING_RELEASE", "PAYMENT_PROCESSING", "PAYMENT_ERROR", "ARCHIVED", "APPROVAL_REJECTED",
                          "ON_HOLD"),
    "AWAITING_RELEASE": ("PAYMENT_SCHEDULED", "PAYMENT_PROCESSING", "ARCHIVED"),
    "ON_HOLD": ("PAYMENT_SCHEDULED", "ARCHIVED"),
    "PAYMENT_PROCESSING": ("PAYMENT_COMPLETED", "PAYMENT_ERROR"),
    "PAYMENT_COMPLETED": ("PAYMENT_ERROR",),
    "PAYMENT_ERROR": ("PAYMENT_SCHEDULED", "ARCHIVED"),
}  # fmt: skip
STATUSES = sorted({status for follow in _NEXT.values() for status in follow})
