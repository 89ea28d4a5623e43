"""What people decide on a proposed payout: approve, release, hold, reject, cancel. Each is one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor
from execution.domain.bands import Band
from execution.domain.facts import Facts, Signature, Stage
from execution.domain.payload import Payload
from execution.domain.people_needed import people_needed
from execution.domain.rail import is_rehearsal
from execution.domain.states import APPROVAL_LIFE, BEFORE_SENDING, State, may_follow
from execution.domain.verdict import Effect
from execution.errors import Conflict, Invalid, Refused
from execution.payouts.proposing import judge
from execution.payouts.rows import Row, signatures_of
from execution.payouts.surroundings import Surroundings
from execution.payouts.transitions import amend, move
from execution.people.principal import Principal
from execution.store import insert_if_absent
from execution.store import tables as t


def approve(
    around: Surroundings,
    row: Row,
    person: Principal,
    *,
    payload_sha256: str,
    reason: str,
    actor: Actor,
    session_hash: str | None = None,
) -> Row:
    """Sign this payload. Raises Refused with every verdict when a guard says no, Conflict when it moved on."""
    cx, now, policy = around.cx, around.now, around.policy
    if payload_sha256 != row["payload_sha256"]:
        raise Conflict(f"Payout {row['payout_id'][:8]} changed since you looked at it; read it again, then approve")
    if row["state"] == State.APPROVED and any(s.person_id == person.person_id for s in signatures_of(cx, row)):
        return row  # A double click: the same person, the same payload.
    if row["state"] != State.PROPOSED:
        raise Conflict(f"Payout {row['payout_id'][:8]} is {row['state']}; only a proposed payout can be approved")
    if row["expires_at"] is not None and now > row["expires_at"]:
        raise Conflict(f"Payout {row['payout_id'][:8]} was proposed over 72 hours ago; propose the bill again")
    payload = Payload.from_row(row)
    if policy.rules.bands.band_of(row["amount_minor"]) in (Band.REVIEW, Band.TWO_PEOPLE) and not reason.strip():
        raise Invalid("From the review band on, write why you approve this payment")
    insert_if_absent(
        cx, t.approval,
        advisor_id=row["advisor_id"], client_id=row["client_id"], payout_id=row["payout_id"],
        person_id=person.person_id, payload_sha256=payload_sha256, person_name=person.name, role=person.role,
        session_id_hash=session_hash, reason=reason.strip(), approved_at=now,
    )  # fmt: skip
    verdicts, facts = judge(around, payload=payload, stage=Stage.APPROVE, row=row, actor_id=person.person_id)
    if refused := [v for v in verdicts if not v.passed]:
        # The whole transaction is rolled back, the signature with it.
        raise Refused(f"{refused[0].reason}. {refused[0].remedy}", verdicts)
    band, needed = _band_now(facts)
    kept = {"verdicts": [v.as_inputs() for v in verdicts], "band": str(band), "approvals_needed": needed}
    inputs = {"reason": reason, "verdicts": kept["verdicts"], "role": person.role}
    if any(v.effect is Effect.NEEDS_SECOND for v in verdicts):
        return amend(cx, row, actor=actor, now=now, action="payout.signed", inputs=inputs, **kept)
    return move(cx, row, State.APPROVED, actor=actor, now=now, action="payout.approved", reason="", inputs=inputs,
                expires_at=now + APPROVAL_LIFE,
                **kept)  # fmt: skip


def _band_now(facts: Facts) -> tuple[Band, int]:
    need = people_needed(facts)
    assert need is not None, "a guard refuses where this cannot be known"
    return need.band, max(need.people, 1)


def release(cx: sa.Connection, row: Row, person: Principal, *, now: datetime, actor: Actor) -> Row:
    """Hand an approved payout to the executor. From the review band on, none of its approvers may do so."""
    if row["released_at"] is not None:
        return row
    if row["state"] != State.APPROVED:
        raise Conflict(f"Payout {row['payout_id'][:8]} is {row['state']}; only an approved payout can be released")
    signatures: tuple[Signature, ...] = signatures_of(cx, row)
    if person.person_id == row["preparer_id"]:
        raise Refused("The preparer may not release their own payout. Ask a colleague to release it")
    is_signer = any(s.person_id == person.person_id for s in signatures)
    if is_signer and row["band"] in (Band.REVIEW, Band.TWO_PEOPLE):
        raise Refused("From $5,000 on, somebody other than the approvers releases. Ask a colleague to release it")
    return amend(cx, row, actor=actor, now=now, action="payout.released", inputs={"band": row["band"]},
                 released_by=person.person_id, released_at=now, next_at=now)  # fmt: skip


def _reason(reason: str, verb: str) -> str:
    if not reason.strip():
        raise Invalid(f"Write why you {verb} this payout; the reason is kept with it")
    return reason.strip()


def hold(cx: sa.Connection, row: Row, *, reason: str, now: datetime, actor: Actor) -> Row:
    """Stop a payout that was not sent: it becomes blocked by a person, its earmark is freed, its release withdrawn."""
    why = _reason(reason, "hold")
    if row["state"] == State.BLOCKED:
        return row
    if State(row["state"]) not in BEFORE_SENDING:
        raise Conflict(f"Payout {row['payout_id'][:8]} is {row['state']} already; hold the bill in Ramp")
    return move(cx, row, State.BLOCKED, actor=actor, now=now, action="payout.held",
                reason=f"On hold by {actor.name}: {why}. Propose the bill again to go on",
                released_by=None, released_at=None)  # fmt: skip


def reject(cx: sa.Connection, row: Row, *, reason: str, now: datetime, actor: Actor) -> Row:
    """Say no to a proposal. The bill may be proposed again."""
    why = _reason(reason, "reject")
    if row["state"] != State.PROPOSED:
        raise Conflict(f"Payout {row['payout_id'][:8]} is {row['state']}; cancel it instead of rejecting it")
    return move(cx, row, State.REJECTED, actor=actor, now=now, action="payout.rejected",
                reason=f"Rejected by {actor.name}: {why}")  # fmt: skip


def cancel(cx: sa.Connection, row: Row, *, reason: str, now: datetime, actor: Actor) -> Row:
    """Withdraw a payout before it is sent, or end a rehearsal; its hold is voided in the same transaction."""
    why = _reason(reason, "cancel")
    state = State(row["state"])
    rehearsed = state is State.HANDED_OFF and is_rehearsal(row["rail_draft_id"])
    if not (rehearsed or (state in BEFORE_SENDING and may_follow(state, State.CANCELLED))):
        raise Conflict(
            f"Payout {row['payout_id'][:8]} is {row['state']}; close the bill in Ramp, it is followed from here"
        )
    return move(cx, row, State.CANCELLED, actor=actor, now=now, action="payout.cancelled",
                reason=f"Cancelled by {actor.name}: {why}")  # fmt: skip


def approvals_of(cx: sa.Connection, row: Row) -> list[dict[str, Any]]:
    """Each signature on the payout, old payloads included."""
    a = t.approval
    query = sa.select(a).where(
        a.c.advisor_id == row["advisor_id"], a.c.client_id == row["client_id"], a.c.payout_id == row["payout_id"]
    )
    names = ("person_id", "person_name", "role", "reason", "approved_at", "payload_sha256")
    return [{n: r[n] for n in names} for r in cx.execute(query.order_by(a.c.approved_at)).mappings()]
