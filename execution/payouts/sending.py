"""What the executor writes around the wire: reserve, intent, record, resolve, settle, expire.

What follows from what was learned is decided in `domain/resolving.py`; here it becomes rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from execution import guards
from execution.domain import resolving
from execution.domain.facts import BalanceFacts
from execution.domain.policy import Policy
from execution.domain.policy_fields import MONEY_MAX
from execution.domain.rail import RailRecord, Reply, Request
from execution.domain.rail_status import read_status
from execution.domain.resolving import Step
from execution.domain.states import State
from execution.domain.verdict import Verdict
from execution.errors import Refused
from execution.payouts import custody, holds
from execution.payouts.rows import EXECUTOR, Row, today_of
from execution.payouts.transitions import amend, move
from execution.store import key_of, keyed
from execution.store import tables as t

_CALL, _CALLS = ("advisor_id", "client_id", "payout_id", "attempt", "seq"), t.rail_call
_INSERT_CALL = sa.insert(_CALLS)
_RECORD_CALL = sa.update(_CALLS).where(*keyed(_CALLS, *_CALL))
_LAST_CALL: sa.Select[int] = sa.select(sa.func.coalesce(sa.func.max(_CALLS.c.seq), 1)).where(
    *keyed(_CALLS, *_CALL[:-1])
)


def write(cx: sa.Connection, row: Row, steps: Sequence[Step], now: datetime) -> Row:
    """Take a locked payout along these steps; answers the new row, or the same when there is none."""
    for step in steps:
        common: dict[str, Any] = {"actor": EXECUTOR, "now": now, "action": step.action, "inputs": step.inputs}
        before = row
        if step.to is None:
            row = amend(cx, row, state_reason=step.reason, **common, **step.values)
        else:
            row = move(cx, row, step.to, reason=step.reason, **common, **step.values)
        if step.freezes:
            _freeze(cx, before, step.reason, now)
    return row


def _freeze(cx: sa.Connection, row: Row, why: str, now: datetime) -> None:
    freeze_id = hashlib.sha256(f"{row['payout_id']}:{row['version']}".encode()).hexdigest()[:32]
    cx.execute(sa.insert(t.client_freeze).values(
        advisor_id=row["advisor_id"], client_id=row["client_id"], freeze_id=freeze_id,
        reason=f"payout {row['payout_id'][:8]}: {why}", frozen_by="executor", frozen_at=now))  # fmt: skip


def reserve(
    cx: sa.Connection, row: Row, client: Row, rules: Policy, balance: BalanceFacts, *, buffer_minor: int,
    foreign_minor: int, verdicts: list[Verdict], now: datetime,
) -> Row | None:  # fmt: skip
    """Earmark cash for an approved payout. None when the account's or a day limit's statement says there is no more."""
    holds.refresh_account(cx, row, balance, buffer_minor=buffer_minor, foreign_minor=foreign_minor)
    cutoff = now - timedelta(minutes=rules.balance_age_minutes_max)
    if not holds.take(cx, row, now=now, cutoff=cutoff):
        return None
    day = today_of(client, now)
    limits = (rules.day_limit_minor, rules.vendor_day_limit_minor)
    if any(v.guard_id == "limits" and "permit_id" in v.inputs for v in verdicts):
        limits = (MONEY_MAX, MONEY_MAX)  # Two people let this payout past the limits; it is counted all the same.
    for (scope, key), limit in zip(holds.limit_keys(row), limits, strict=True):
        if not holds.use_limit(cx, row, scope=scope, key=key, day=day, limit_minor=limit):
            return None
    inputs = {"account_id": row["account_id_plaid"], "available_minor": balance.available_minor,
              "balance_at": balance.as_of.isoformat(), "buffer_minor": buffer_minor,
              "foreign_minor": foreign_minor, "verdicts": [v.as_inputs() for v in verdicts]}  # fmt: skip
    return write(cx, row, [resolving.reserved(now, inputs)], now)


def block(cx: sa.Connection, row: Row, verdicts: list[Verdict], now: datetime) -> Row:
    """A guard refused before the wire: the payout stops and its earmark is freed."""
    return write(cx, row, [resolving.blocked(verdicts)], now)


def intend(cx: sa.Connection, row: Row, request: Request, *, search: list[str], sender: str, now: datetime,
           verdicts: list[Verdict]) -> Row:  # fmt: skip
    """Write down the exact bytes before the wire. From this commit on, the call may have gone out.

    The last wall, whoever calls: nothing but a search may be intended unless every guard was asked and none refused.
    """
    if request.method != "GET" and not guards.cleared(verdicts):
        raise Refused(f"Payout {row['payout_id'][:8]} was not cleared by every guard; nothing is sent", verdicts)
    digest = hashlib.sha256(request.body).hexdigest()
    inputs = {"request_sha256": digest, "search": search, "sender": sender,
              "verdicts": [v.as_inputs() for v in verdicts]}  # fmt: skip
    after = write(cx, row, [resolving.intended(row, now, inputs)], now)
    cx.execute(_INSERT_CALL, {
        **{name: after[name] for name in _CALL[:-1]}, "seq": 1, "method": request.method, "path": request.path,
        "request_bytes": request.body, "request_sha256": digest, "started_at": now})  # fmt: skip
    return after


def record(cx: sa.Connection, row: Row, reply: Reply, now: datetime, *, attempt: int) -> Row:
    """Write down what came of the one request of an attempt, also when others took the payout on meanwhile."""
    cx.execute(_RECORD_CALL, {
        **key_of({**row, "attempt": attempt, "seq": 1}, *_CALL), "outcome": str(reply.wire), "status": reply.status,
        "trace_id": reply.trace_id, "finished_at": now, "response_note": reply.reason[:500],
        "response_sha256": hashlib.sha256(reply.body).hexdigest()})  # fmt: skip
    return write(cx, row, resolving.replied_late(row, reply, now, attempt=attempt), now)


def next_call(cx: sa.Connection, row: Row) -> int:
    """The number of the payout's next request within its attempt."""
    return cx.execute(_LAST_CALL, key_of(row, *_CALL[:-1])).scalar_one() + 1  # The first is the send itself.


def intend_archive(cx: sa.Connection, row: Row, call: int, bill_id: str, now: datetime) -> None:
    """Write down that a twin's bill is about to be archived."""
    cx.execute(_INSERT_CALL, {
        **{name: row[name] for name in _CALL[:-1]}, "seq": call, "method": "DELETE", "path": f"/bills/{bill_id}",
        "request_bytes": b"", "request_sha256": hashlib.sha256(b"").hexdigest(), "started_at": now})  # fmt: skip


def record_archive(cx: sa.Connection, row: Row, call: int, why: str | None, now: datetime) -> None:
    """Write down what came of archiving a twin; `why` is Ramp's refusal, None when it did."""
    outcome, note = ("refused", why[:500]) if why else ("done", "")
    said = {"outcome": outcome, "response_note": note, "finished_at": now}
    cx.execute(_RECORD_CALL, {**key_of({**row, "seq": call}, *_CALL), **said})


def unconfirmed(cx: sa.Connection, row: Row, reason: str, now: datetime, inputs: Mapping[str, Any]) -> Row:
    """The outcome is not known: the hold stays, Ramp is looked through, nothing is sent again."""
    return write(cx, row, [resolving.unconfirmed(reason, now, inputs)], now)


def adopt(cx: sa.Connection, row: Row, records: Sequence[RailRecord], now: datetime) -> Row:
    """What stands at Ramp under our reference is ours; nothing is sent. Two live bills freeze the client."""
    return write(cx, row, resolving.found(row, records, now), now)


def clean_scan(cx: sa.Connection, row: Row, now: datetime, *, automatic_up_to_minor: int) -> Row:
    """A complete look found nothing; the rule for sending again is `resolving.not_found`."""
    return write(cx, row, [resolving.not_found(row, now, automatic_up_to_minor=automatic_up_to_minor)], now)


def has_news(cx: sa.Connection, row: Row, seen: RailRecord | None) -> bool:
    """Whether `follow` would write anything."""
    if resolving.seen(row, seen):
        return True
    return row["state"] == State.AT_RAIL and custody.is_to_hand_on(cx, row, _moved_on_by(row))


def follow(cx: sa.Connection, row: Row, seen: RailRecord | None, now: datetime) -> Row:
    """Take over what Ramp shows of a bill or draft now."""
    after = write(cx, row, resolving.seen(row, seen), now)
    if after["state"] == State.AT_RAIL:
        custody.hand_on(cx, after, _moved_on_by(after))
    return after


def _moved_on_by(row: Row) -> str:
    told = row["rail_status"]
    return read_status(told).waits_for if told else str(EXECUTOR.person)


def settle(cx: sa.Connection, row: Row, proof: dict[str, Any], now: datetime) -> Row:
    """Consume the hold on the bank's own evidence. Several candidates: left open, and said so."""
    step = resolving.proven(row, proof, now)
    after = write(cx, row, [step], now) if step else row
    if back := resolving.came_back(after, proof):
        after = write(cx, after, [back], now)
    return after


def expire(cx: sa.Connection, row: Row, now: datetime) -> Row:
    """An approval or a reservation outlived its time before anything was sent."""
    return write(cx, row, [resolving.expired()], now)


def end_rehearsal(cx: sa.Connection, row: Row, now: datetime) -> Row:
    """A rehearsal whose arrival date has passed ends; its hold is freed."""
    return write(cx, row, [resolving.rehearsal_ended()], now)
