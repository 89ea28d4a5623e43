"""Payouts with their next step: read for a whole list at once, so that a long list costs no more questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from execution.domain.bands import Band, BandLimits
from execution.domain.next_step import NextStep, Standing, next_step
from execution.domain.policy import Policy
from execution.domain.rail import is_rehearsal
from execution.domain.resolving import CLEAN_SCANS_NEEDED
from execution.domain.states import BEFORE_SENDING, CUSTODY, ENDED, State
from execution.payouts import views
from execution.payouts.joint_acts import ASKED_FOR, CLOSE, REISSUE, stood_at_rail
from execution.payouts.rows import Row, policy_of
from execution.store import tables as t

ASKS_POLICY = frozenset({State.APPROVED, State.UNCONFIRMED})
SENT = frozenset(State) - BEFORE_SENDING - ENDED


def shown(cx: sa.Connection, rows: Iterable[Row], now: datetime) -> list[views.Payout]:
    """Payouts of one firm as views, each with how many valid signatures it has and its next step."""
    rows = list(rows)
    if not rows:
        return []
    signers, due, acts = _signers(cx, rows), _due(cx, rows), _acts(cx, rows)
    rules: dict[str, Policy] = {}
    made = []
    for row in rows:
        signed = signers.get((row["payout_id"], row["payload_sha256"]), ())
        if row["state"] in ASKS_POLICY and row["client_id"] not in rules:
            rules[row["client_id"]] = policy_of(cx, row["advisor_id"], row["client_id"], now).rules
        step = _step(row, signed, due.get(row["payout_id"]), acts.get(row["payout_id"], []), rules, now)
        made.append(views.payout_from(row, len(signed), step))
    return made


def _step(
    row: Row, signed: tuple[tuple[str, str], ...], due_at: datetime | None, acts: list[Row], rules: dict[str, Policy],
    now: datetime,
) -> NextStep:  # fmt: skip
    state = State(row["state"])
    policy = rules.get(row["client_id"], Policy())
    kind = CLOSE if state is State.MISMATCHED else REISSUE
    last = next((act for act in acts if act["kind"] == kind), None)
    waits = last if last is not None and last["agreed_by"] is None and now - last["asked_at"] <= ASKED_FOR else None
    agreed = last is not None and last["agreed_by"] is not None
    return next_step(Standing(
        state=state, preparer_id=row["preparer_id"], state_reason=row["state_reason"], signers=signed,
        approvals_needed=row["approvals_needed"], releaser_is_apart=_is_apart(row, policy),
        is_released=row["released_at"] is not None, release_at=row["release_at"],
        is_rehearsal=is_rehearsal(row["rail_draft_id"] or row["rail_bill_id"]),
        may_be_paid_again=agreed or not stood_at_rail(row), resend_needs_person=_needs_person(row, policy),
        asked_by=waits["asked_by"] if waits else None, asked_name=waits["asked_name"] if waits else "", due_at=due_at,
    ))  # fmt: skip


def _is_apart(row: Row, policy: Policy) -> bool:
    """By the payment's own amount or the band of the vendor's week as it was signed; a release counts it anew."""
    floor = policy.releaser_differs_from_minor
    return row["amount_minor"] >= floor or _begins(row["band"], policy.bands) >= floor


def _begins(band: str, limits: BandLimits) -> int:
    begins = {
        str(Band.ONE_CONTROLLER): limits.automatic_up_to_minor + 1, str(Band.REVIEW): limits.review_from_minor,
        str(Band.TWO_PEOPLE): limits.two_people_from_minor,
    }  # fmt: skip
    return begins.get(band, 0)


def _needs_person(row: Row, policy: Policy) -> bool:
    agreed_at, sent_at = row["resend_agreed_at"], row["sent_at"]
    is_agreed = agreed_at is not None and sent_at is not None and agreed_at >= sent_at
    is_large = row["amount_minor"] > policy.bands.automatic_up_to_minor
    return bool(is_large and not is_agreed and row["scans_clean"] >= CLEAN_SCANS_NEEDED)


# Built once: every command answers with a view.
_OF: dict[str, Any] = {
    "advisor_id": sa.bindparam("advisor_id"),
    "client_ids": sa.bindparam("client_ids", expanding=True),  # Leads every key beside the firm.
    "payout_ids": sa.bindparam("payout_ids", expanding=True),
}
_A, _L, _J = t.approval.c, t.custody_link.c, t.joint_act
_SIGNED = (
    sa.select(_A.payout_id, _A.payload_sha256, _A.person_id, _A.role)
    .where(_A.advisor_id == _OF["advisor_id"], _A.client_id.in_(_OF["client_ids"]), _A.payout_id.in_(_OF["payout_ids"]))
    .order_by(_A.approved_at, _A.person_id)
)
_LINKS_DUE = (
    sa.select(_L.payout_id, sa.func.min(_L.due_at).label("due_at"))
    .where(
        _L.advisor_id == _OF["advisor_id"],
        _L.client_id.in_(_OF["client_ids"]),
        _L.payout_id.in_(_OF["payout_ids"]),
        _L.closed_at.is_(None),
    )
    .group_by(_L.payout_id)
)
_TWO_PEOPLE = (
    sa.select(_J)
    .where(
        _J.c.advisor_id == _OF["advisor_id"],
        _J.c.client_id.in_(_OF["client_ids"]),
        _J.c.payout_id.in_(_OF["payout_ids"]),
    )
    .order_by(_J.c.position.desc())
)


def _read(
    cx: sa.Connection, query: sa.Select[Any], rows: Sequence[Row], states: Container[str] | None = None
) -> Iterable[Any]:
    """A query over some payouts; none is asked when no payout is in one of the states."""
    ids = [row["payout_id"] for row in rows if states is None or row["state"] in states]
    if not ids:
        return ()
    clients = sorted({row["client_id"] for row in rows})
    whose = {"advisor_id": rows[0]["advisor_id"], "client_ids": clients, "payout_ids": ids}
    return cx.execute(query, whose).mappings()


def _signers(cx: sa.Connection, rows: Sequence[Row]) -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for row in _read(cx, _SIGNED, rows):
        found[row["payout_id"], row["payload_sha256"]].append((row["person_id"], row["role"]))
    return {key: tuple(signed) for key, signed in found.items()}


def _due(cx: sa.Connection, rows: Sequence[Row]) -> dict[str, datetime | None]:
    """By when somebody acts: what waits for people runs out with its own life, what was sent when a link is due."""
    due: dict[str, datetime | None] = {row["payout_id"]: row["due_at"] for row in _read(cx, _LINKS_DUE, rows, SENT)}
    for row in rows:
        if row["state"] == State.BLOCKED:
            due[row["payout_id"]] = row["updated_at"] + CUSTODY[State.BLOCKED][1]
        elif row["state"] in BEFORE_SENDING:
            due[row["payout_id"]] = row["expires_at"]
    return due


def _acts(cx: sa.Connection, rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Acts of two people, newest first, of payouts that could have one."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in _read(cx, _TWO_PEOPLE, rows, {State.MISMATCHED, *ENDED}):
        found[row["payout_id"]].append(dict(row))
    return found
