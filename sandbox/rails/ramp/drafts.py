"""Ramp's drafts, and the client's own approver, who finishes a complete draft on the next day.

The finished draft leaves the draft list and comes up as a bill with `draft_bill_id`, paid to the vendor's default
account on its due date or the first day after that the rail can do. All of it is planned when the draft is written.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from sandbox.clock import iso
from sandbox.rails.clients import Directory
from sandbox.rails.http import Refusal, Reply, Request, dump
from sandbox.rails.ramp import bodies, errors
from sandbox.rails.ramp.bank_days import shift
from sandbox.rails.ramp.bills import Bills
from sandbox.rails.ramp.checks import BANK_METHODS, Checks, Problems, amounts, json_body
from sandbox.rails.ramp.course import Course, lead_days, read_bill
from sandbox.rails.store import WorldStore

_COMPLETE = ("entity_id", "invoice_number", "issued_at", "due_at")
_FIELDS = ("entity_id", "remote_id", "invoice_number", "memo", "vendor_memo", "vendor_contact_id")
_DATES = ("issued_at", "due_at", "posting_date")
_NEXT_DAY = 86_400


class Drafts:
    """POST, PATCH and submit of drafts."""

    def __init__(self, store: WorldStore, directory: Directory, course: Course, bills: Bills) -> None:
        self._store = store
        self._directory = directory
        self._course = course
        self._bills = bills
        self._checks = Checks(store, course)

    def create(self, request: Request) -> Reply:
        """POST /bills/drafts: only the vendor is required."""
        given, key = json_body(request), str(request.client_key)
        problems: Problems = {}
        if not given.get("vendor_id"):
            problems["vendor_id"] = ["Missing data for required field."]
        items = amounts(given, problems, required=False)
        vendor = self._checks.header(key, given, request.now, problems)
        if problems or vendor is None:
            raise errors.invalid(problems)
        draft = bodies.draft(given, vendor, items, self._bills.owner(key, request.now), request.now)
        with self._store.transaction():
            self._course.show(key, draft, request.now, "draft_bill")
            self._plan(key, draft, request.now)
        return Reply(201, dump(draft))

    def _draft(self, request: Request) -> dict[str, Any]:
        draft_id = request.path_values["id"]
        draft = read_bill(self._store, str(request.client_key), draft_id, request.now, "draft_bill")
        if draft is None:
            raise errors.not_found("Draft bill", draft_id)
        return draft

    def edit(self, request: Request) -> Reply:
        """PATCH /bills/drafts/{id}."""
        given, draft, key = json_body(request), self._draft(request), str(request.client_key)
        problems: Problems = {}
        items = amounts(given, problems, required=False)
        vendor = self._checks.header(key, {"vendor_id": draft["vendor"]["id"], **given}, request.now, problems)
        if problems or vendor is None:
            raise errors.invalid(problems)
        draft.update({name: given[name] for name in _FIELDS if name in given})
        draft.update({name: bodies.day(given[name]) for name in _DATES if name in given})
        draft["vendor"] = bodies.vendor_of(vendor)
        if items:
            currency = given.get("invoice_currency") or draft["amount"]["currency_code"]
            draft["line_items"] = bodies.lines(items, currency)
            draft["amount"] = bodies.money(sum(minor for minor, _ in items), currency)
        with self._store.transaction():
            self._unplan(key, draft["id"], request.now)
            self._course.show(key, draft, request.now, "draft_bill")
            self._plan(key, draft, request.now)
        return Reply(200, dump(draft))

    def submit(self, request: Request) -> Reply:
        """POST /bills/drafts/{id}/submit: into the client's approval policy; 400 BILL_PAY_7145 when incomplete."""
        json_body(request)
        draft, key = self._draft(request), str(request.client_key)
        lacking = self._lacking(key, draft, request.now)
        if lacking:
            message = f"Draft bill cannot be submitted; missing: {', '.join(lacking)}"
            raise Refusal(errors.refusal(400, "BILL_PAY_7145", message))
        draft["approval_status"] = "PENDING"
        with self._store.transaction():
            self._unplan(key, draft["id"], request.now)
            self._course.show(key, draft, request.now, "draft_bill")
            self._plan(key, draft, request.now)
        return Reply(200, dump(draft))

    def _lacking(self, key: str, draft: dict[str, Any], now: int) -> list[str]:
        lacking = [name for name in _COMPLETE if not draft.get(name)]
        if not draft["line_items"] or draft["amount"]["amount"] <= 0:
            lacking.append("line_items")
        vendor_id = draft["vendor"]["id"]
        # The API cannot give a draft its method: the vendor's default counts, as in Ramp's form.
        if self._method(key, vendor_id, now) is None:
            lacking.append("payment_method")
        if not draft.get("vendor_contact_id") and not self._checks.owned(key, "vendor_contact", vendor_id, now):
            lacking.append("vendor_contact_id")
        return lacking

    def _method(self, key: str, vendor_id: str, now: int) -> tuple[str, str] | None:
        """(method, account) that the approver picks: the vendor's default account."""
        accounts = self._checks.owned(key, "vendor_account", vendor_id, now)
        accounts.sort(key=lambda account: not account.get("is_default"))
        for account in accounts:
            method = account.get("payment_method") or "ACH"
            return (method if method in BANK_METHODS else "ACH"), account["id"]
        return None

    def _plan(self, key: str, draft: dict[str, Any], now: int) -> None:
        """What the client's approver will do tomorrow with a complete draft."""
        if self._lacking(key, draft, now):
            return
        client = self._directory.clients[key]
        sources = self._checks.funding_accounts(key, draft["entity_id"], now)
        chosen = self._method(key, draft["vendor"]["id"], now)
        if not sources or chosen is None:
            return
        at = now + _NEXT_DAY
        method, account = chosen
        earliest = self._course.earliest_arrival(client, method, is_same_day=False, now=at)
        arrival = max(shift(date.fromisoformat(draft["due_at"][:10]), 0), earliest)
        lead = lead_days(method, is_same_day=False)
        payment = bodies.Payment(method, sources[0], account, arrival, shift(arrival, -lead) if lead else arrival)
        vendor = self._checks.known(key, "vendor", draft["vendor"]["id"], now) or {"id": draft["vendor"]["id"]}
        bill = bodies.bill({}, vendor, [], draft["bill_owner"], at)
        kept = {name: value for name, value in draft.items() if name not in ("id", "status", "approval_status")}
        bill |= kept
        # Tied to the draft, so that planning anew finds the bill it planned before.
        bill["id"] = str(uuid.uuid5(uuid.NAMESPACE_OID, f"bill-of-draft-{draft['id']}"))
        bill |= {"created_at": iso(at), "draft_bill_id": draft["id"], "draft_bill_created_at": draft["created_at"]}
        self._store.write("ramp", key, "draft_bill", draft["id"], dump(draft), visible_at=at, is_deleted=True)
        self._bills.land(client, bill, payment, {}, at)

    def _unplan(self, key: str, draft_id: str, now: int) -> None:
        self._store.forget_future("ramp", key, "draft_bill", draft_id, now)
        bill_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"bill-of-draft-{draft_id}"))
        self._course.stop(key, bill_id, now)
