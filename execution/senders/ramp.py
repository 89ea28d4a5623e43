"""Ramp, the one rail we pay through: search first, one POST, then the reply's judgement.

draft mode    POST /bills/drafts, then submit: Ramp's own approvers finish it
direct mode   POST /bills with payment details: creating it is paying it
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import httpx

from execution.domain.money import decimal_text
from execution.domain.payload import Payload
from execution.domain.rail import RailRecord, Reply, Request, Search, Wire
from execution.senders.base import RailUnreachable
from execution.senders.ramp_session import RampSession
from execution.senders.replies import judge_failure, judge_response

_INVOICE_NUMBER_MAX = 20


class RampSender:
    """Sends for one client business."""

    name = "ramp"

    def __init__(self, session: RampSession) -> None:
        self.session = session

    def search(self, payload: Payload) -> Search:
        """By reference, then by vendor and invoice number; bills, archived bills and drafts; all pages.

        Ramp may ignore a filter it does not know, so each row is checked again here.
        """
        number = invoice_number_sent(payload)
        queries: list[tuple[str, str, dict[str, str]]] = []
        for kind, path, more in (
            ("bill", "/bills", {}),
            ("bill", "/bills", {"is_archived": "true"}),
            ("draft", "/bills/drafts", {}),
        ):
            queries.append((kind, path, {"remote_id": payload.payout_id, **more}))
            queries.append((kind, path, {"vendor_id": payload.vendor_id_ramp, "invoice_number": number, **more}))
        ours: dict[tuple[str, str], RailRecord] = {}
        same: dict[tuple[str, str], RailRecord] = {}
        for kind, path, params in queries:
            for row in self.session.all_rows(path, params):
                record = record_from(kind, row)
                key = (record.kind, record.record_id)
                if record.remote_id == payload.payout_id:
                    ours[key] = record
                elif record.vendor_id == payload.vendor_id_ramp and record.invoice_number == number:
                    same[key] = record
        asked = tuple(f"{path}?{'&'.join(f'{k}={v}' for k, v in params.items())}" for _, path, params in queries)
        return Search(_without_spent_drafts(ours), tuple(same.values()), len(queries), asked)

    def request_for(self, payload: Payload) -> Request:
        """The bytes of the bill or draft. Contacts are read from Ramp; amounts are decimals as text."""
        self.session.authorize()
        contact = next(iter(self.session.all_rows(f"/vendors/{payload.vendor_id_ramp}/contacts")), None)
        body: dict[str, Any] = {
            "vendor_id": payload.vendor_id_ramp,
            "entity_id": payload.entity_id_ramp,
            "invoice_number": invoice_number_sent(payload),
            "invoice_currency": payload.currency_code,
            "issued_at": payload.bill_date.isoformat(),
            "due_at": payload.due_date.isoformat(),
            "memo": f"RowCol payout {payload.payout_id[:8]}",
            "remote_id": payload.payout_id,
            "line_items": [{"amount": decimal_text(payload.amount_minor), "memo": f"Invoice {payload.invoice_number}"}],
        }
        if contact and contact.get("id"):
            body["vendor_contact_id"] = contact["id"]
        if payload.mode == "direct":
            body["payment_method"] = "ACH"
            body["payment_details"] = {
                "source_bank_account_id": payload.source_bank_account_id,
                "vendor_account_id": payload.vendor_account_id,
                "payment_arrival_date": payload.arrival_date.isoformat(),
                "is_same_day": False,
            }
        path = "/bills" if payload.mode == "direct" else "/bills/drafts"
        return Request(
            "POST", path, json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        )

    def post(self, request: Request) -> Reply:
        """Once, without a retry. The token was asked for beforehand, so only this request is on the wire."""
        try:
            self.session.authorize()
        except RailUnreachable as error:
            return Reply(Wire.NEVER_SENT, error.reason)
        try:
            response = self.session.send(request.method, request.path, request.body)
        except httpx.HTTPError as error:
            return judge_failure(error)
        return judge_response(response.status_code, response.content, response.headers.get("x-trace-id"))

    def submit(self, record_id: str) -> str | None:
        """Send the draft into the client's approval policy. It moves nothing, so a lost answer is harmless."""
        try:
            response = self.session.send("POST", f"/bills/drafts/{record_id}/submit", b"{}")
        except httpx.HTTPError as error:
            return f"submit failed ({type(error).__name__}); a person submits the draft in Ramp"
        if response.status_code in (200, 201, 204):
            return None
        reply = judge_response(response.status_code, response.content, response.headers.get("x-trace-id"))
        return f"{reply.reason}; a person completes the draft in Ramp"

    def archive(self, bill_id: str) -> str | None:
        """DELETE the bill, which archives it and stops a payment that is not under way yet."""
        try:
            self.session.authorize()
            response = self.session.send("DELETE", f"/bills/{bill_id}", b"")
        except RailUnreachable as error:
            return error.reason
        except httpx.HTTPError as error:
            return f"Ramp went silent ({type(error).__name__})"
        if response.status_code in (200, 202, 204, 404):
            return None
        reply = judge_response(response.status_code, response.content, response.headers.get("x-trace-id"))
        return reply.reason

    def everything(self) -> list[RailRecord]:
        """Drafts first: one that becomes a bill meanwhile is then seen twice, not missed."""
        seen: dict[tuple[str, str], RailRecord] = {}
        for kind, path, params in (
            ("draft", "/bills/drafts", {}),
            ("bill", "/bills", {}),
            ("bill", "/bills", {"is_archived": "true"}),
        ):
            for row in self.session.all_rows(path, params):
                record = record_from(kind, row)
                seen[record.kind, record.record_id] = record
        return list(_without_spent_drafts(seen))

    def read(self, record: RailRecord) -> RailRecord | None:
        """The bill now; for a draft the bill that came of it, else the draft, else None."""
        if record.kind == "bill":
            row = self.session.get(f"/bills/{record.record_id}")
            return record_from("bill", row) if isinstance(row, dict) else None
        for params in ({"draft_bill_id": record.record_id}, {"remote_id": record.remote_id or ""}):
            for archived in ({}, {"is_archived": "true"}):
                for row in self.session.all_rows("/bills", {**params, **archived}):
                    found = record_from("bill", row)
                    if found.draft_bill_id == record.record_id or (
                        record.remote_id and found.remote_id == record.remote_id
                    ):
                        return found
        row = self.session.get(f"/bills/drafts/{record.record_id}")
        return record_from("draft", row) if isinstance(row, dict) else None


def invoice_number_sent(payload: Payload) -> str:
    """The invoice number as Ramp takes it: at most 20 characters; a bill without one is named by its payout."""
    return (payload.invoice_number or f"RC-{payload.payout_id[:12]}")[:_INVOICE_NUMBER_MAX]


def record_from(kind: str, row: dict[str, Any]) -> RailRecord:
    """A bill or draft of Ramp in our words. Missing parts stay None."""
    amount = row.get("amount") or {}
    payment = row.get("payment") or {}
    details = payment.get("details") or {}
    trace = payment.get("trace_id") or {}
    day = payment.get("payment_date")
    return RailRecord(
        kind=kind,
        record_id=str(row["id"]),
        remote_id=row.get("remote_id"),
        vendor_id=(row.get("vendor") or {}).get("id") or row.get("vendor_id"),
        invoice_number=row.get("invoice_number"),
        amount_minor=int(amount["amount"]) if amount.get("amount") is not None else None,
        currency_code=amount.get("currency_code"),
        status_summary=row.get("status_summary"),
        is_archived=row.get("archived_at") is not None or row.get("status_summary") == "ARCHIVED",
        draft_bill_id=row.get("draft_bill_id"),
        payment_date=date.fromisoformat(str(day)[:10]) if day else None,
        trace_id=trace.get("trace_id") if isinstance(trace, dict) else str(trace),
        source_bank_account_id=details.get("source_bank_account_id"),
        vendor_account_id=details.get("vendor_account_id"),
        created_at=_instant(row.get("created_at")),
        memo=row.get("memo"),
    )


def _instant(text: Any) -> datetime | None:
    """Ramp's instants are UTC where they name no offset."""
    if not text:
        return None
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _without_spent_drafts(found: dict[tuple[str, str], RailRecord]) -> tuple[RailRecord, ...]:
    """A draft and the bill that came of it are one thing; the bill is kept."""
    became = {record.draft_bill_id for record in found.values() if record.kind == "bill"}
    return tuple(r for r in found.values() if not (r.kind == "draft" and r.record_id in became))


def rows_of(rows: Iterator[dict[str, Any]]) -> list[RailRecord]:
    """Bills of a listing, in our words."""
    return [record_from("bill", row) for row in rows]
