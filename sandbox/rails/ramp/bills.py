"""Ramp's bill writes. There is no idempotency: the same POST twice makes two bills, and both are paid."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from sandbox.clock import iso
from sandbox.faults import FaultBoard
from sandbox.rails.clients import ClientRecord, Directory
from sandbox.rails.http import Reply, Request, dump
from sandbox.rails.ramp import bodies, errors
from sandbox.rails.ramp.checks import BANK_METHODS, REQUIRED, Checks, Problems, amounts, json_body
from sandbox.rails.ramp.course import Course, read_bill
from sandbox.rails.store import WorldStore

_PATCHABLE = ("invoice_number", "memo", "remote_id", "vendor_contact_id", "vendor_memo", "enable_accounting_sync")
_DATES = ("issued_at", "due_at", "posting_date")
_HELD, _ARCHIVED = "ON_HOLD", "ARCHIVED"


class Bills:
    """POST, PATCH, DELETE, hold and release of bills."""

    def __init__(self, store: WorldStore, directory: Directory, faults: FaultBoard, course: Course) -> None:
        self._store = store
        self._directory = directory
        self._faults = faults
        self._course = course
        self._checks = Checks(store, course)

    def create(self, request: Request) -> Reply:
        """POST /bills: approved at once; with payment details it is the act that moves money."""
        given = json_body(request)
        key = str(request.client_key)
        client = self._directory.clients[key]
        problems: Problems = {
            name: ["Missing data for required field."] for name in REQUIRED if given.get(name) in (None, "")
        }
        items = amounts(given, problems, required=True)
        vendor = self._checks.header(key, given, request.now, problems)
        payment = None
        if vendor is not None:
            payment = self._checks.payment(client, given, vendor, request.now, problems)
        if problems or vendor is None:
            raise errors.invalid(problems)
        bill = bodies.bill(given, vendor, items, self.owner(key, request.now), request.now)
        with self._store.transaction():
            self.land(client, bill, payment, given, request.now)
        return Reply(201, dump(bill))

    def land(
        self,
        client: ClientRecord,
        bill: dict[str, Any],
        payment: bodies.Payment | None,
        given: dict[str, Any],
        now: int,
    ) -> None:
        """Show a new bill and plan what follows from it."""
        key, currency, minor = client.client_key, bill["amount"]["currency_code"], bill["amount"]["amount"]
        if payment is not None:
            waits = self._course.awaits_release(client)
            bill["payment"] = bodies.payment_of(payment, minor, currency, awaits_release=waits)
            bill["status_summary"] = "AWAITING_RELEASE" if waits else "PAYMENT_SCHEDULED"
        elif given.get("payment_method") == "PAID_MANUALLY":
            bill.update(status="PAID", status_summary="PAYMENT_COMPLETED", paid_at=iso(now))
            bill["payment"] = self._manual(given, bill, now)
        elif given.get("payment_method") in BANK_METHODS:
            bill["status_summary"] = "PAYMENT_DETAILS_MISSING"
        self._course.show(key, bill, now)
        self._course.books_link(key, bill, now)
        if payment is not None:
            ending = self._faults.strike("ramp", key, "/developer/v1/bills", ("payment_error", "payment_return"))
            ending = ending or self._marked_ending(client, bill["vendor"]["id"])
            self._course.start(key, bill, payment.arrival_date, now, ending)

    @staticmethod
    def _manual(given: dict[str, Any], bill: dict[str, Any], now: int) -> dict[str, Any]:
        details = given.get("payment_details") or {}
        payment = bodies.Payment("PAID_MANUALLY", "", None, date.min, date.min)
        shaped = bodies.payment_of(
            payment, bill["amount"]["amount"], bill["amount"]["currency_code"], awaits_release=False
        )
        paid = bodies.day(details.get("payment_date") or iso(now)[:10])
        how = {"manual_payment_method": details.get("manual_payment_method", "OTHER")}
        return {**shaped, "payment_date": paid, "effective_date": paid, "details": how}

    @staticmethod
    def _marked_ending(client: ClientRecord, vendor_id: str) -> str | None:
        """How payments to a vendor that the world marked as trouble end."""
        for ending in ("payment_error", "payment_return"):
            if vendor_id in (client.rail("ramp").get(f"{ending}_vendor_ids") or []):
                return ending
        return None

    def owner(self, client_key: str, now: int) -> dict[str, Any]:
        """The user whom Ramp shows as the bill's owner."""
        index = self._store.index("ramp", client_key, "user", now)
        for user_id, row in index.current():
            user = read_bill(self._store, client_key, user_id, now, "user") or {}
            if row is not None:
                return {"id": user_id, "first_name": user.get("first_name"), "last_name": user.get("last_name")}
        return {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, client_key)), "first_name": "Ramp", "last_name": "API"}

    def _bill(self, request: Request) -> dict[str, Any]:
        bill_id = request.path_values["id"]
        bill = read_bill(self._store, str(request.client_key), bill_id, request.now)
        if bill is None:
            raise errors.not_found("Bill", bill_id)
        return bill

    def edit(self, request: Request) -> Reply:
        """PATCH /bills/{id}: header, lines and dates; payment details cannot be given here and are ignored."""
        given, bill, key = json_body(request), self._bill(request), str(request.client_key)
        if bill["status"] == "PAID" or bill["archived_at"]:
            raise errors.conflict("A paid or archived bill cannot be edited.")
        problems: Problems = {}
        vendor = self._checks.header(key, given, request.now, problems)
        items = amounts(given, problems, required=False)
        if items and bill["status_summary"] == "PAYMENT_PROCESSING":
            problems["line_items"] = ["The payment of this bill has been initiated."]
        if problems:
            raise errors.invalid(problems)
        bill.update({name: given[name] for name in _PATCHABLE if name in given})
        bill.update({name: bodies.day(given[name]) for name in _DATES if name in given})
        if "entity_id" in given:
            bill["entity_id"] = given["entity_id"]
        if vendor is not None:
            bill["vendor"] = bodies.vendor_of(vendor)
        if items:
            currency = bill["amount"]["currency_code"]
            bill["line_items"] = bodies.lines(items, currency)
            bill["amount"] = bodies.money(sum(minor for minor, _ in items), currency)
            if bill["payment"]:
                bill["payment"]["amount"] = bill["amount"]
        with self._store.transaction():
            if bill["status_summary"] in ("PAYMENT_SCHEDULED", "AWAITING_RELEASE") and bill["payment"]:
                self._course.stop(key, bill["id"], request.now)
                bill = self._course.resume(key, bill, request.now)
            else:
                self._course.show(key, bill, request.now)
        return Reply(200, dump(bill))

    def archive(self, request: Request) -> Reply:
        """DELETE /bills/{id}: archives it and stops a payment that is not under way yet."""
        bill = self._bill(request)
        if bill["status"] == "PAID" or bill["status_summary"] == "PAYMENT_PROCESSING":
            raise errors.conflict("A bill that is paid, or whose payment is being processed, cannot be deleted.")
        bill.update(archived_at=iso(request.now), status_summary=_ARCHIVED)
        self._stop_and_show(str(request.client_key), bill, request.now)
        return Reply(204)

    def hold(self, request: Request) -> Reply:
        """POST /bills/{id}/hold: a scheduled payment does not go out until the hold is released."""
        json_body(request)
        bill = self._bill(request)
        if bill["status"] == "PAID" or bill["status_summary"] in ("PAYMENT_PROCESSING", _ARCHIVED, _HELD):
            raise errors.conflict(f"A bill in {bill['status_summary']} cannot be put on hold.")
        bill["status_summary"] = _HELD
        self._stop_and_show(str(request.client_key), bill, request.now)
        return Reply(200, dump(bill))

    def release(self, request: Request) -> Reply:
        """POST /bills/{id}/release: ends a hold; the payment is scheduled anew, later if its day has passed."""
        json_body(request)
        bill, key = self._bill(request), str(request.client_key)
        if bill["status_summary"] != _HELD:
            raise errors.conflict("The bill is not on hold.")
        with self._store.transaction():
            if bill["payment"]:
                bill = self._course.resume(key, bill, request.now)
            else:
                bill["status_summary"] = "PAYMENT_NOT_INSTRUCTED"
                self._course.show(key, bill, request.now)
        return Reply(200, dump(bill))

    def _stop_and_show(self, client_key: str, bill: dict[str, Any], now: int) -> None:
        with self._store.transaction():
            self._course.stop(client_key, bill["id"], now)
            self._course.show(client_key, bill, now)

    def attach(self, request: Request) -> Reply:
        """POST /bills/{id}/attachments and /bills/drafts/{id}/attachments: keeps the file's address, not the file."""
        kind = "draft_bill" if "/drafts/" in request.path else "bill"
        key, bill_id = str(request.client_key), request.path_values["id"]
        bill = read_bill(self._store, key, bill_id, request.now, kind)
        if bill is None:
            raise errors.not_found("Bill", bill_id)
        sent = request.headers.get("content-type", "")
        if not sent.startswith("multipart/form-data") or b'name="file"' not in request.body:
            raise errors.invalid({"file": ["Missing data for required field."]})
        attachment_id = str(uuid.uuid4())
        url = f"{request.base_url}/files/{attachment_id}"
        with self._store.transaction():
            for version, visible_at, blob in self._store.rows(
                "select version, visible_at, json_body(rail, client_key, kind, body) from object_version"
                " where rail='ramp' and client_key=? and kind=? and id=? and visible_at>?",
                (key, kind, bill_id, request.now),
            ):
                self._amend(key, kind, bill_id, version, visible_at, blob, url)
            self._amend_now(key, kind, bill, url, request.now)
        return Reply(200, dump({"id": attachment_id}))

    def _amend(self, key: str, kind: str, bill_id: str, version: int, visible_at: int, blob: bytes, url: str) -> None:
        text = bytes(blob).replace(b'"invoice_urls":[]', b'"invoice_urls":["%s"]' % url.encode())
        self._store.execute(
            "update object_version set body=? where rail='ramp' and client_key=? and kind=? and id=? and version=?",
            (text, key, kind, bill_id, version),
        )

    def _amend_now(self, key: str, kind: str, bill: dict[str, Any], url: str, now: int) -> None:
        # The shown version itself takes the address: a new version would have to come after the planned ones.
        bill["invoice_urls"] = [*(bill.get("invoice_urls") or []), url]
        index = self._store.index("ramp", key, kind, now)
        version = index.history[bill["id"]][-1].version
        self._store.execute(
            "update object_version set body=? where rail='ramp' and client_key=? and kind=? and id=? and version=?",
            (dump(bill), key, kind, bill["id"], version),
        )
        index.derived.clear()
