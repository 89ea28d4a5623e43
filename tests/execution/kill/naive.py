"""A client as many are: it sends, and sends again when no good answer came. The bed must see it pay twice."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import httpx

from tests.execution.kill.bed import WIRE_SECONDS, Bed, in_a_fork
from tests.execution.payouts.world import START

PLACES = ("", "send-before", "send-in-flight", "send-after")
TRIES = 3


def paid_by_naive(bed: Bed, fault: str, place: str, root: Path, number: int) -> int:
    """How many times a naive client, killed at a place and started again, pays one bill."""
    done = root / f"naive-{number}"
    bed.tell("/_case", now=START.isoformat(), fault=fault)
    for one in (place, ""):
        in_a_fork(lambda kill=one: _send(bed.rails.ramp_url, done, kill))  # type: ignore[misc]
        bed.tell("/_clock", now=START.isoformat())
    bed.tell("/_clock", now=START.replace(month=12).isoformat())
    return int(bed.books()["paid"])


def _send(url: str, done: Path, place: str) -> None:
    """Up to three tries; what was paid is written down afterwards, as an outbox without an intent does."""
    if done.exists():
        return
    body = {"vendor_id": "v1", "invoice_number": "INV-1", "remote_id": "r1", "line_items": [{"amount": "900.00"}],
            "payment_details": {"payment_arrival_date": "2026-11-30"}}  # fmt: skip

    def traced(event: str, _: Any) -> None:
        if place == "send-in-flight" and event == "http11.send_request_body.complete":
            os.kill(os.getpid(), signal.SIGKILL)

    with httpx.Client(base_url=url, timeout=httpx.Timeout(WIRE_SECONDS, connect=1.0), trust_env=False) as client:
        for _ in range(TRIES):
            _die(place == "send-before")
            try:
                answer = client.post("/developer/v1/bills", content=json.dumps(body), extensions={"trace": traced})
            except httpx.HTTPError:
                continue
            _die(place == "send-after")
            if answer.status_code == 201:
                done.write_text("paid")
                return


def _die(now: bool) -> None:
    if now:
        os.kill(os.getpid(), signal.SIGKILL)
