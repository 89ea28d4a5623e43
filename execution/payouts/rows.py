"""Reading payouts, clients and policies inside a transaction. A payout that will be changed is locked first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from execution import failpoints
from execution.audit import Actor
from execution.domain.facts import Signature
from execution.domain.policy import Policy
from execution.errors import NotFound, Unreadable
from execution.store import key_of, keyed
from execution.store import tables as t
from execution.store.apart import apart, what_is_wrong
from execution.store.metadata import Instant
from execution.tenancy.policies import IN_FORCE

Row = Mapping[str, Any]


AUTHOR_WAITS = timedelta(hours=24)
EXECUTOR = Actor.process("executor")
INTAKE_AGENT = Actor.process("intake agent")


# Built once: SQLAlchemy takes longer to build such a statement than a database takes to answer it.
_p, _c = t.payout.c, t.client.c
# Without its verdicts: kilobytes that a step writes anew, and only those who look at a payout read.
STEPPED = [column for column in _p if column is not _p.verdicts]
_PAYOUT = (
    sa.select(*STEPPED)
    .where(_p.advisor_id == sa.bindparam("advisor_id"), _p.payout_id == sa.bindparam("payout_id"))
    .with_for_update()
)
_PAYOUT_OF_CLIENT = _PAYOUT.where(_p.client_id == sa.bindparam("client_id"))
_VERDICTS: sa.Select[Any] = sa.select(_p.verdicts).where(*keyed(t.payout, "advisor_id", "client_id", "payout_id"))
_CLIENT = sa.select(t.client).where(
    _c.advisor_id == sa.bindparam("advisor_id"), _c.client_id == sa.bindparam("client_id")
)


def lock_payout(cx: sa.Connection, advisor_id: str, payout_id: str, client_id: str | None = None) -> Row:
    """The payout, locked until the transaction ends, all but its `verdicts_of`.

    Raises NotFound; another firm's payout reads the same. Raises Unreadable for a row that somebody changed outside
    the application into what is no date.
    """
    asked = {"advisor_id": advisor_id, "payout_id": payout_id}
    try:
        if client_id is None:
            row = cx.execute(_PAYOUT, asked).mappings().first()
        else:
            row = cx.execute(_PAYOUT_OF_CLIENT, {**asked, "client_id": client_id}).mappings().first()
    except ValueError as error:
        raise Unreadable(unreadable(payout_id, what_is_wrong(cx, asked))) from error
    failpoints.inside("after-lock")
    if row is None:
        raise NotFound(f"There is no payout {payout_id[:8]}; open the Decision console for the current list")
    return dict(row)


def unreadable(payout_id: str, why: str) -> str:
    """The sentence about a payout whose row cannot be read."""
    return (
        f"The row of payout {payout_id[:8]} was changed outside the application: {why}. Nothing is done with it; run "
        "`rowcol audit verify`, then restore the row from a backup"
    )


def verdicts_of(cx: sa.Connection, row: Row) -> list[dict[str, Any]]:
    """What the guards last said of a payout, as it is kept."""
    if "verdicts" in row:
        return list(row["verdicts"])
    return list(cx.execute(_VERDICTS, key_of(row, "advisor_id", "client_id", "payout_id")).scalar_one())


def live_payout_of(cx: sa.Connection, advisor_id: str, client_id: str, source_bill_id: str) -> Row | None:
    """The payout that stands for a bill now, if any. Raises Unreadable."""
    p = t.payout
    query = sa.select(p).where(
        p.c.advisor_id == advisor_id,
        p.c.client_id == client_id,
        p.c.source_bill_id == source_bill_id,
        p.c.state.not_in(["declined", "rejected", "cancelled", "expired", "returned"]),
    )
    return only_readable(cx, query)


def only_readable(cx: sa.Connection, query: sa.Select[Any], values: Mapping[str, Any] | None = None) -> Row | None:
    """The first payout of a query, if any. Raises Unreadable where one of them cannot be read."""
    rows, edited = apart(cx, query, values)
    if edited:
        raise Unreadable(unreadable(edited[0]["payout_id"], edited[0]["unreadable"]))
    return rows[0] if rows else None


def client_row(cx: sa.Connection, advisor_id: str, client_id: str, *, removed_too: bool = False) -> Row:
    """The client. Raises NotFound for one that is absent, removed (unless asked for) or of another firm."""
    row = cx.execute(_CLIENT, {"advisor_id": advisor_id, "client_id": client_id}).mappings().first()
    if row is None or (row["removed_at"] is not None and not removed_too):
        raise NotFound(f"There is no client {client_id} that you serve; choose one from the portfolio")
    return dict(row)


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """The newest policy of a client."""

    rules: Policy
    buffer_minor: int | None
    readiness_minimum: int | None
    recent_authors: tuple[str, ...]


def policy_of(cx: sa.Connection, advisor_id: str, client_id: str, now: datetime) -> PolicyInForce:
    """The policy in force; without one the defaults, with buffer and readiness unknown (guards then refuse)."""
    asked = {"of_advisor_id": advisor_id, "of_client_id": client_id, "at": now}
    row = cx.execute(IN_FORCE, asked).mappings().first()
    if row is None:
        return PolicyInForce(Policy(), None, None, ())
    recent = _recent_authors(cx, advisor_id, client_id, now) if row["version"] > 1 else ()
    rules = _rules(row["body"], row["sha256"], row["version"])
    return PolicyInForce(rules, row["buffer_minor"], row["readiness_minimum"], recent)


@lru_cache(maxsize=1024)
def _rules(body: str, sha256: str, version: int) -> Policy:
    """A policy's text, parsed once: which text is in force is read each time."""
    return Policy.from_body(json.loads(body), sha256, version)


def _recent_authors(cx: sa.Connection, advisor_id: str, client_id: str, now: datetime) -> tuple[str, ...]:
    """Who wrote a version that began within a day. The first is the client's set-up, not a change for somebody."""
    p = t.policy.c
    begins = sa.func.coalesce(p.effective_at, p.written_at, type_=Instant())
    query = sa.select(p.written_by).where(
        p.advisor_id == advisor_id, p.client_id == client_id, p.version > 1,
        begins > now - AUTHOR_WAITS, begins <= now,
    )  # fmt: skip
    return tuple(sorted(set(cx.execute(query).scalars())))


_SIGNED = ("advisor_id", "client_id", "payout_id", "payload_sha256")
_a, _s = t.approval, t.approval_seen
_SIGNATURES = (
    sa.select(_a.c.person_id, _a.c.person_name, _a.c.role, _a.c.reason, _s.c.snapshot_id, _s.c.seen)
    .select_from(_a.outerjoin(_s, sa.and_(*[_a.c[n] == _s.c[n] for n in (*_SIGNED, "person_id")])))
    .where(*[_a.c[n] == sa.bindparam(n) for n in _SIGNED])
    .order_by(_a.c.approved_at, _a.c.person_id, _s.c.position)
)


def signatures_of(cx: sa.Connection, row: Row) -> tuple[Signature, ...]:
    """Approvals of the payout's present payload. Signatures on an earlier payload no longer count."""
    # What somebody was shown when they signed last counts: the later row takes the place of the earlier.
    last = {r["person_id"]: r for r in cx.execute(_SIGNATURES, {n: row[n] for n in _SIGNED}).mappings()}
    return tuple(
        Signature(
            r["person_id"], r["person_name"], r["role"], row["payload_sha256"], r["reason"], r["snapshot_id"] or "",
            r["seen"] or {},
        )
        for r in last.values()
    )  # fmt: skip


def today_of(client: Row, now: datetime) -> date:
    """The client's own day."""
    return now.astimezone(ZoneInfo(client["time_zone"])).date()


_FREEZE = sa.select(t.client_freeze.c.reason).where(
    *keyed(t.client_freeze, "advisor_id", "client_id"), t.client_freeze.c.released_at.is_(None)
)
_HALT = (
    sa.select(t.halt.c.halt_id).where(*keyed(t.halt, "advisor_id", "client_id"), t.halt.c.ended_at.is_(None)).limit(1)
)


def freeze_of(cx: sa.Connection, advisor_id: str, client_id: str) -> str | None:
    """Why sending is frozen for a client; None when it is not."""
    return cx.execute(_FREEZE, {"of_advisor_id": advisor_id, "of_client_id": client_id}).scalars().first()


def halted(cx: sa.Connection, advisor_id: str, client_id: str) -> bool:
    """Whether the executor holds still for a client until Ramp was looked through from end to end."""
    return cx.execute(_HALT, {"of_advisor_id": advisor_id, "of_client_id": client_id}).first() is not None


def set_state(cx: sa.Connection, key: str, value: str, now: datetime) -> None:
    """Write down a fact about the executor itself."""
    e = t.executor_state
    done = cx.execute(sa.update(e).where(e.c.key == key).values(value=value, updated_at=now))
    if done.rowcount == 0:
        cx.execute(sa.insert(e).values(key=key, value=value, updated_at=now))


def standing_in(cx: sa.Connection, states: Sequence[str], settled_since: datetime) -> tuple[list[Row], list[Row]]:
    """Payouts in some states, as far as it tells whether one is due; settled ones only since then, oldest first.

    Beside them those whose row cannot be read (`store/apart.py`).
    """
    p = t.payout.c
    query = sa.select(
        p.advisor_id,
        p.client_id,
        p.payout_id,
        p.state,
        p.vendor_account_id,
        p.released_at,
        p.next_at,
        p.expires_at,
        p.rail_bill_id,
        p.rail_draft_id,
    ).where(
        p.state.in_([str(state) for state in states]),
        sa.or_(p.settled_at.is_(None), p.settled_at > settled_since),
    )
    return apart(cx, query.order_by(p.updated_at, p.payout_id))
