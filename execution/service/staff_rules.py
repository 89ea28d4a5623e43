"""What every change of a firm's people has to pass; asked inside the change's own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit import Actor, append
from execution.errors import Conflict, Forbidden, Invalid, NotFound
from execution.people.assignments import client_row, recheck, scoped
from execution.people.memberships import Member, lasting_admins, members, take_turn
from execution.people.permissions import HUMAN_ROLES, Verb
from execution.people.principal import AtMachine, Manager, Principal
from execution.people.spans import span
from execution.store.tables import advisor, client


def acting(connection: Connection, by: Manager, at: datetime, *, is_change: bool = False) -> Principal:
    """Who asks, as the store knows them now. Raises Forbidden, or NotFound for a firm that does not exist.

    A change takes the firm's turn first, so that whoever was removed a moment ago is seen as such.
    """
    if is_change:
        take_turn(connection, by.advisor_id)
    return asking(connection, by, Verb.MANAGE_PEOPLE, at)


def asking(connection: Connection, by: Manager, verb: Verb, at: datetime) -> Principal:
    """Who asks, as the store knows them now, allowed to use the verb; the operator may all of one firm."""
    return at_machine(connection, by) if isinstance(by, AtMachine) else recheck(connection, by, verb, at)


def at_machine(connection: Connection, by: AtMachine) -> Principal:
    """The operator, with the reach of one firm. Raises NotFound for a firm that does not exist."""
    firms: list[str] = sorted(connection.execute(sa.select(advisor.c.advisor_id)).scalars())
    if by.advisor_id not in firms:
        known = f"known are {', '.join(firms)}" if firms else "there is none yet"
        raise NotFound(f"there is no firm {by.advisor_id[:80]!r}, {known}; `rowcol clients add` makes a new one")
    return by.as_principal()


def checked_clients(
    connection: Connection, who: Principal, role: str, client_ids: Iterable[str] | None
) -> list[str] | None:
    """The clients of a role, None for all. Raises Invalid for what does not go together, NotFound for a client."""
    if role not in HUMAN_ROLES:
        raise Invalid(f"role: {role[:80]!r} is none; choose one of {', '.join(HUMAN_ROLES)}")
    if client_ids is None:
        if role == "client_owner":
            raise Invalid("client_ids: a client owner sees their own client only; name it")
        return None
    if role == "firm_admin":
        raise Invalid("client_ids: a firm admin serves every client; name none")
    named = sorted(set(client_ids))
    if not named:
        raise Invalid("client_ids: name at least one client; to end somebody's work, remove them")
    for client_id in named:
        client_row(connection, who, client_id)
    return named


def checked_span(
    connection: Connection,
    who: Principal,
    clients: list[str] | None,
    from_date: date | None,
    to_date: date | None,
    at: datetime,
    held: Member | None = None,
) -> tuple[datetime, datetime | None]:
    """From when until when, by the days of the clients concerned; without a last day the end that is set stays."""
    query = scoped(who, client).where(client.c.removed_at.is_(None))
    if clients is not None:
        query = query.where(client.c.client_id.in_(clients))
    zones = [row.time_zone for row in connection.execute(query)]
    begins, ends = span(from_date, to_date, zones, at)
    if to_date is None and held is not None and held.to_at is not None:
        ends = held.to_at
        if ends <= begins:
            raise Invalid(f"from_date: {held.name}'s work ends before {from_date}; give a last day (to_date) too")
    if held is not None and not held.is_live:
        # Their work begins later: nothing given now may bring that forward unasked.
        begins = max(begins, held.from_at) if from_date is None else begins
    return begins, ends


def held_by(connection: Connection, who: Principal, person_id: str, at: datetime) -> Member:
    """What somebody holds at the firm, now or next, with the end of all of it.

    Raises NotFound, for another firm's person in the same words.
    """
    found = members(connection, who.advisor_id, at, person_id)
    if not found:
        raise NotFound(f"nobody {person_id[:80]!r} works for your firm; check the id in the list of people")
    ends = [one.to_at for one in found if one.to_at is not None]
    return replace(min(found, key=lambda one: one.from_at), to_at=max(ends) if len(ends) == len(found) else None)


def not_oneself(who: Principal, person_id: str) -> None:
    """Raises Forbidden when somebody would change their own rights."""
    if who.person_id == person_id:
        raise Forbidden("nobody changes their own role or clients; ask another firm admin")


@contextmanager
def keeping_an_admin(connection: Connection, advisor_id: str, at: datetime) -> Iterator[None]:
    """Around a change. Raises Conflict when it would leave the firm without a firm admin who stays."""
    before = lasting_admins(connection, advisor_id, at)
    yield
    if before and not lasting_admins(connection, advisor_id, at):
        raise Conflict("that is the firm's last admin, and nobody could add people afterwards; add another admin first")


def write_down(
    connection: Connection, who: Principal, at: datetime, action: str, person_id: str, told: Mapping[str, Any]
) -> None:
    """The change's event, as its transaction's last act."""
    append(
        connection, advisor_id=who.advisor_id, at=at, actor=Actor.of(who, who.via), action=action,
        subject_kind="person", subject_id=person_id, inputs=told,
    )  # fmt: skip


def told_of(held: Member) -> dict[str, Any]:
    """What somebody held before, as an event tells it."""
    clients = None if held.client_ids is None else list(held.client_ids)
    return {"role_before": held.role, "clients_before": clients, "to_before": held.to_at}
