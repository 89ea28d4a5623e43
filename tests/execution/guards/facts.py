"""Facts of a payment that every guard lets pass; a test changes one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from execution.domain.facts import (
    BalanceFacts,
    BillFacts,
    ClientFacts,
    ClockFacts,
    Facts,
    LimitFacts,
    PaceFacts,
    PayeeFacts,
    RailFacts,
    ReserveFacts,
    Signature,
    Stage,
)
from execution.domain.payload import Payload
from execution.domain.policy import Policy

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
PAYLOAD = Payload(
    advisor_id="firm", client_id="acme", payout_id="p" * 32, source_bill_id="qbo:1", bill_version="0",
    vendor_id_ramp="v1", vendor_account_id="va1", vendor_name="Nimbus", entity_id_ramp="e1",
    source_bank_account_id="b1", account_id_plaid="acc", invoice_number="INV-1", amount_minor=90_000,
    currency_code="USD", bill_date=date(2026, 11, 1), due_date=date(2026, 12, 14), arrival_date=date(2026, 12, 14),
    mode="direct",
)  # fmt: skip
PAYEE = PayeeFacts("v1", True, "va1", "f1", "f1", False)
BALANCE = BalanceFacts("acc", 1_000_000, "USD", NOW, is_live=True)
BILL = BillFacts("qbo:1", 90_000, "USD", "0")
PACE = PaceFacts(0, 0, 0, 0)
CLIENT = ClientFacts("managed", "direct")


def signed(*people: str, payload: Payload = PAYLOAD, reason: str = "due") -> tuple[Signature, ...]:
    roles = {"carl": "controller", "cleo": "controller", "ada": "advisor", "farid": "firm_admin", "bea": "bookkeeper"}
    return tuple(Signature(p, p.title(), roles[p], payload.sha256(), reason) for p in people)


def facts(**changes: Any) -> Facts:
    """At the last stage, everything in order; `amount` keeps bill, payload and signatures in step."""
    amount = changes.pop("amount", None)
    payload = changes.pop("payload", PAYLOAD)
    signers = changes.pop("signers", ("carl",))
    bill = BILL
    if amount is not None:
        payload, bill = payload.with_changes(amount_minor=amount), replace(BILL, open_minor=amount)
    usual: dict[str, Any] = {
        "stage": Stage.SEND, "now": NOW, "today": NOW.date(), "policy": Policy(), "client_name": "Acme",
        "currency_code": "USD", "payload": payload, "stored_payload_sha256": payload.sha256(), "preparer_id": "bea",
        "signatures": signed(*signers, payload=payload), "buffer_minor": 100_000, "readiness_minimum": 70,
        "readiness_score": 90, "bill": bill, "live_bill": bill, "balance": BALANCE, "reserves": ReserveFacts(0, 0),
        "payee": PAYEE, "twins": (), "elsewhere": (), "limits": LimitFacts(0, 0, 0, 0),
        "pace": PACE, "client": CLIENT, "is_prepared_by_agent": False,
        "rails": {rail: RailFacts("fresh") for rail in ("qbo", "ramp", "plaid")}, "clock": ClockFacts(NOW, 0),
        "snapshot_at": NOW, "is_client_frozen": False, "is_executor_halted": False,
    }  # fmt: skip
    return Facts(**{**usual, **changes})
