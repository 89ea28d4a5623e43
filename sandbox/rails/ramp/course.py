"""The course of a payment: every step from scheduling to the books, planned as future versions the moment it is made.

    bill      PAYMENT_SCHEDULED (or AWAITING_RELEASE, released a day later) -> PAYMENT_PROCESSING -> PAYMENT_COMPLETED
    Plaid     a pending debit on the payment date, the posted one on the arrival date
    QBO       the bill (when Ramp's own QuickBooks link has to write it), then BillPayment and the bill at Balance 0

Holding or archiving a bill drops what nobody has seen yet.
"""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from sandbox.clock import iso
from sandbox.rails.clients import ClientRecord, Directory
from sandbox.rails.http import dump
from sandbox.rails.ramp.aftermath import Aftermath
from sandbox.rails.ramp.bank_days import shift
from sandbox.rails.ramp.bodies import day
from sandbox.rails.store import WorldStore

# Bank days from initiation to arrival.
LEAD_DAYS = {
    "ACH": 2,
    "CHECK": 5,
    "DOMESTIC_WIRE": 0,
    "SWIFT": 1,
    "INTERNATIONAL": 2,
}
_HOUR = 3600
_DAY = 86_400

PAYOUT_TABLE = """
create table if not exists runtime_payout(
    client_key text, bill_id text, arrival_date text, ending text, primary key(client_key, bill_id)) without rowid;
"""


def today_of(client: ClientRecord, now: int) -> date:
    """The client's own day."""
    zone = ZoneInfo(client.profile.get("time_zone") or "America/New_York")
    return datetime.fromtimestamp(now, UTC).astimezone(zone).date()


def lead_days(method: str, *, is_same_day: bool) -> int:
    """Bank days that a method needs."""
    return 0 if is_same_day else LEAD_DAYS.get(method, 2)


def second_of(moment_day: date, hour: float) -> int:
    """A second of a UTC day."""
    return int(datetime(moment_day.year, moment_day.month, moment_day.day, tzinfo=UTC).timestamp() + hour * _HOUR)


class Course:
    """Plans and unplans what follows from a scheduled payment."""

    def __init__(self, store: WorldStore, directory: Directory) -> None:
        self._store = store
        self._directory = directory
        for statement in PAYOUT_TABLE.split(";"):
            store.execute(statement)
        self._aftermath = Aftermath(store, directory)

    def awaits_release(self, client: ClientRecord) -> bool:
        """Whether a named Payer of this client has to release every payment."""
        ramp = client.rail("ramp")
        return bool(ramp.get("payment_release") or client.profile.get("payment_release"))

    def show(self, client_key: str, bill: dict[str, Any], at: int, kind: str = "bill") -> None:
        """Write a version of a bill (or draft)."""
        self._store.write(
            "ramp", client_key, kind, bill["id"], dump(bill), visible_at=at, amount_minor=bill["amount"]["amount"]
        )

    def books_link(self, client_key: str, bill: dict[str, Any], now: int) -> None:
        """Ramp's own QuickBooks link writes a bill that QBO does not have yet, about an hour after approval."""
        if self._directory.clients[client_key].rail("ramp").get("syncs_to_qbo", True):
            self._aftermath.ensure_qbo_bill(client_key, bill, now + _HOUR, now)

    def start(self, client_key: str, bill: dict[str, Any], arrival: date, now: int, ending: str | None = None) -> None:
        """Plan everything after the version of the bill that is shown now."""
        self._store.execute(
            "insert or replace into runtime_payout values (?,?,?,?)",
            (client_key, bill["id"], arrival.isoformat(), ending or ""),
        )
        self._aftermath.forget_planned_payment(client_key, bill, now)
        body = copy.deepcopy(bill)
        if body["status_summary"] == "AWAITING_RELEASE":
            released = now + _DAY
            lead = lead_days(body["payment"]["payment_method"], is_same_day=body["payment"]["details"]["is_same_day"])
            initiation = date.fromisoformat(body["payment"]["payment_date"][:10])
            earliest = shift(datetime.fromtimestamp(released, UTC).date(), 0)
            if initiation < earliest:
                initiation, arrival = earliest, shift(earliest, lead)
                body["payment"]["payment_date"] = day(initiation)
            body["payment"]["details"]["approval_status"] = "APPROVED"
            body["status_summary"] = "PAYMENT_SCHEDULED"
            self.show(client_key, body, released)
            floor = released
        else:
            floor = now
        self._run(client_key, body, arrival, floor, ending)

    def _run(self, client_key: str, bill: dict[str, Any], arrival: date, floor: int, ending: str | None) -> None:
        body = copy.deepcopy(bill)
        payment = body["payment"]
        initiation = date.fromisoformat(payment["payment_date"][:10])
        initiated_at = max(second_of(initiation, 14), floor + 60)
        if ending == "payment_error":
            body["status_summary"] = "PAYMENT_ERROR"
            self.show(client_key, body, initiated_at)
            return
        trace = f"0211{int(payment['id'].replace('-', '')[:12], 16) % 10**11:011d}"
        payment["effective_date"] = iso(initiated_at)
        payment["trace_id"] = {"descriptor": "Check number" if payment["payment_method"] == "CHECK" else "ACH trace ID"}
        payment["trace_id"]["trace_id"] = trace
        body["status_summary"] = "PAYMENT_PROCESSING"
        self.show(client_key, body, initiated_at)

        pending_at = max(second_of(initiation, 20), initiated_at + 600)
        posted_at = max(second_of(arrival, 11), pending_at + 2 * _HOUR)
        self._aftermath.bank_debit(client_key, body, trace, initiation, arrival, pending_at, posted_at)

        completed_at = max(second_of(arrival, 16), posted_at + _HOUR)
        body = copy.deepcopy(body)
        body.update(status="PAID", status_summary="PAYMENT_COMPLETED", paid_at=iso(completed_at))
        body["sync_status"] = "BILL_SYNCED"
        self.show(client_key, body, completed_at)

        synced_at = completed_at + 3 * _HOUR
        if self._directory.clients[client_key].rail("ramp").get("syncs_to_qbo", True):
            self._aftermath.book_payment(client_key, body, arrival, synced_at, floor)
            body = {**body, "sync_status": "BILL_AND_PAYMENT_SYNCED"}
            self.show(client_key, body, synced_at)
        if ending == "payment_return":
            returned = shift(arrival, 2)
            returned_at = max(second_of(returned, 12), synced_at + _HOUR)
            self._aftermath.bank_return(client_key, body, trace, returned, returned_at)
            self.show(
                client_key, {**body, "status": "OPEN", "status_summary": "PAYMENT_ERROR", "paid_at": None}, returned_at
            )
            self._aftermath.unbook_payment(client_key, body, returned_at + 2 * _HOUR)

    def stop(self, client_key: str, bill_id: str, now: int) -> None:
        """Drop every step that nobody has seen yet."""
        self._store.forget_future("ramp", client_key, "bill", bill_id, now)
        self._aftermath.forget(client_key, bill_id, now)

    def resume(self, client_key: str, bill: dict[str, Any], now: int) -> dict[str, Any]:
        """The bill with its payment scheduled anew, no earlier than the rail can; planned from here on."""
        client = self._directory.clients[client_key]
        payment = bill["payment"]
        row = self._store.rows(
            "select arrival_date, ending from runtime_payout where client_key=? and bill_id=?", (client_key, bill["id"])
        )
        lead = lead_days(payment["payment_method"], is_same_day=bool(payment["details"].get("is_same_day")))
        earliest = shift(shift(today_of(client, now), 0), lead)
        wanted = date.fromisoformat(row[0][0]) if row else earliest
        arrival = max(wanted, earliest)
        resumed = copy.deepcopy(bill)
        resumed["payment"]["payment_date"] = day(arrival if lead == 0 else shift(arrival, -lead))
        waits = self.awaits_release(client) and payment["details"].get("approval_status") == "PENDING"
        resumed["status_summary"] = "AWAITING_RELEASE" if waits else "PAYMENT_SCHEDULED"
        self.show(client_key, resumed, now)
        self.books_link(client_key, resumed, now)
        self.start(client_key, resumed, arrival, now, (row[0][1] or None) if row else None)
        return resumed

    def earliest_arrival(self, client: ClientRecord, method: str, *, is_same_day: bool, now: int) -> date:
        """The first day on which a payment made now can arrive."""
        first = shift(today_of(client, now) + timedelta(1 if method == "DOMESTIC_WIRE" else 0), 0)
        return shift(first, lead_days(method, is_same_day=is_same_day))


def read_bill(store: WorldStore, client_key: str, bill_id: str, now: int, kind: str = "bill") -> dict[str, Any] | None:
    """A bill (or draft) as shown now, parsed."""
    body = store.shown("ramp", client_key, kind, bill_id, now)
    return None if body is None else orjson.loads(body)
