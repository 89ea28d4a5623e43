"""Releases that people planned for an instant: when it comes, the payout goes to the executor in their name.

Whether they may still release is asked again at that instant; every guard is asked by the executor right after, on
live facts, before cash is set aside.
"""

from __future__ import annotations

import logging
from datetime import datetime

import sqlalchemy as sa

from execution.audit import Actor
from execution.clock import Clock
from execution.domain.states import State
from execution.errors import RowcolError, Unreadable
from execution.payouts.deciding import require_releaser
from execution.payouts.rows import Row, lock_payout
from execution.payouts.transitions import amend
from execution.people.assignments import principal_of
from execution.people.permissions import Verb, require
from execution.store import Store
from execution.store import tables as t

log = logging.getLogger("execution.released_by_clock")
CLOCK = Actor.process("release clock")


def release_due(store: Store, clock: Clock) -> list[Row]:
    """Every planned release whose instant has come; answers the payouts as they stand after it."""
    now, p = clock.now(), t.payout.c
    with store.read() as cx:
        query = sa.select(p.advisor_id, p.payout_id).where(
            p.state == str(State.APPROVED), p.released_at.is_(None), p.release_at <= now
        )
        due = [(str(row[0]), str(row[1])) for row in cx.execute(query.order_by(p.release_at, p.payout_id))]
    done = []
    for advisor_id, payout_id in due:
        try:
            with store.begin() as cx:
                row = lock_payout(cx, advisor_id, payout_id)
                if row["state"] == State.APPROVED and row["release_at"] is not None and row["released_at"] is None:
                    done.append(_one(cx, row, now))
        except Unreadable as error:
            log.warning("not released: %s", error)  # The executor's pass names it; the other releases go on.
    return done


def _one(cx: sa.Connection, row: Row, now: datetime) -> Row:
    person = principal_of(cx, row["released_by"], row["advisor_id"], now, via="schedule")
    planned = {"release_at": row["release_at"].isoformat(), "planned_by": row["released_by"]}
    try:
        if person is None or not person.serves(row["client_id"]):
            raise RowcolError("whoever planned it no longer works for this client")
        require(person.role, Verb.RELEASE)
        require_releaser(cx, row, person, now)
    except RowcolError as error:
        return amend(cx, row, actor=CLOCK, now=now, action="payout.release_dropped",
                     inputs={"reason": str(error), **planned}, released_by=None, release_at=None,
                     state_reason=f"The planned release was dropped: {error}; somebody else releases it")  # fmt: skip
    return amend(cx, row, actor=Actor.of(person, "schedule"), now=now, action="payout.released",
                 inputs={"band": row["band"], **planned}, released_at=now, release_at=None, next_at=now)  # fmt: skip
