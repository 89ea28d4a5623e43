"""Rehearsal, the default: the same road to the last step, where the request is written down instead of sent.

A rehearsed payout ends as `handed_off` with a rail id that begins `dry_run:`. It is never settled; the executor ends it
as cancelled when its arrival date has passed, and anybody who may cancel can end it sooner.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from execution.domain.money import decimal_text
from execution.domain.payload import Payload
from execution.domain.rail import REHEARSED, RailRecord, Reply, Request, Search, Wire
from execution.senders.base import Sender


@dataclass(slots=True)
class DryRunSender:
    """Reads what the real sender would read, where one is given; sends nothing."""

    real: Sender | None = None
    name: str = "dry_run"

    def search(self, payload: Payload) -> Search:
        """What the real sender finds: a bill that already stands in Ramp must stop a rehearsal too."""
        return self.real.search(payload) if self.real else Search()

    def request_for(self, payload: Payload) -> Request:
        """The real request where a connection exists, else its fields that need no reading."""
        if self.real is not None:
            return self.real.request_for(payload)
        body = {
            "remote_id": payload.payout_id, "vendor_id": payload.vendor_id_ramp,
            "line_items": [{"amount": decimal_text(payload.amount_minor)}],
        }  # fmt: skip
        path = "/bills" if payload.mode == "direct" else "/bills/drafts"
        return Request("POST", path, json.dumps(body, sort_keys=True, separators=(",", ":")).encode())

    def post(self, request: Request) -> Reply:
        """Nothing goes out; the id is derived from what would have."""
        digest = hashlib.sha256(request.body).hexdigest()[:24]
        return Reply(Wire.DONE, "rehearsal: nothing was sent to Ramp", None, f"{REHEARSED}{digest}")

    def submit(self, record_id: str) -> str | None:
        """There is nothing to submit."""
        return "rehearsal: nothing was sent to Ramp"

    def archive(self, bill_id: str) -> str | None:
        """Nothing that a rehearsal finds is its own."""
        return "rehearsal: nothing is archived"

    def everything(self) -> list[RailRecord]:
        """What the real sender sees."""
        return self.real.everything() if self.real else []

    def read(self, record: RailRecord) -> RailRecord | None:
        """A rehearsal never changes at the rail."""
        return record
