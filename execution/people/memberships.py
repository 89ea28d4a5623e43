"""Who works for a firm, from when and until when: dated rows that are ended and never rewritten.

A person has one role at a firm at a time. A membership counts in [from_at, to_at) of the business clock.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.people.assignments import ALL_CLIENTS
from execution.store import insert_if_absent
from execution.store.tables import advisor, membership, person

# Two, so that one who leaves or loses a key does not lock the firm out.
ADMINS_WANTED = 2


@dataclass(frozen=True, slots=True)
class Member:
    """A person at a firm. `client_ids` None means all of the firm's clients; `to_at` None means no end is set."""

    person_id: str
    name: str
    email: str
    role: str
    client_ids: tuple[str, ...] | None
    from_at: datetime
    to_at: datetime | None
    is_live: bool


def take_turn(connection: Connection, advisor_id: str) -> bool:
    """One change of a firm's people at a time, so that two admins cannot remove each other; whether it exists."""
    query = sa.select(advisor.c.advisor_id).where(advisor.c.advisor_id == advisor_id)
    return connection.execute(query.with_for_update(key_share=True)).one_or_none() is not None


def live_at(at: datetime) -> sa.ColumnElement[bool]:
    """The condition that a membership counts at an instant."""
    return sa.and_(membership.c.from_at <= at, not_over(at))


def not_over(at: datetime) -> sa.ColumnElement[bool]:
    """The condition that a membership counts at an instant or will later; one ended before it began never will."""
    return sa.or_(
        membership.c.to_at.is_(None),
        sa.and_(membership.c.to_at > at, membership.c.to_at > membership.c.from_at),
    )


def was_member(connection: Connection, advisor_id: str, person_id: str) -> bool:
    """Whether the person ever held a role at the firm."""
    query = sa.select(membership.c.role).where(
        membership.c.advisor_id == advisor_id, membership.c.person_id == person_id
    )
    return connection.execute(query.limit(1)).first() is not None


def members(connection: Connection, advisor_id: str, at: datetime, person_id: str | None = None) -> list[Member]:
    """Everybody who works for the firm at an instant or will later, by name; one row per person, role and dates."""
    query = (
        sa.select(membership, person.c.name, person.c.email)
        .join(person, person.c.person_id == membership.c.person_id)
        .where(membership.c.advisor_id == advisor_id, not_over(at), person.c.disabled_at.is_(None))
        .order_by(person.c.name, membership.c.person_id, membership.c.from_at, membership.c.client_id)
    )
    if person_id is not None:
        query = query.where(membership.c.person_id == person_id)
    found: dict[tuple[object, ...], tuple[list[str], sa.Row[tuple[object, ...]]]] = {}
    for row in connection.execute(query):
        # Rows of one assignment differ in the client only; those that begin or end otherwise stand apart.
        key = (row.person_id, row.role, row.from_at <= at, None if row.from_at <= at else row.from_at, row.to_at)
        found.setdefault(key, ([], row))[0].append(row.client_id)
    return [
        Member(
            row.person_id, row.name, row.email or "", row.role,
            None if ALL_CLIENTS in clients else tuple(sorted(set(clients))),
            row.from_at, row.to_at, row.from_at <= at,
        )
        for clients, row in found.values()
    ]  # fmt: skip


def lasting_admins(connection: Connection, advisor_id: str, at: datetime) -> set[str]:
    """The firm admins of this instant whose membership has no end: those that the firm can count on."""
    query = sa.select(membership.c.person_id).where(
        membership.c.advisor_id == advisor_id,
        membership.c.role == "firm_admin",
        membership.c.from_at <= at,
        membership.c.to_at.is_(None),
        membership.c.person_id.in_(sa.select(person.c.person_id).where(person.c.disabled_at.is_(None))),
    )
    return set(connection.execute(query).scalars())


def open_from(
    connection: Connection,
    advisor_id: str,
    person_id: str,
    role: str,
    client_ids: Collection[str] | None,
    from_at: datetime,
    to_at: datetime | None,
) -> None:
    """Gives a role from an instant on, for all clients (None) or the named ones; nothing for an empty span."""
    if to_at is not None and to_at <= from_at:
        return
    for client_id in [ALL_CLIENTS] if client_ids is None else sorted(set(client_ids)):
        key = {"advisor_id": advisor_id, "person_id": person_id, "role": role, "client_id": client_id}
        if not insert_if_absent(connection, membership, **key, from_at=from_at, to_at=to_at):
            # Ended and given back within one instant of the clock: the row is there and only its end changes.
            same = [membership.c[name] == value for name, value in key.items()]
            connection.execute(sa.update(membership).where(*same, membership.c.from_at == from_at).values(to_at=to_at))


def close_from(connection: Connection, advisor_id: str, person_id: str, at: datetime, now: datetime) -> None:
    """Ends at `at` whatever the person holds at the firm longer than that."""
    connection.execute(
        sa.update(membership)
        .where(
            membership.c.advisor_id == advisor_id,
            membership.c.person_id == person_id,
            not_over(now),
            sa.or_(membership.c.to_at.is_(None), membership.c.to_at > at),
        )
        .values(to_at=at)
    )
