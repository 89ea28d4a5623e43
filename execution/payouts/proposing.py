"""From an open bill to a payout that asks to be paid: payload built, every guard asked, nothing reserved yet."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from execution import guards
from execution.audit import Actor
from execution.domain.business_days import add_business_days, is_business_day
from execution.domain.facts import Facts, Stage
from execution.domain.payload import Payload
from execution.domain.people_needed import people_needed
from execution.domain.reference import payout_id_for
from execution.domain.seen import changes, fields_of
from execution.domain.states import APPROVAL_LIFE, ENDED, State
from execution.domain.verdict import Verdict
from execution.errors import Conflict, Invalid
from execution.payouts import versions
from execution.payouts.gather import gather
from execution.payouts.joint_acts import may_be_paid_again
from execution.payouts.journal import note
from execution.payouts.rows import INTAKE_AGENT, STEPPED, Row
from execution.payouts.surroundings import Surroundings
from execution.payouts.transitions import move
from execution.store import tables as t

# Roles behind which no person's hand is: our own process that proposes, and programs with an agent's token.
AGENTS = frozenset({INTAKE_AGENT.role, "agent"})
KEY = ("advisor_id", "client_id", "payout_id")
_INSERT = sa.insert(t.payout).returning(*STEPPED)  # The row as the database completes it.
# A guard that speaks of signatures cannot stop a proposal: nobody could have signed yet.
_NOT_YET = frozenset({"signers", "separate_people", "seen_unchanged"})


def live_payout(around: Surroundings, source_bill_id: str) -> Row | None:
    """The payout that stands for an open bill now, if any."""
    last = around.last_payout(source_bill_id)
    return last if last is not None and last["state"] not in ENDED else None


def next_generation(around: Surroundings, source_bill_id: str) -> int:
    """The generation of a bill's next payout: one above the last.

    Raises Conflict when the last one stood at Ramp or came back, until two people agreed to pay the bill again.
    """
    last = around.last_payout(source_bill_id)
    if last is None:
        return 1
    if last["state"] in ENDED and not may_be_paid_again(around.cx, last):
        raise Conflict(
            f"Bill {source_bill_id} was at Ramp before (payout {last['payout_id'][:8]}, {last['state']}); "
            "two people must agree to pay it again"
        )
    return int(last["generation"]) + 1


def payload_for(
    around: Surroundings, bill: dict[str, Any], *, generation: int, arrival_date: date | None = None
) -> Payload:
    """The payment that would be signed. Raises Invalid when the bill lacks what a payment needs."""
    client, today = around.client, around.today
    if bill["open_minor"] is None or bill["open_minor"] <= 0:
        raise Invalid(f"Bill {bill['source_bill_id']} has nothing left to pay; load again, it may be paid")
    vendor_id = bill["vendor_id_ramp"] or ""
    seen = around.payee(vendor_id) if vendor_id else None
    account_id = around.funding_account_id(bill["source_bank_account_id_ramp"])
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
        arrival_date=arrival_date or default_arrival(today, due, around.policy.rules.lead_business_days),
        mode=client["payout_mode"],
    )


def default_arrival(today: date, due: date, lead_business_days: int) -> date:
    """On the due date (or the banking day before it), but a day more than the lead time ahead: approvals take time."""
    wanted = due if is_business_day(due) else add_business_days(due, -1)
    return max(wanted, add_business_days(today, lead_business_days + 1))


def judge(
    around: Surroundings, *, payload: Payload, stage: Stage = Stage.PROPOSE, row: Row | None = None,
    actor_id: str | None = None, preparer_id: str | None = None, is_agent: bool | None = None,
) -> tuple[list[Verdict], Facts]:  # fmt: skip
    """Every guard's verdict on what the snapshot and the store know."""
    facts = gather(around, payload=payload, stage=stage, row=row, actor_id=actor_id, preparer_id=preparer_id,
                   is_agent=is_agent)  # fmt: skip
    return guards.evaluate(facts), facts


def stopping(verdicts: list[Verdict]) -> list[Verdict]:
    """Those that stop a proposal: refusals, but for the guards that speak of signatures."""
    return [v for v in verdicts if not v.passed and v.guard_id not in _NOT_YET]


def propose(
    around: Surroundings,
    bill: dict[str, Any],
    *,
    actor: Actor,
    preparer_id: str,
    arrival_date: date | None = None,
    note_text: str = "",
    batch_id: str | None = None,
) -> Row:
    """Ask for a bill to be paid. A live payout of the bill is answered as it is; a blocked one is asked anew."""
    cx, now, snapshot = around.cx, around.now, around.snapshot
    assert snapshot is not None
    live = live_payout(around, bill["source_bill_id"])
    if live is not None and live["state"] != State.BLOCKED:
        return live
    is_agent = actor.role in AGENTS
    generation = int(live["generation"]) if live else next_generation(around, bill["source_bill_id"])
    payload = payload_for(around, bill, generation=generation, arrival_date=arrival_date)
    verdicts, facts = judge(around, payload=payload, preparer_id=preparer_id, is_agent=is_agent)
    values: dict[str, Any] = {
        **_stored(payload, facts),
        "vendor_id_qbo": bill["vendor_id_qbo"] or "",
        "preparer_id": preparer_id,
        "preparer_name": actor.name,
        "is_agent_prepared": is_agent,
        "note": note_text,
        "snapshot_id": snapshot.pointer.snapshot_id,
        "batch_id": batch_id,
        "verdicts": [v.as_inputs() for v in verdicts],
        "expires_at": now + APPROVAL_LIFE,
        "next_at": now,
        **_NOT_RELEASED,
    }
    inputs: dict[str, Any] = {name: values[name] for name in ("snapshot_id", "policy_sha256", "verdicts")}
    if live is not None:
        versions.keep(cx, payload, seen=facts.seen, snapshot_id=snapshot.pointer.snapshot_id, now=now)
        if changed := changes(fields_of(Payload.from_row(live)), fields_of(payload)):
            inputs["changed"] = changed
        row = move(cx, live, State.PROPOSED, actor=actor, now=now, action="payout.proposed_again",
                   inputs=inputs,
                   **{k: v for k, v in values.items() if k not in KEY})  # fmt: skip
    else:
        fresh = {"generation": generation, "state": str(State.PROPOSED), "state_reason": "", "version": 1,
                 "attempt": 0, "created_at": now, "updated_at": now}  # fmt: skip
        row = {**values, **cx.execute(_INSERT, {**values, **fresh}).mappings().one()}
        versions.keep(cx, payload, seen=facts.seen, snapshot_id=snapshot.pointer.snapshot_id, now=now)
        around.note_proposed(row)
        note(cx, row, actor=actor, now=now, action="payout.proposed", from_state=None, to_state="proposed",
             inputs=inputs)  # fmt: skip
    if stopped := stopping(verdicts):
        first = stopped[0]
        row = move(cx, row, State.BLOCKED, actor=Actor.process("policy"), now=now, action="payout.blocked",
                   reason=f"{first.reason}. {first.remedy}",
                   inputs={"verdicts": [v.as_inputs() for v in stopped]})  # fmt: skip
    return row


# What was blocked never was on the wire: whoever had it in hand then has no claim on it now.
_NOT_RELEASED = {
    "released_by": None, "released_at": None, "release_at": None, "lease_owner": None, "lease_until": None,
}  # fmt: skip


def _stored(payload: Payload, facts: Facts) -> dict[str, Any]:
    """The payload as a payout's row holds it, with whom it asks for and the account that was seen."""
    need = people_needed(facts)
    return {
        **{name: getattr(payload, name) for name in Payload.__slots__},
        "payload_sha256": payload.sha256(),
        "band": str(need.band if need else facts.policy.bands.band_of(payload.amount_minor)),
        "approvals_needed": need.people if need else 1,
        "payee_fingerprint": (facts.payee.fingerprint if facts.payee else "") or "",
        "policy_sha256": facts.policy.sha256,
    }
