"""What the executor writes around the wire: reserve, intent, record, resolve, settle, expire."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from execution.domain.facts import BalanceFacts
from execution.domain.policy import Policy
from execution.domain.rail_status import has_come_back, next_state, read_status
from execution.domain.states import RESERVATION_LIFE, State
from execution.domain.verdict import Verdict
from execution.payouts import holds
from execution.payouts.failpoints import reach
from execution.payouts.rows import EXECUTOR, Row, today_of
from execution.payouts.transitions import amend, move
from execution.senders.base import RailRecord, Reply, Request, Wire
from execution.store import tables as t

SCAN_DELAYS = (5, 30, 120, 600, 1800)  # Seconds after the send; then every half hour.
QUIET_WINDOW = timedelta(minutes=30)
CLEAN_SCANS_NEEDED = 3
BACK_OFF = timedelta(seconds=30)


def reserve(
    cx: sa.Connection, row: Row, client: Row, rules: Policy, balance: BalanceFacts, *, buffer_minor: int,
    foreign_minor: int, verdicts: list[Verdict], now: datetime,
) -> Row | None:  # fmt: skip
    """Earmark cash for an approved payout. None when the account's one statement says the cash is not there."""
    holds.refresh_account(cx, row, balance, buffer_minor=buffer_minor, foreign_minor=foreign_minor)
    cutoff = now - timedelta(minutes=rules.balance_age_minutes_max)
    if not holds.take(cx, row, now=now, cutoff=cutoff):
        return None
    day = today_of(client, now)
    limits = (rules.day_limit_minor, rules.vendor_day_limit_minor)
    for (scope, key), limit in zip(holds.limit_keys(row), limits, strict=True):
        if not holds.use_limit(cx, row, scope=scope, key=key, day=day, limit_minor=limit):
            return None
    return move(cx, row, State.RESERVED, actor=EXECUTOR, now=now, action="payout.reserved",
                expires_at=now + RESERVATION_LIFE, next_at=now, scans_clean=0,
                inputs={"account_id": row["account_id_plaid"], "available_minor": balance.available_minor,
                        "balance_at": balance.as_of.isoformat(), "buffer_minor": buffer_minor,
                        "foreign_minor": foreign_minor, "verdicts": [v.as_inputs() for v in verdicts]})  # fmt: skip


def block(cx: sa.Connection, row: Row, verdicts: list[Verdict], now: datetime) -> Row:
    """A guard refused before the wire: the payout stops and its earmark is freed."""
    refused = next(v for v in verdicts if not v.passed)
    return move(cx, row, State.BLOCKED, actor=EXECUTOR, now=now, action="payout.blocked",
                reason=f"{refused.reason}. {refused.remedy}", released_by=None, released_at=None,
                verdicts=[v.as_inputs() for v in verdicts],
                inputs={"verdicts": [v.as_inputs() for v in verdicts]})  # fmt: skip


def intend(cx: sa.Connection, row: Row, request: Request, *, search: list[str], sender: str, now: datetime,
           verdicts: list[Verdict]) -> Row:  # fmt: skip
    """Write down the exact bytes before the wire. From this commit on, the call may have gone out."""
    attempt = row["attempt"] + 1
    digest = hashlib.sha256(request.body).hexdigest()
    after = move(cx, row, State.SENDING, actor=EXECUTOR, now=now, action="payout.sending", attempt=attempt, sent_at=now,
                 next_at=now, scans_clean=0,
                 inputs={"attempt": attempt, "request_sha256": digest, "search": search, "sender": sender,
                         "verdicts": [v.as_inputs() for v in verdicts]})  # fmt: skip
    cx.execute(sa.insert(t.rail_call).values(
        advisor_id=row["advisor_id"], client_id=row["client_id"], payout_id=row["payout_id"], attempt=attempt, seq=1,
        method=request.method, path=request.path, request_bytes=request.body, request_sha256=digest, started_at=now,
    ))  # fmt: skip
    return after


def record(cx: sa.Connection, row: Row, reply: Reply, now: datetime) -> Row:
    """Write down what came of the one request."""
    c = t.rail_call.c
    cx.execute(
        sa.update(t.rail_call)
        .where(
            c.advisor_id == row["advisor_id"], c.client_id == row["client_id"],
            c.payout_id == row["payout_id"], c.attempt == row["attempt"], c.seq == 1,
        )
        .values(outcome=str(reply.wire), status=reply.status, trace_id=reply.trace_id, finished_at=now,
                response_sha256=hashlib.sha256(reply.body).hexdigest(), response_note=reply.reason[:500])
    )  # fmt: skip
    common: dict[str, Any] = {
        "actor": EXECUTOR,
        "now": now,
        "inputs": {"wire": str(reply.wire), "status": reply.status, "trace": reply.trace_id},
    }
    if reply.wire is Wire.DONE:
        is_bill = row["mode"] == "direct" and not str(reply.record_id).startswith("dry_run:")
        state = State.AT_RAIL if is_bill else State.HANDED_OFF
        ids: dict[str, Any] = {"rail_bill_id" if is_bill else "rail_draft_id": reply.record_id}
        after = move(cx, row, state, action="payout.sent", reason=reply.reason, rail_status=reply.status_summary,
                     next_at=now, **ids, **common)  # fmt: skip
    elif reply.wire is Wire.REFUSED:
        after = move(cx, row, State.DECLINED, action="payout.declined", reason=reply.reason, **common)
    elif reply.wire in (Wire.NEVER_SENT, Wire.THROTTLED):
        after = move(cx, row, State.RESERVED, action="payout.not_sent", reason=f"{reply.reason}; tried again soon",
                     next_at=now + BACK_OFF, **common)  # fmt: skip
    else:
        after = unconfirmed(cx, row, reply.reason, now, common["inputs"])
    reach("record-before-commit")
    return after


def unconfirmed(cx: sa.Connection, row: Row, reason: str, now: datetime, inputs: dict[str, Any]) -> Row:
    """The outcome is not known: the hold stays, Ramp is looked through, nothing is sent again."""
    return move(cx, row, State.UNCONFIRMED, actor=EXECUTOR, now=now, action="payout.unconfirmed", reason=reason,
                next_at=now + timedelta(seconds=SCAN_DELAYS[0]), scans_clean=0, inputs=inputs)  # fmt: skip


def adopt(cx: sa.Connection, row: Row, record_: RailRecord, now: datetime) -> Row:
    """A bill or draft with our reference stands at Ramp: it is ours; nothing is sent."""
    state = State.AT_RAIL if record_.kind == "bill" else State.HANDED_OFF
    ids: dict[str, Any] = {
        "rail_bill_id": record_.record_id,
        "rail_draft_id": record_.draft_bill_id or row["rail_draft_id"],
    }
    if record_.kind == "draft":
        ids = {"rail_draft_id": record_.record_id}
    return move(cx, row, state, actor=EXECUTOR, now=now, action="payout.found_at_rail",
                reason="Found at Ramp under our reference", rail_status=record_.status_summary, next_at=now,
                inputs={"record_id": record_.record_id, "kind": record_.kind}, **ids)  # fmt: skip


def clean_scan(cx: sa.Connection, row: Row, now: datetime, *, automatic_up_to_minor: int) -> Row:
    """A complete look found nothing. Back to reserved only after enough looks and a long quiet.

    Above the automatic limit a person must have looked in Ramp too and agreed, since the last send.
    """
    scans = row["scans_clean"] + 1
    is_quiet = row["sent_at"] is not None and now - row["sent_at"] >= QUIET_WINDOW
    agreed_at = row["resend_agreed_at"]
    is_agreed = row["amount_minor"] <= automatic_up_to_minor or (agreed_at is not None and agreed_at >= row["sent_at"])
    if scans >= CLEAN_SCANS_NEEDED and is_quiet and is_agreed:
        return move(cx, row, State.RESERVED, actor=EXECUTOR, now=now, action="payout.absent_at_rail", next_at=now,
                    reason="Not at Ramp after a long quiet; it may be sent again under the same reference",
                    expires_at=now + RESERVATION_LIFE, scans_clean=scans,
                    inputs={"scans": scans, "agreed_by": row["resend_agreed_by"]})  # fmt: skip
    reason = row["state_reason"]
    if scans >= CLEAN_SCANS_NEEDED and is_quiet:
        reason = "Not at Ramp after a long quiet; a controller or advisor looks there too and agrees to send it again"
    delay = SCAN_DELAYS[min(scans, len(SCAN_DELAYS) - 1)]
    return amend(cx, row, actor=EXECUTOR, now=now, action="payout.looked_for", inputs={"scans": scans},
                 state_reason=reason, scans_clean=scans, next_at=now + timedelta(seconds=delay))  # fmt: skip


def follow(cx: sa.Connection, row: Row, seen: RailRecord | None, now: datetime) -> Row:
    """Take over what Ramp shows of a bill or draft now. A wrong amount or payee freezes the client."""
    if seen is None:
        return row
    ids: dict[str, Any] = {"rail_status": seen.status_summary}
    if seen.kind == "bill":
        ids |= {"rail_bill_id": seen.record_id, "payment_date": seen.payment_date,
                "trace_id": seen.trace_id or row["trace_id"]}  # fmt: skip
    current = State(row["state"])
    if has_come_back(current, seen.status_summary, was_initiated=seen.trace_id is not None):
        return move(cx, row, State.RETURNED, actor=EXECUTOR, now=now, action="payout.returned",
                    reason="Ramp reports that the payment failed after it left: the money came back",
                    inputs={"status_summary": seen.status_summary, "bill_id": seen.record_id}, **ids)  # fmt: skip
    if current is State.SETTLED:
        return row
    wrong = differences(row, seen)
    if wrong:
        if current is State.HANDED_OFF:
            if seen.kind == "draft":
                return row  # A draft moves nothing; Ramp's approvers may still be working on it.
            row = move(cx, row, State.AT_RAIL, actor=EXECUTOR, now=now, action="payout.at_rail", **ids)
        return row if current is State.MISMATCHED else mismatch(cx, row, wrong, now, seen.record_id)
    if current is State.HANDED_OFF and seen.kind == "bill":
        row = move(cx, row, State.AT_RAIL, actor=EXECUTOR, now=now, action="payout.at_rail",
                   reason=read_status(seen.status_summary).sentence,
                   inputs={"bill_id": seen.record_id}, **ids)  # fmt: skip
        current = State.AT_RAIL
    if seen.kind == "draft" or current is State.MISMATCHED:
        return row
    told = (
        State.CANCELLED if seen.is_archived and current is State.AT_RAIL else next_state(current, seen.status_summary)
    )
    reading = read_status(seen.status_summary)
    inputs = {"status_summary": seen.status_summary, "bill_id": seen.record_id}
    if told is State.MISMATCHED:
        return mismatch(cx, row, f"Ramp reports {seen.status_summary} after the start", now, seen.record_id)
    if told is not current:
        return move(cx, row, told, actor=EXECUTOR, now=now, action="payout.rail_status", reason=reading.sentence,
                    inputs=inputs, **ids)  # fmt: skip
    if row["rail_status"] != seen.status_summary:
        return amend(cx, row, actor=EXECUTOR, now=now, action="payout.rail_status", inputs=inputs,
                     state_reason=reading.sentence, **ids)  # fmt: skip
    return row


def differences(row: Row, seen: RailRecord) -> str:
    """In what a record at Ramp differs from what was signed; empty when it agrees."""
    wrong = []
    if seen.amount_minor is not None and seen.amount_minor != row["amount_minor"]:
        wrong.append(f"amount {seen.amount_minor} instead of {row['amount_minor']}")
    if seen.currency_code and seen.currency_code != row["currency_code"]:
        wrong.append(f"currency {seen.currency_code}")
    if seen.vendor_id and seen.vendor_id != row["vendor_id_ramp"]:
        wrong.append("another vendor")
    signed = row["vendor_account_id"]
    if signed and seen.vendor_account_id and seen.vendor_account_id != signed:
        wrong.append("another account of the vendor")
    return ", ".join(wrong)


def mismatch(cx: sa.Connection, row: Row, why: str, now: datetime, evidence_id: str) -> Row:
    """Ramp or the bank shows something else than was signed: stop, and freeze the client's sending."""
    f = t.client_freeze
    reason = f"payout {row['payout_id'][:8]}: {why}"
    freeze_id = hashlib.sha256(f"{row['payout_id']}:{row['version']}".encode()).hexdigest()[:32]
    after = move(cx, row, State.MISMATCHED, actor=EXECUTOR, now=now, action="payout.mismatched", reason=why,
                 inputs={"evidence_id": evidence_id})  # fmt: skip
    cx.execute(sa.insert(f).values(advisor_id=row["advisor_id"], client_id=row["client_id"], freeze_id=freeze_id,
                                   reason=reason, frozen_by="executor", frozen_at=now))  # fmt: skip
    return after


def settle(cx: sa.Connection, row: Row, proof: dict[str, Any], now: datetime) -> Row:
    """Consume the hold on the bank's own evidence. Several candidates: left open, and said so."""
    if proof["candidate_count"] != 1 or not proof["posting_id_plaid"]:
        count = proof["candidate_count"] or 0
        reason = f"{count} bank lines could be this payment; it stays open until one is certain"
        if count > 1 and row["state_reason"] != reason:
            return amend(cx, row, actor=EXECUTOR, now=now, action="payout.proof_open", inputs={"candidates": count},
                         state_reason=reason)  # fmt: skip
        return row
    c = t.custody.c
    after = move(cx, row, State.SETTLED, actor=EXECUTOR, now=now, action="payout.settled",
                 reason=f"Bank posting of {proof['posted_date']}", posting_id_plaid=proof["posting_id_plaid"],
                 settled_at=now,
                 inputs={"posting_id": proof["posting_id_plaid"], "posted_date": str(proof["posted_date"]),
                         "description": proof["posting_description"], "candidates": 1})  # fmt: skip
    cx.execute(
        sa.update(t.custody)
        .where(c.advisor_id == row["advisor_id"], c.client_id == row["client_id"], c.payout_id == row["payout_id"])
        .values(qbo_payment_id=proof["bill_payment_id_qbo"])
    )
    reach("settle-before-commit")
    return after


def expire(cx: sa.Connection, row: Row, now: datetime) -> Row:
    """An approval or a reservation outlived its time before anything was sent."""
    return move(cx, row, State.EXPIRED, actor=EXECUTOR, now=now, action="payout.expired",
                reason="Not sent in time; propose the bill again")  # fmt: skip


def end_rehearsal(cx: sa.Connection, row: Row, now: datetime) -> Row:
    """A rehearsal whose arrival date has passed ends; its hold is freed."""
    return move(cx, row, State.CANCELLED, actor=EXECUTOR, now=now, action="payout.rehearsal_ended",
                reason="Rehearsal ended: nothing was sent to Ramp")  # fmt: skip
