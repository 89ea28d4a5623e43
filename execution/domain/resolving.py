"""What follows for a payout from what was learned: a reply, a search, a reading of the rail, a bank line, the clock.

Each function answers steps and writes nothing. `payouts/sending.py` writes them, one transaction each; the simulator
of the tests takes the same steps in memory, so what is proved there is what runs here. `row` is a payout as stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from execution.domain.rail import RailRecord, Reply, Wire, is_rehearsal
from execution.domain.rail_status import has_come_back, next_state, read_status
from execution.domain.states import FOUND_AFTER_RESTORE, RESERVATION_LIFE, State, may_follow
from execution.domain.verdict import Verdict

SCAN_DELAYS = (5, 30, 120, 600, 1800)  # Seconds after the send; then every half hour.
QUIET_WINDOW = timedelta(minutes=30)
CLEAN_SCANS_NEEDED = 3
BACK_OFF = timedelta(seconds=30)
SETTLES = frozenset({State.AT_RAIL, State.IN_FLIGHT, State.RAIL_PAID})
RETURNS = SETTLES | {State.SETTLED, State.MISMATCHED}
TWO_BILLS = "two bills at Ramp carry one reference"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a payout. `to` is None where the state stays; `freezes` stops the client's sending with it."""

    to: State | None
    action: str
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    freezes: bool = False


def reserved(now: datetime, inputs: Mapping[str, Any]) -> Step:
    """Cash was earmarked: it may be sent at once."""
    values = {"expires_at": now + RESERVATION_LIFE, "next_at": now, "scans_clean": 0}
    return Step(State.RESERVED, "payout.reserved", "", values, inputs)


def blocked(verdicts: Sequence[Verdict]) -> Step:
    """A guard refused before the wire: the payout stops, its earmark is freed, its release withdrawn."""
    refused = next(v for v in verdicts if not v.passed)
    shown = [v.as_inputs() for v in verdicts]
    values = {"released_by": None, "released_at": None, "verdicts": shown}
    return Step(State.BLOCKED, "payout.blocked", f"{refused.reason}. {refused.remedy}", values, {"verdicts": shown})


def intended(row: Row, now: datetime, inputs: Mapping[str, Any]) -> Step:
    """The next attempt. From its commit on, the call may have gone out."""
    attempt = row["attempt"] + 1
    values = {"attempt": attempt, "sent_at": now, "next_at": now, "scans_clean": 0}
    return Step(State.SENDING, "payout.sending", "", values, {"attempt": attempt, **inputs})


def replied(row: Row, reply: Reply, now: datetime) -> Step:
    """What came of the one request."""
    inputs = {"wire": str(reply.wire), "status": reply.status, "trace": reply.trace_id}
    if reply.wire is Wire.DONE:
        is_bill = row["mode"] == "direct" and not is_rehearsal(reply.record_id)
        state, name = (State.AT_RAIL, "rail_bill_id") if is_bill else (State.HANDED_OFF, "rail_draft_id")
        values = {"rail_status": reply.status_summary, "next_at": now, name: reply.record_id}
        return Step(state, "payout.sent", reply.reason, values, inputs)
    if reply.wire is Wire.REFUSED:
        return Step(State.DECLINED, "payout.declined", reply.reason, {}, inputs)
    if reply.wire in (Wire.NEVER_SENT, Wire.THROTTLED):
        reason = f"{reply.reason}; tried again soon"
        return Step(State.RESERVED, "payout.not_sent", reason, {"next_at": now + BACK_OFF}, inputs)
    return unconfirmed(reply.reason, now, inputs)


def replied_late(row: Row, reply: Reply, now: datetime, *, attempt: int) -> list[Step]:
    """What follows from a reply when another executor may have taken the payout on before it came.

    Certain knowledge is used (a bill was made, or refused); "never sent" is not, for the other may be sending.
    """
    state = State(row["state"])
    if row["attempt"] == attempt and state is State.SENDING:
        return [replied(row, reply, now)]
    if row["attempt"] == attempt and state is State.UNCONFIRMED and reply.wire in (Wire.DONE, Wire.REFUSED):
        return [replied(row, reply, now)]
    known = {row["rail_bill_id"], row["rail_draft_id"]}
    if reply.wire is Wire.DONE and reply.record_id not in known and may_follow(state, State.MISMATCHED):
        return [mismatched(TWO_BILLS, str(reply.record_id))]
    inputs = {"attempt": attempt, "wire": str(reply.wire), "status": reply.status, "record_id": reply.record_id}
    return [Step(None, "payout.late_reply", row["state_reason"], {}, inputs)]


def unconfirmed(reason: str, now: datetime, inputs: Mapping[str, Any]) -> Step:
    """The outcome is not known: the hold stays, Ramp is looked through, nothing is sent again."""
    values = {"next_at": now + timedelta(seconds=SCAN_DELAYS[0]), "scans_clean": 0}
    return Step(State.UNCONFIRMED, "payout.unconfirmed", reason, values, inputs)


def found(row: Row, records: Sequence[RailRecord], now: datetime) -> list[Step]:
    """Bills or drafts with our reference stand at Ramp: one is ours, nothing is sent. Two live bills are a mismatch."""
    live = [record for record in records if record.kind == "bill" and not record.is_archived]
    drafts = [record for record in records if record.kind == "draft"]
    ours = [*live, *drafts, *records][0]
    values: dict[str, Any] = {"rail_status": ours.status_summary, "next_at": now}
    if ours.kind == "bill":
        state = State.AT_RAIL
        values |= {"rail_bill_id": ours.record_id, "rail_draft_id": ours.draft_bill_id or row["rail_draft_id"]}
    else:
        state = State.HANDED_OFF
        values |= {"rail_draft_id": ours.record_id}
    inputs = {"record_id": ours.record_id, "kind": ours.kind}
    adopted = Step(state, "payout.found_at_rail", "Found at Ramp under our reference", values, inputs)
    return [adopted, mismatched(TWO_BILLS, live[1].record_id)] if len(live) > 1 else [adopted]


def found_after_restore(row: Row, records: Sequence[RailRecord], now: datetime) -> list[Step]:
    """Ramp holds a payout that this store does not know as sent, for it was restored: taken over all the same."""
    adopted, *more = found(row, records, now)
    why = f"Found at Ramp under our reference, though it stood here as {row['state']}"
    values = {**adopted.values, "sent_at": now}
    return [replace(adopted, action=FOUND_AFTER_RESTORE, reason=why, values=values), *more]


def not_found(row: Row, now: datetime, *, automatic_up_to_minor: int) -> Step:
    """A complete look found nothing. Back to reserved only after enough looks and a long quiet.

    Above the automatic limit a person must have looked in Ramp too and agreed, since the last send.
    """
    scans = row["scans_clean"] + 1
    is_quiet = row["sent_at"] is not None and now - row["sent_at"] >= QUIET_WINDOW
    agreed_at = row["resend_agreed_at"]
    is_agreed = row["amount_minor"] <= automatic_up_to_minor or (agreed_at is not None and agreed_at >= row["sent_at"])
    if scans >= CLEAN_SCANS_NEEDED and is_quiet and is_agreed:
        values = {"next_at": now, "expires_at": now + RESERVATION_LIFE, "scans_clean": scans}
        return Step(State.RESERVED, "payout.absent_at_rail",
                    "Not at Ramp after a long quiet; it may be sent again under the same reference", values,
                    {"scans": scans, "agreed_by": row["resend_agreed_by"]})  # fmt: skip
    reason = row["state_reason"]
    if scans >= CLEAN_SCANS_NEEDED and is_quiet:
        reason = "Not at Ramp after a long quiet; a controller or advisor looks there too and agrees to send it again"
    delay = SCAN_DELAYS[min(scans, len(SCAN_DELAYS) - 1)]
    values = {"scans_clean": scans, "next_at": now + timedelta(seconds=delay)}
    return Step(None, "payout.looked_for", reason, values, {"scans": scans})


def seen(row: Row, record: RailRecord | None) -> list[Step]:
    """What Ramp shows of a bill or draft now. A wrong amount or payee freezes the client."""
    if record is None:
        return []
    ids: dict[str, Any] = {"rail_status": record.status_summary}
    if record.kind == "bill":
        ids |= {"rail_bill_id": record.record_id, "payment_date": record.payment_date,
                "trace_id": record.trace_id or row["trace_id"]}  # fmt: skip
    current, status = State(row["state"]), record.status_summary
    inputs = {"status_summary": status, "bill_id": record.record_id}
    if has_come_back(current, status, was_initiated=record.trace_id is not None):
        came_back = "Ramp reports that the payment failed after it left: the money came back"
        return [Step(State.RETURNED, "payout.returned", came_back, ids, inputs)]
    if current is State.SETTLED:
        return []
    wrong = differences(row, record)
    if wrong and current is State.HANDED_OFF:
        if record.kind == "draft":
            return []  # A draft moves nothing; Ramp's approvers may still be working on it.
        return [Step(State.AT_RAIL, "payout.at_rail", "", ids), mismatched(wrong, record.record_id)]
    if wrong:
        return [] if current is State.MISMATCHED else [mismatched(wrong, record.record_id)]
    if record.kind == "draft" or current is State.MISMATCHED:
        return []
    sentence = read_status(status).sentence
    steps: list[Step] = []
    known_status = row["rail_status"]
    if current is State.HANDED_OFF:
        steps = [Step(State.AT_RAIL, "payout.at_rail", sentence, ids, {"bill_id": record.record_id})]
        current, known_status = State.AT_RAIL, status
    told = State.CANCELLED if record.is_archived and current is State.AT_RAIL else next_state(current, status)
    if told is State.MISMATCHED:
        return [*steps, mismatched(f"Ramp reports {status} after the start", record.record_id)]
    if told is not current:
        return [*steps, Step(told, "payout.rail_status", sentence, ids, inputs)]
    if known_status != status:
        return [*steps, Step(None, "payout.rail_status", sentence, ids, inputs)]
    return steps


def differences(row: Row, record: RailRecord) -> str:
    """In what a record at Ramp differs from what was signed; empty when it agrees."""
    wrong = []
    if record.amount_minor is not None and record.amount_minor != row["amount_minor"]:
        wrong.append(f"amount {record.amount_minor} instead of {row['amount_minor']}")
    if record.currency_code and record.currency_code != row["currency_code"]:
        wrong.append(f"currency {record.currency_code}")
    if record.vendor_id and record.vendor_id != row["vendor_id_ramp"]:
        wrong.append("another vendor")
    signed = row["vendor_account_id"]
    if signed and record.vendor_account_id and record.vendor_account_id != signed:
        wrong.append("another account of the vendor")
    return ", ".join(wrong)


def mismatched(why: str, evidence_id: str) -> Step:
    """Ramp or the bank shows something else than was signed: stop, and freeze the client's sending."""
    return Step(State.MISMATCHED, "payout.mismatched", why, {}, {"evidence_id": evidence_id}, freezes=True)


def proven(row: Row, proof: Row, now: datetime) -> Step | None:
    """Settled on the bank's own evidence: a line that is certain. Several candidates: left open, and said so once."""
    if State(row["state"]) not in SETTLES:
        return None
    count = proof["candidate_count"] or 0
    if decided_by(proof) and proof["posting_id_plaid"]:
        inputs = {"posting_id": proof["posting_id_plaid"], "posted_date": str(proof["posted_date"]),
                  "description": proof["posting_description"], "candidates": count, "decided_by": decided_by(proof),
                  **_scores(proof)}  # fmt: skip
        values = {"posting_id_plaid": proof["posting_id_plaid"], "settled_at": now}
        return Step(State.SETTLED, "payout.settled", f"Bank posting of {proof['posted_date']}", values, inputs)
    reason = f"{count} bank lines could be this payment; it stays open until one is certain"
    if count > 1 and row["state_reason"] != reason:
        return Step(None, "payout.proof_open", reason, {}, {"candidates": count, **_scores(proof)})
    return None


def decided_by(proof: Row) -> str | None:
    """What made the bank line certain. Figures of before this word say it by their one candidate."""
    if "decided_by" in proof:
        return str(proof["decided_by"]) if proof["decided_by"] else None
    return "only candidate" if proof["candidate_count"] == 1 else None


def _scores(proof: Row) -> dict[str, Any]:
    """How sure the line is, and the next best, as text: the audit log holds no fractions."""
    told = {name: proof.get(name) for name in ("proof_score", "runner_up_score")}
    scores = {name: None if score is None else f"{score:.3f}" for name, score in told.items()}
    return {**scores, "runner_up": proof.get("runner_up_posting_id")}


def came_back(row: Row, proof: Row) -> Step | None:
    """The bank shows the money back. A credit that is not certain to be this payment's is named, and moves nothing."""
    if State(row["state"]) not in RETURNS or not proof.get("is_return_certain"):
        return None
    inputs = {"posting_id": proof["return_posting_id"], "posted_date": str(proof["return_posted_date"]),
              "signal": proof["return_signal"]}  # fmt: skip
    return Step(State.RETURNED, "payout.returned", f"The bank shows the money back on {proof['return_posted_date']}",
                {}, inputs)  # fmt: skip


def expired() -> Step:
    """An approval or a reservation outlived its time before anything was sent."""
    return Step(State.EXPIRED, "payout.expired", "Not sent in time; propose the bill again")


def rehearsal_ended() -> Step:
    """A rehearsal whose arrival date has passed ends; its hold is freed."""
    return Step(State.CANCELLED, "payout.rehearsal_ended", "Rehearsal ended: nothing was sent to Ramp")
