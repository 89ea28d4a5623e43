"""Ramp as it behaves, not as one wishes: no idempotency key, answers that get lost, listings that lag. Own books."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from execution.domain.money import minor_from_decimal
from execution.senders.base import RailUnreachable

if TYPE_CHECKING:
    from tests.execution.simulation.run import Run

Bill = dict[str, Any]
AT_THE_WIRE = ("not_connected", "refused", "throttled", "request_lost", "reply_lost", "body_cut", "lands_late")
STANDS, DEBITED, DEAD = "stands", "debited", "dead"
# Inside the quiet window: what lands later still is a known limit, found by the look for twins (see `late_twin`).
LATEST_LANDING_SECONDS = 25 * 60


class Answer(NamedTuple):
    """As much of an HTTP response as the sender reads."""

    status_code: int
    content: bytes
    headers: Mapping[str, str] = {}


def _error(status: int, code: str) -> Answer:
    return Answer(status, json.dumps({"error_v2": {"error_code": code, "message": "no"}}).encode())


class Ramp:
    """Speaks as a RampSession to the product's own sender; `advance` is what happens there by itself."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.bills: list[Bill] = []
        self.drafts: list[Bill] = []
        self.by_id: dict[str, Bill] = {}
        self.by_reference: dict[str, list[Bill]] = defaultdict(list)
        self.by_invoice: dict[tuple[str, str], list[Bill]] = defaultdict(list)
        self.on_the_way: list[tuple[datetime, dict[str, Any], bool]] = []
        self.posts = 0
        self.is_down = False
        self.wire_faults = [kind for kind in AT_THE_WIRE if kind in run.swarm.faults]
        self.has_lag = "slow_to_show" in run.swarm.faults
        self.ignores = "filters_ignored" in run.swarm.faults

    # What the sender calls.

    def authorize(self) -> None:
        if self._run.chance("token_refused", 0.05):
            raise RailUnreachable("ramp", "no token")

    def all_rows(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        if self.is_down:
            raise RailUnreachable("ramp", "does not answer")
        if path.endswith("/contacts"):
            return iter(())
        asked = params or {}
        is_draft = path == "/bills/drafts"
        if self.ignores and self._run.chance("filters_ignored", 0.3):
            rows = self.drafts if is_draft else self.bills
        elif "remote_id" in asked:
            rows = self.by_reference.get(asked["remote_id"], [])
        elif "invoice_number" in asked:
            rows = self.by_invoice.get((asked["vendor_id"], asked["invoice_number"]), [])
        else:
            rows = [b for b in self.bills if b["draft_bill_id"] == asked.get("draft_bill_id")]
        now, archived = self._run.now, "is_archived" in asked
        return iter([
            row for row in rows
            if row["_draft"] is is_draft and (row["archived_at"] is not None) is archived and row["_shows_at"] <= now
        ])  # fmt: skip

    def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        if self.is_down:
            raise RailUnreachable("ramp", "does not answer")
        bill = self.by_id.get(path.rsplit("/", 1)[1])
        if bill is not None and bill["_before"] and self._run.chance("old_reading", 0.2):
            return {**bill, "status_summary": bill["_before"]}
        return bill

    def send(self, method: str, path: str, body: bytes) -> Answer:
        if path.endswith("/submit"):
            return Answer(200, b"{}")
        kinds, rng = self.wire_faults, self._run.rng
        kind = kinds[int(rng.random() * len(kinds))] if kinds and rng.random() < 0.4 else ""
        if kind:
            self._run.count("fault", kind)
        if kind == "not_connected":
            raise httpx.ConnectError("refused")
        if kind == "request_lost":
            raise httpx.ReadTimeout("silence")
        self.posts += 1
        if kind == "refused":
            return _error(422, "DEVELOPER_7001")
        if kind == "throttled":
            return _error(429, "RATE_LIMIT")
        given, is_draft = json.loads(body), path == "/bills/drafts"
        if kind == "lands_late":
            at = self._run.now + timedelta(seconds=int(rng.random() * LATEST_LANDING_SECONDS))
            self.on_the_way.append((at, given, is_draft))
            raise httpx.ReadTimeout("silence")
        made = self._land(given, is_draft, self._run.now)
        if kind == "reply_lost":
            raise httpx.ReadError("reset")
        if kind == "body_cut":
            return (Answer(201, b'{"id": "'), Answer(502, b"<html>"), Answer(504, b""))[int(rng.random() * 3)]
        answer = {"id": made["id"], "status_summary": made["status_summary"]}
        return Answer(201, json.dumps(answer).encode())

    def _land(self, given: dict[str, Any], is_draft: bool, at: datetime) -> Bill:
        run = self._run
        lag = int(run.rng.random() * 90) if self.has_lag else 0
        details = given.get("payment_details") or {}
        day = details.get("payment_arrival_date") or given["due_at"]
        return self._add({
            "id": f"{'d' if is_draft else 'b'}{len(self.by_id)}", "remote_id": given["remote_id"],
            "vendor": {"id": given["vendor_id"]}, "invoice_number": given["invoice_number"],
            "amount": {"amount": minor_from_decimal(given["line_items"][0]["amount"]),
                       "currency_code": given["invoice_currency"]},
            "status_summary": None if is_draft else "APPROVAL_PENDING", "archived_at": None, "draft_bill_id": None,
            "payment": {"payment_date": day, "trace_id": None,
                        "details": {"vendor_account_id": details.get("vendor_account_id")}},
            "_draft": is_draft, "_shows_at": at + timedelta(seconds=lag), "_stands": DEAD if is_draft else STANDS,
            "_minor": minor_from_decimal(given["line_items"][0]["amount"]), "_pays_on": date.fromisoformat(day),
            "_given": given, "_before": None,
        })  # fmt: skip

    def _add(self, bill: Bill) -> Bill:
        self.by_id[bill["id"]] = bill
        (self.drafts if bill["_draft"] else self.bills).append(bill)
        self.by_reference[bill["remote_id"]].append(bill)
        self.by_invoice[bill["vendor"]["id"], bill["invoice_number"]].append(bill)
        if not bill["_draft"]:
            self._run.oracle.a_bill_stands(bill)
        return bill

    # What happens there by itself.

    def land_late(self) -> None:
        """Requests that were long on their way arrive."""
        if self.on_the_way:
            now = self._run.now
            due = [one for one in self.on_the_way if one[0] <= now]
            self.on_the_way = [one for one in self.on_the_way if one[0] > now]
            for at, given, is_draft in due:
                self._land(given, is_draft, at)

    def advance(self, bill: Bill, die: float) -> None:
        """One word further in the life of a bill or draft; `die` in [0, 1) chooses which."""
        run = self._run
        if bill["archived_at"] is not None:
            return
        if bill["_draft"]:
            self._finish_draft(bill)
            return
        status, faults = bill["status_summary"], run.swarm.faults
        bill["_before"] = status
        if die < 0.08 and "archived_at_rail" in faults and status in _NOT_STARTED:
            self.archive(bill)
            run.count("fault", "archived_at_rail")
        elif die < 0.16 and "error_at_rail" in faults and status in _NOT_STARTED:
            bill["status_summary"] = "PAYMENT_ERROR"
            run.count("fault", "error_at_rail")
        elif die < 0.20 and "changed_at_rail" in faults and status in _NOT_STARTED:
            bill["amount"] = {**bill["amount"], "amount": bill["_minor"] + 100}
            run.count("fault", "changed_at_rail")
        elif die < 0.24 and status == "APPROVAL_PENDING" and "error_at_rail" in faults:
            bill["status_summary"], bill["_stands"] = "APPROVAL_REJECTED", DEAD
        elif status in ("PAYMENT_SCHEDULED", "PAYMENT_READY"):
            if run.now.date() >= bill["_pays_on"] - timedelta(days=1):
                bill["status_summary"] = "PAYMENT_PROCESSING"
                bill["payment"] = {**bill["payment"], "trace_id": {"trace_id": f"t-{bill['id']}"}}
        elif status == "PAYMENT_PROCESSING":
            bill["status_summary"] = "PAYMENT_COMPLETED"
        elif status in _WAITING and (status != "PAYMENT_ERROR" or bill["payment"]["trace_id"] is None):
            words = _WAITING[status]
            bill["status_summary"] = words[int(die * 97) % len(words)]
        run.messages.announce(bill)

    def _finish_draft(self, draft: Bill) -> None:
        made = {**draft, "id": f"b{len(self.by_id)}", "draft_bill_id": draft["id"], "_draft": False,
                "status_summary": "APPROVAL_PENDING", "_stands": STANDS, "_shows_at": self._run.now}  # fmt: skip
        self.drafts.remove(draft)
        self._run.messages.announce(self._add(made))

    def delete(self, draft: Bill) -> None:
        """A person throws a draft away there."""
        draft["archived_at"] = "now"
        self.drafts.remove(draft)

    def archive(self, bill: Bill) -> None:
        """A person archives it there; nothing will be paid."""
        bill["status_summary"], bill["archived_at"] = "ARCHIVED", "now"
        if bill["_stands"] == STANDS:
            bill["_stands"] = DEAD


_WAITING = {
    "APPROVAL_PENDING": ("PAYMENT_SCHEDULED", "PAYMENT_SCHEDULED", "AWAITING_RELEASE", "ON_HOLD", "A_NEW_WORD"),
    "AWAITING_RELEASE": ("PAYMENT_READY",),
    "ON_HOLD": ("PAYMENT_SCHEDULED",),
    "A_NEW_WORD": ("PAYMENT_READY",),
    "PAYMENT_ERROR": ("PAYMENT_READY",),
}
_NOT_STARTED = frozenset({*_WAITING, "PAYMENT_SCHEDULED", "PAYMENT_READY"}) - {"PAYMENT_ERROR"}
