"""The facts of one payout as the guards are given them: from the ledger, and live where the executor asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

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
    Twin,
)
from execution.domain.invoice_number import normalize_invoice_number
from execution.domain.payload import Payload
from execution.domain.states import ENDED, State

if TYPE_CHECKING:
    from tests.execution.simulation.run import Run

Row = dict[str, Any]
FRESH = {rail: RailFacts("fresh") for rail in ("qbo", "ramp", "plaid")}
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
S = State
# Written out, not taken from the product: what is promised or gone counts against limits and bands.
COUNTED = frozenset({S.APPROVED, S.RESERVED, S.SENDING, S.UNCONFIRMED, S.HANDED_OFF, S.AT_RAIL, S.IN_FLIGHT,
                     S.RAIL_PAID, S.MISMATCHED, S.SETTLED})  # fmt: skip


def gather(
    run: Run, row: Row, payload: Payload, stage: Stage, now: datetime, *,
    signatures: tuple[Signature, ...] = (), actor_id: str | None = None, balance: BalanceFacts | None = None,
    live_bill: BillFacts | None = None, live_account: str | None = None, foreign_minor: int | None = None,
    skew_seconds: int | None = None,
) -> Facts:  # fmt: skip
    """One payout and its surroundings; without live answers the snapshot's stand in."""
    ledger, today = run.ledger, now.date()
    policy, recent = ledger.policy, ledger.policy_version > 1 and now - ledger.policy_at < timedelta(days=1)
    hold = ledger.holds.get(payload.payout_id)
    limits, pace = counted(run, payload, now)
    return Facts(
        stage=stage, now=now, today=today, policy=policy, client_name="Acme", currency_code="USD", payload=payload,
        stored_payload_sha256=row["payload_sha256"], preparer_id=row["preparer_id"], actor_id=actor_id,
        signatures=signatures, policy_authors=(ledger.policy_by,) if recent else (),
        buffer_minor=ledger.buffer_minor, readiness_minimum=70, readiness_score=90,
        bill=run.books.published(payload.source_bill_id),
        live_bill=live_bill,
        balance=balance or BalanceFacts("acc", run.bank.balance_minor, "USD", run.published_at),
        reserves=ReserveFacts(ledger.held_minor, ledger.foreign_minor if foreign_minor is None else foreign_minor),
        own_hold_minor=hold[0] if hold else 0,
        payee=_payee(run, "" if stage.is_unsigned else row["payee_fingerprint"], payload, live_account),
        twins=_twins(run, payload, now), elsewhere=(), limits=limits, pace=pace,
        client=ClientFacts("active", run.swarm.mode), is_prepared_by_agent=row["preparer_id"] == "bot",
        rails=FRESH, clock=ClockFacts(ledger.last_event_at, skew_seconds), snapshot_at=run.published_at,
        is_client_frozen=bool(ledger.frozen), frozen_reason=ledger.frozen, is_executor_halted=ledger.is_halted,
    )  # fmt: skip


def _payee(run: Run, signed: str, payload: Payload, live_account: str | None) -> PayeeFacts:
    ledger, vendor = run.ledger, payload.vendor_id_ramp
    seen, change = ledger.payees[vendor], ledger.payee_changes.get(vendor)
    is_changed = change is not None and change[1] == seen
    confirmed_by = change[3] if change and is_changed else None
    known = signed if confirmed_by and signed else (change[0] if change and is_changed else seen)
    return PayeeFacts(
        vendor_id=vendor, is_active=True, vendor_account_id=live_account or seen, fingerprint=live_account or seen,
        known_fingerprint=known, is_new=False, call_back_confirmed=confirmed_by is not None or not is_changed,
        call_back_by=confirmed_by, changed_at=change[2] if change and is_changed else None,
        edited_by=run.books.edited_by.get(vendor, ()),
    )  # fmt: skip


def _twins(run: Run, payload: Payload, now: datetime) -> tuple[Twin, ...]:
    number, found = normalize_invoice_number(payload.invoice_number), []
    for payout_id, other in run.ledger.rows.items():
        if payout_id == payload.payout_id or other["state"] in ENDED:
            continue
        if other["source_bill_id"] == payload.source_bill_id:
            found.append(Twin("in payment", payout_id, "same bill"))
        elif (
            other["vendor_id_ramp"] == payload.vendor_id_ramp
            and other["amount_minor"] == payload.amount_minor
            and normalize_invoice_number(other["invoice_number"]) == number
        ):
            found.append(Twin("in payment", payout_id, "same vendor, amount and invoice number"))
    return tuple(found)


def counted(run: Run, payload: Payload, now: datetime) -> tuple[LimitFacts, PaceFacts]:
    """What went out or is promised already, this payment not counted: sums and numbers."""
    day = vendor_day = vendor_week = week = 0
    paces = [0, 0, 0, 0]
    since, today = now - WEEK, now.date()
    for payout_id, other in run.ledger.rows.items():
        if payout_id == payload.payout_id or other["state"] not in COUNTED or other["created_at"] <= since:
            continue
        amount, same = other["amount_minor"], other["vendor_id_ramp"] == payload.vendor_id_ramp
        is_today = other["updated_at"].date() == today
        week += amount
        day += amount if is_today else 0
        vendor_week += amount if same else 0
        vendor_day += amount if same and is_today else 0
        age = now - other["created_at"]
        paces[0] += same and age <= HOUR
        paces[1] += same and age <= DAY
        paces[2] += age <= HOUR
        paces[3] += age <= DAY
    return LimitFacts(day, vendor_day, vendor_week, week), PaceFacts(*paces)
