"""What people decide on a proposed payout: approve, release, hold, reject, cancel. Each is one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor
from execution.domain.bands import Band
from execution.domain.facts import Facts, Stage
from execution.domain.money import shown
from execution.domain.payload import Payload
from execution.domain.people_needed import people_needed
from execution.domain.rail import is_rehearsal
from execution.domain.seen import sha256_of
from execution.domain.states import APPROVAL_LIFE, BEFORE_SENDING, ENDED, State, may_follow
from execution.domain.verdict import Effect
from execution.errors import Conflict, Invalid, Refused
from execution.payouts import versions
from execution.payouts.gather import seen_now
from execution.payouts.pace import lock_signer_day
from execution.payouts.proposing import judge
from execution.payouts.rows import Row, client_row, signatures_of
from execution.payouts.surroundings import Surroundings
from execution.payouts.transitions import amend, move
from execution.people.fresh import SignIn
from execution.people.principal import Principal
from execution.store import insert_if_absent
from execution.store import tables as t


def require_payload(cx: sa.Connection, row: Row, payload_sha256: str) -> None:
    """Raises Conflict, naming each field that changed, unless the payout still is what was shown."""
    if payload_sha256 != row["payload_sha256"]:
        raise Conflict(
            f"Payout {row['payout_id'][:8]} changed since you looked at it: "
            f"{versions.changed_since(cx, row, payload_sha256)}. Read it again, then decide"
        )


def approve(
    around: Surroundings,
    row: Row,
    person: Principal,
    *,
    payload_sha256: str,
    reason: str,
    actor: Actor,
    seen_sha256: str | None = None,
    session_hash: str | None = None,
    sign_in: SignIn | None = None,
) -> Row:
    """Sign this payload, and the facts shown beside it (`seen_sha256`, where the caller was given them).

    Raises Refused with every verdict when a guard says no, Conflict when payload, facts or state moved on.
    """
    cx, now = around.cx, around.now
    require_payload(cx, row, payload_sha256)
    if row["state"] == State.APPROVED and any(s.person_id == person.person_id for s in signatures_of(cx, row)):
        return row  # A double click: the same person, the same payload.
    _require_approvable(around, row, reason)
    payload = Payload.from_row(row)
    seen, snapshot_id = seen_now(around, payload, row), around.snapshot.pointer.snapshot_id if around.snapshot else ""
    if seen_sha256 is not None and seen_sha256 != sha256_of(seen):
        raise Conflict(
            f"What you were shown of payout {row['payout_id'][:8]} is not what snapshot {snapshot_id} says; "
            "look at its bill and payee again, then approve"
        )
    lock_signer_day(cx, around.client, now, person.person_id)
    insert_if_absent(
        cx, t.approval,
        advisor_id=row["advisor_id"], client_id=row["client_id"], payout_id=row["payout_id"],
        person_id=person.person_id, payload_sha256=payload_sha256, person_name=person.name, role=person.role,
        session_id_hash=session_hash, reason=reason.strip(), approved_at=now,
        step_up_at=sign_in.at if sign_in and sign_in.is_fresh else None,
    )  # fmt: skip
    versions.keep_signed(cx, row, person.person_id, seen=seen, snapshot_id=snapshot_id, now=now)
    verdicts, facts = judge(around, payload=payload, stage=Stage.APPROVE, row=row, actor_id=person.person_id)
    if refused := [v for v in verdicts if not v.passed]:
        # The whole transaction is rolled back, the signature with it.
        first = refused[0]
        raise Refused(f"Payout {row['payout_id'][:8]}: {first.reason}. {first.remedy}", verdicts)
    band, needed = _band_now(facts)
    if sign_in is not None and band in (Band.REVIEW, Band.TWO_PEOPLE):
        sign_in.require_fresh("sign a payment of the review band or above")
    kept = {"verdicts": [v.as_inputs() for v in verdicts], "band": str(band), "approvals_needed": needed}
    inputs = {
        "reason": reason, "verdicts": kept["verdicts"], "role": person.role, "snapshot_id": snapshot_id,
        "seen_sha256": sha256_of(seen),
    }  # fmt: skip
    if any(v.effect is Effect.NEEDS_SECOND for v in verdicts):
        return amend(cx, row, actor=actor, now=now, action="payout.signed", inputs=inputs, **kept)
    return move(cx, row, State.APPROVED, actor=actor, now=now, action="payout.approved", reason="", inputs=inputs,
                expires_at=now + APPROVAL_LIFE,
                **kept)  # fmt: skip


def _require_approvable(around: Surroundings, row: Row, reason: str) -> None:
    """Raises Conflict unless the payout waits for a signature, Invalid where its band wants a reason with it."""
    name = row["payout_id"][:8]
    if row["state"] != State.PROPOSED:
        raise Conflict(
            f"Payout {name} is {row['state']} and only a proposed one can be approved; propose the bill again if it "
            "should be paid"
        )
    if row["expires_at"] is not None and around.now > row["expires_at"]:
        raise Conflict(f"Payout {name} was proposed over 72 hours ago; propose the bill again")
    bands = around.policy.rules.bands
    if bands.band_of(row["amount_minor"]) in (Band.REVIEW, Band.TWO_PEOPLE) and not reason.strip():
        raise Invalid(
            f"Payout {name} is {shown(row['amount_minor'], row['currency_code'])}: from "
            f"{shown(bands.review_from_minor, row['currency_code'])} on, write why you approve it"
        )


def _band_now(facts: Facts) -> tuple[Band, int]:
    need = people_needed(facts)
    assert need is not None, "a guard refuses where this cannot be known"
    return need.band, max(need.people, 1)


def release(
    cx: sa.Connection, row: Row, person: Principal, *, now: datetime, actor: Actor, at: datetime | None = None
) -> Row:
    """Hand an approved payout to the executor, now or (`at`) by the clock later in this person's name.

    From the policy's `releaser_differs_from_minor` on, none of its approvers may do so. Raises Refused or Conflict.
    """
    name = row["payout_id"][:8]
    if row["released_at"] is not None:
        return row
    if row["state"] != State.APPROVED:
        raise Conflict(f"Payout {name} is {row['state']} and only an approved one can be released; see its next step")
    require_releaser(cx, row, person, now)
    if at is None:
        return amend(cx, row, actor=actor, now=now, action="payout.released", inputs={"band": row["band"]},
                     released_by=person.person_id, released_at=now, release_at=None, next_at=now)  # fmt: skip
    if at <= now:
        raise Invalid(f"release_at: {at:%Y-%m-%d %H:%M} UTC is past; give a later instant or release payout {name} now")
    if row["expires_at"] is not None and at > row["expires_at"]:
        raise Invalid(
            f"release_at: the approval of payout {name} lasts until {row['expires_at']:%Y-%m-%d %H:%M} UTC; "
            "release it before, or approve it later"
        )
    if row["release_at"] == at and row["released_by"] == person.person_id:
        return row
    return amend(cx, row, actor=actor, now=now, action="payout.release_scheduled",
                 inputs={"band": row["band"], "release_at": at.isoformat()},
                 released_by=person.person_id, release_at=at)  # fmt: skip


def require_releaser(cx: sa.Connection, row: Row, person: Principal, now: datetime) -> None:
    """Raises Refused unless this person may release the payout as it is signed now."""
    name = row["payout_id"][:8]
    if person.person_id == row["preparer_id"]:
        raise Refused(f"Payout {name}: the preparer may not release their own payout. Ask a colleague to release it")
    if not any(s.person_id == person.person_id for s in signatures_of(cx, row)):
        return
    around = Surroundings(cx, None, client_row(cx, row["advisor_id"], row["client_id"]), now, few=True)
    floor = around.policy.rules.releaser_differs_from_minor
    # The sum to the vendor within seven days, as for the bands: splitting a bill changes nobody's duties.
    total = around.limits_used(Payload.from_row(row)).vendor_week_minor + row["amount_minor"]
    if total >= floor:
        raise Refused(
            f"Payout {name}: from {shown(floor, row['currency_code'])} to a vendor in 7 days on, somebody other than "
            "the approvers releases. Ask a colleague to release it"
        )


def _reason(row: Row, reason: str, verb: str) -> str:
    if not reason.strip():
        raise Invalid(f"Write why you {verb} payout {row['payout_id'][:8]}; the reason is kept with it")
    return reason.strip()


def _too_late(row: Row, at_ramp: str) -> str:
    """Why a payout cannot be stopped any more, and what helps instead."""
    name, state = row["payout_id"][:8], State(row["state"])
    if state in ENDED:
        return f"Payout {name} is {state} already; there is nothing to stop, the bill may be proposed again"
    if state is State.SETTLED:
        return f"Payout {name} is settled: the bank paid it; ask the vendor to send it back"
    return f"Payout {name} is {state}; {at_ramp}"


def hold(cx: sa.Connection, row: Row, *, reason: str, now: datetime, actor: Actor) -> Row:
    """Stop a payout that was not sent: it becomes blocked by a person, its earmark is freed, its release withdrawn."""
    why = _reason(row, reason, "hold")
    if row["state"] == State.BLOCKED:
        return row
    if State(row["state"]) not in BEFORE_SENDING:
        raise Conflict(_too_late(row, "hold the bill in Ramp"))
    return move(cx, row, State.BLOCKED, actor=actor, now=now, action="payout.held",
                reason=f"On hold by {actor.name}: {why}. Propose the bill again to go on",
                released_by=None, released_at=None, release_at=None)  # fmt: skip


def reject(cx: sa.Connection, row: Row, *, reason: str, now: datetime, actor: Actor) -> Row:
    """Say no to a proposal. The bill may be proposed again."""
    why = _reason(row, reason, "reject")
    if row["state"] != State.PROPOSED:
        raise Conflict(
            f"Payout {row['payout_id'][:8]} is {row['state']}; only a proposed one can be rejected, cancel it instead"
        )
    return move(cx, row, State.REJECTED, actor=actor, now=now, action="payout.rejected",
                reason=f"Rejected by {actor.name}: {why}")  # fmt: skip


def cancel(cx: sa.Connection, row: Row, *, reason: str, now: datetime, actor: Actor) -> Row:
    """Withdraw a payout before it is sent, or end a rehearsal; its hold is voided in the same transaction."""
    why = _reason(row, reason, "cancel")
    state = State(row["state"])
    rehearsed = state is State.HANDED_OFF and is_rehearsal(row["rail_draft_id"])
    if not (rehearsed or (state in BEFORE_SENDING and may_follow(state, State.CANCELLED))):
        raise Conflict(_too_late(row, "close the bill in Ramp, it is followed from here"))
    return move(cx, row, State.CANCELLED, actor=actor, now=now, action="payout.cancelled",
                reason=f"Cancelled by {actor.name}: {why}", release_at=None)  # fmt: skip


def approvals_of(cx: sa.Connection, row: Row) -> list[dict[str, Any]]:
    """Each signature on the payout, old payloads included, with the snapshot that its signer saw last."""
    a, s = t.approval, t.approval_seen
    key = ("advisor_id", "client_id", "payout_id", "person_id", "payload_sha256")
    query = (
        sa.select(a, s.c.snapshot_id, s.c.seen_sha256, s.c.position)
        .select_from(a.outerjoin(s, sa.and_(*[a.c[name] == s.c[name] for name in key])))
        .where(*[a.c[name] == row[name] for name in key[:3]])
        .order_by(a.c.approved_at, s.c.position)
    )
    names = (
        "person_id",
        "person_name",
        "role",
        "reason",
        "approved_at",
        "payload_sha256",
        "snapshot_id",
        "seen_sha256",
    )
    last = {(r["person_id"], r["payload_sha256"]): {n: r[n] for n in names} for r in cx.execute(query).mappings()}
    return list(last.values())
