"""Halts of the executor, by client, and the lines of what Ramp held that the store did not know."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex

import sqlalchemy as sa

from execution.audit import Actor, append
from execution.domain.rail_drift import Drift
from execution.payouts.rows import EXECUTOR, Row
from execution.store import among, insert_if_absent, key_of, keyed
from execution.store import tables as t


def halt(cx: sa.Connection, advisor_id: str, cause: str, now: datetime, *, only_under_way: bool) -> list[str]:
    """Hold still for the firm's clients that Ramp pays for; answers those that were not halted yet.

    `only_under_way`: just those with a payout that has not ended; the others have nothing that could be in doubt.
    """
    c, p = t.connection.c, t.payout
    wanted = sa.select(c.client_id).where(
        c.advisor_id == advisor_id, c.rail == "ramp", c.kind == "executor", c.state == "live"
    )
    if only_under_way:
        ended = ("declined", "rejected", "cancelled", "expired", "returned", "settled")
        wanted = wanted.where(
            sa.exists().where(p.c.advisor_id == advisor_id, p.c.client_id == c.client_id, p.c.state.not_in(ended))
        )
    halted: list[str] = []
    client_ids: list[str] = list(cx.execute(wanted.order_by(c.client_id)).scalars())
    for client_id in client_ids:
        row = {"advisor_id": advisor_id, "client_id": client_id}
        if insert_if_absent(cx, t.halt, **row, halt_id=token_hex(16), cause=cause, began_at=now):
            halted.append(client_id)
            _note(cx, row, EXECUTOR, now, "executor.halted", {"cause": cause}, "running", "halted")
    return halted


def open_halts(cx: sa.Connection) -> list[Row]:
    """Every client that the executor holds still for."""
    h = t.halt
    query = sa.select(h).where(h.c.ended_at.is_(None)).order_by(h.c.advisor_id, h.c.client_id)
    return [dict(row) for row in cx.execute(query).mappings()]


def lock_halt(cx: sa.Connection, row: Row) -> Row | None:
    """The client's open halt, locked; None when somebody ended it meanwhile."""
    h = t.halt
    query = sa.select(h).where(_whose(h, row), h.c.ended_at.is_(None))
    found = cx.execute(query.with_for_update()).mappings().first()
    return dict(found) if found else None


def keep_drift(cx: sa.Connection, row: Row, drift: Sequence[Drift], now: datetime) -> int:
    """Write down each line that is not written yet; how many were new."""
    new = 0
    for one in drift:
        digest = hashlib.sha256(f"{one.kind}\0{one.record_id}\0{one.payout_id}".encode()).hexdigest()[:32]
        values = {name: getattr(one, name) for name in Drift.__slots__}
        whose = {"advisor_id": row["advisor_id"], "client_id": row["client_id"]}
        if insert_if_absent(cx, t.rail_drift, **whose, drift_id=digest, found_at=now, **values):
            new += 1
            _note(cx, row, EXECUTOR, now, "executor.drift_found",
                  {"kind": one.kind, "record_id": one.record_id, "payout_id": one.payout_id,
                   "source_bill_id": one.source_bill_id, "sentence": one.sentence})  # fmt: skip
    return new


def open_drift(cx: sa.Connection, row: Row) -> list[Row]:
    """Lines of the client that wait for a person."""
    d = t.rail_drift
    query = sa.select(d).where(_whose(d, row), d.c.closed_at.is_(None), d.c.needs_person.is_(True))
    return [dict(found) for found in cx.execute(query.order_by(d.c.found_at, d.c.drift_id)).mappings()]


def other_bills_of(cx: sa.Connection, row: Row) -> list[Row]:
    """What was once found at Ramp for the payout's bill under another reference than the payout's."""
    asked = key_of(row, "advisor_id", "client_id", "source_bill_id", "payout_id")
    return [dict(found) for found in cx.execute(_OTHER_BILLS, asked).mappings()]


_OTHER_BILLS = sa.select(t.rail_drift).where(
    *keyed(t.rail_drift, "advisor_id", "client_id", "source_bill_id"),
    t.rail_drift.c.remote_id != sa.bindparam("of_payout_id"),
    among(t.rail_drift.c.kind, ("unknown", "ended")),
)


def scanned(cx: sa.Connection, row: Row, now: datetime, *, bills: int, drafts: int, waiting: int) -> None:
    """Ramp was looked through from end to end."""
    cx.execute(
        sa.update(t.halt)
        .where(_whose(t.halt, row), t.halt.c.halt_id == row["halt_id"])
        .values(scanned_at=now, bills_seen=bills, drafts_seen=drafts)
    )
    _note(cx, row, EXECUTOR, now, "executor.scanned", {"bills": bills, "drafts": drafts, "waiting": waiting})


def resume(cx: sa.Connection, row: Row, actor: Actor, now: datetime, reason: str) -> None:
    """Send again for the client; lines that waited for a person are closed with that person's reason."""
    d = t.rail_drift
    closed = cx.execute(
        sa.update(d)
        .where(_whose(d, row), d.c.closed_at.is_(None))
        .values(closed_at=now, closed_by=actor.person, reason=reason)
    ).rowcount
    cx.execute(
        sa.update(t.halt)
        .where(_whose(t.halt, row), t.halt.c.halt_id == row["halt_id"])
        .values(ended_at=now, ended_by=actor.person, reason=reason)
    )
    _note(cx, row, actor, now, "executor.resumed", {"reason": reason, "lines": closed}, "halted", "running")


def _whose(table: sa.Table, row: Row) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.advisor_id == row["advisor_id"], table.c.client_id == row["client_id"])


def _note(
    cx: sa.Connection, row: Row, actor: Actor, now: datetime, action: str, inputs: dict[str, object],
    was: str | None = None, becomes: str | None = None,
) -> None:  # fmt: skip
    append(cx, advisor_id=row["advisor_id"], client_id=row["client_id"], at=now, actor=actor, action=action,
           subject_kind="executor", subject_id=row["client_id"], from_state=was, to_state=becomes,
           inputs=inputs)  # fmt: skip
