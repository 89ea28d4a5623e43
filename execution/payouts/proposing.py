"""From an open bill to a payout that asks to be paid: payload built, every guard asked, nothing reserved yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from execution import guards
from execution.audit import Actor
from execution.domain.bands import signers_needed
from execution.domain.business_days import add_business_days, is_business_day
from execution.domain.facts import ClockFacts, Facts, Stage
from execution.domain.payload import Payload
from execution.domain.reference import payout_id_for
from execution.domain.states import APPROVAL_LIFE, State
from execution.domain.verdict import Verdict
from execution.errors import Conflict, Invalid
from execution.facts.snapshot import Snapshot
from execution.payouts.gather import gather, known_payee
from execution.payouts.journal import note
from execution.payouts.rows import PolicyInForce, Row, key_of, live_payout_of, policy_of, today_of
from execution.payouts.transitions import move
from execution.store import tables as t

KEY = ("advisor_id", "client_id", "payout_id")
# A guard that speaks of signatures cannot stop a proposal: nobody could have signed yet.
_NOT_YET = frozenset({"signers", "separate_people"})


def next_generation(cx: sa.Connection, client: Row, source_bill_id: str) -> int:
    """The generation of a bill's next payout: one above the last; raises Conflict when that one may have been sent."""
    p = t.payout.c
    query = sa.select(p.generation, p.sent_at, p.state).where(
        p.advisor_id == client["advisor_id"],
        p.client_id == client["client_id"],
        p.source_bill_id == source_bill_id,
    )
    last = cx.execute(query.order_by(p.generation.desc()).limit(1)).mappings().first()
    if last is None:
        return 1
    if last["sent_at"] is not None and last["state"] not in ("declined", "cancelled"):
        raise Conflict(f"Bill {source_bill_id} was sent before and came back; two people must decide to pay it again")
    return int(last["generation"]) + 1


def payload_for(
    cx: sa.Connection,
    client: Row,
    bill: dict[str, Any],
    policy: PolicyInForce,
    *,
    generation: int,
    today: date,
    arrival_date: date | None,
    account_id: str | None,
) -> Payload:
    """The payment that would be signed. Raises Invalid when the bill lacks what a payment needs."""
    if bill["open_minor"] is None or bill["open_minor"] <= 0:
        raise Invalid(f"Bill {bill['source_bill_id']} has nothing left to pay")
    vendor_id = bill["vendor_id_ramp"] or ""
    seen = known_payee(cx, client, vendor_id) if vendor_id else None
    issued = bill["bill_date"] or today
    due = bill["due_date"] or issued
    return Payload(
        advisor_id=client["advisor_id"],
        client_id=client["client_id"],
        payout_id=payout_id_for(client["advisor_id"], client["client_id"], "ramp", bill["source_bill_id"], generation),
        source_bill_id=bill["source_bill_id"],
        bill_version=bill["sync_token_qbo"] or "",
        vendor_id_ramp=vendor_id,
        vendor_account_id=(seen["vendor_account_id"] if seen else "") or "",
        vendor_name=bill["vendor_name"] or "",
        entity_id_ramp=bill["entity_id_ramp"] or client["ramp_entity_id"],
        source_bank_account_id=bill["source_bank_account_id_ramp"] or client["ramp_bank_account_id"],
        account_id_plaid=bill["account_id_plaid"] or client["account_id_plaid"] or account_id or "",
        invoice_number=bill["invoice_number"] or "",
        amount_minor=bill["open_minor"],
        currency_code=bill["currency_code"],
        bill_date=issued,
        due_date=due,
        arrival_date=arrival_date or default_arrival(today, due, policy.rules.lead_business_days),
        mode=client["payout_mode"],
    )


def default_arrival(today: date, due: date, lead_business_days: int) -> date:
    """On the due date (or the banking day before it), but a day more than the lead time ahead: approvals take time."""
    wanted = due if is_business_day(due) else add_business_days(due, -1)
    return max(wanted, add_business_days(today, lead_business_days + 1))


def judge(
    cx: sa.Connection,
    snapshot: Snapshot | None,
    client: Row,
    policy: PolicyInForce,
    *,
    payload: Payload,
    stage: Stage,
    now: datetime,
    bill: dict[str, Any] | None,
    row: Row | None = None,
    actor_id: str | None = None,
    is_preview: bool = False,
    last_audit_at: datetime | None = None,
) -> tuple[list[Verdict], Facts]:
    """Every guard's verdict on what the snapshot and the store know."""
    facts = gather(cx, snapshot, client, policy, payload=payload, stage=stage, now=now, row=row, bill=bill,
                   actor_id=actor_id)  # fmt: skip
    facts = replace(facts, clock=ClockFacts(last_audit_at))
    return guards.evaluate(facts, is_preview=is_preview), facts


def propose(
    cx: sa.Connection,
    snapshot: Snapshot,
    client: Row,
    bill: dict[str, Any],
    *,
    actor: Actor,
    preparer_id: str,
    now: datetime,
    arrival_date: date | None = None,
    note_text: str = "",
    batch_id: str | None = None,
) -> Row:
    """Ask for a bill to be paid. A live payout of the bill is answered as it is; a blocked one is asked anew."""
    policy = policy_of(cx, client["advisor_id"], client["client_id"], now)
    today = today_of(client, now)
    live = live_payout_of(cx, client["advisor_id"], client["client_id"], bill["source_bill_id"])
    if live is not None and live["state"] != State.BLOCKED:
        return live
    generation = int(live["generation"]) if live else next_generation(cx, client, bill["source_bill_id"])
    funding = snapshot.funding_account(client["client_id"], bill["source_bank_account_id_ramp"])
    payload = payload_for(cx, client, bill, policy, generation=generation, today=today, arrival_date=arrival_date,
                          account_id=funding["account_id_plaid"] if funding else None)  # fmt: skip
    verdicts, facts = judge(cx, snapshot, client, policy, payload=payload, stage=Stage.PROPOSE, now=now, bill=bill)
    stopped = [v for v in verdicts if not v.passed and v.guard_id not in _NOT_YET]
    limits, payee = facts.limits, facts.payee
    band = policy.rules.bands.band_of((limits.vendor_week_minor if limits else 0) + payload.amount_minor)
    automatic = policy.rules.automatic_payouts and not facts.is_first_payout and bool(payee and not payee.is_new)
    values: dict[str, Any] = {
        **{name: getattr(payload, name) for name in Payload.__slots__},
        "vendor_id_qbo": bill["vendor_id_qbo"] or "",
        "payload_sha256": payload.sha256(),
        "preparer_id": preparer_id,
        "preparer_name": actor.name,
        "note": note_text,
        "band": str(band),
        "approvals_needed": signers_needed(band, automatic_allowed=automatic),
        "payee_fingerprint": (payee.fingerprint if payee else "") or "",
        "policy_sha256": policy.rules.sha256,
        "snapshot_id": snapshot.pointer.snapshot_id,
        "batch_id": batch_id,
        "verdicts": [v.as_inputs() for v in verdicts],
        "expires_at": now + APPROVAL_LIFE,
        "released_by": None,
        "released_at": None,
        "next_at": now,
    }
    inputs = {
        "snapshot_id": snapshot.pointer.snapshot_id,
        "policy_sha256": policy.rules.sha256,
        "verdicts": [v.as_inputs() for v in verdicts],
    }
    if live is not None:
        row = move(cx, live, State.PROPOSED, actor=actor, now=now, action="payout.proposed_again",
                   inputs=inputs,
                   **{k: v for k, v in values.items() if k not in KEY})  # fmt: skip
    else:
        fresh = {"generation": generation, "state": str(State.PROPOSED), "state_reason": "", "version": 1,
                 "attempt": 0, "created_at": now, "updated_at": now}  # fmt: skip
        cx.execute(sa.insert(t.payout).values(**values, **fresh))
        row = dict(cx.execute(sa.select(t.payout).where(key_of(values))).mappings().one())
        note(cx, row, actor=actor, now=now, action="payout.proposed", from_state=None, to_state="proposed",
             inputs=inputs)  # fmt: skip
    if stopped:
        first = stopped[0]
        row = move(cx, row, State.BLOCKED, actor=Actor.process("policy"), now=now, action="payout.blocked",
                   reason=f"{first.reason}. {first.remedy}",
                   inputs={"guards": [v.guard_id for v in stopped]})  # fmt: skip
    return row
