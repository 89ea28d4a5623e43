"""New firm admins that wait for a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.errors import Conflict, NotFound
from execution.store.tables import admin_request, person


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """Somebody who shall become firm admin, once a second person agrees. `asked_by` is a person's id."""

    advisor_id: str
    request_id: str
    person_id: str
    name: str
    email: str
    asked_by: str
    asked_at: datetime
    from_at: datetime
    to_at: datetime | None


def waiting(connection: Connection, advisor_id: str) -> list[AdminRequest]:
    """The firm's open requests, oldest first."""
    query = (
        sa.select(admin_request, person.c.name, person.c.email)
        .join(person, person.c.person_id == admin_request.c.person_id)
        .where(admin_request.c.advisor_id == advisor_id, admin_request.c.outcome == "waiting")
        .order_by(admin_request.c.asked_at, admin_request.c.request_id)
    )
    return [
        AdminRequest(
            row.advisor_id, row.request_id, row.person_id, row.name, row.email or "", row.asked_by, row.asked_at,
            row.from_at, row.to_at,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def find(connection: Connection, advisor_id: str, request_id: str) -> AdminRequest:
    """One open request. Raises NotFound, for another firm's or an ended one in the same words."""
    for one in waiting(connection, advisor_id):
        if one.request_id == request_id:
            return one
    raise NotFound(f"no request {request_id[:80]!r} waits at your firm; it may be confirmed or withdrawn already")


def ask(
    connection: Connection,
    advisor_id: str,
    person_id: str,
    dates: tuple[datetime, datetime | None],
    asked_by: str,
    at: datetime,
) -> str:
    """A new request; its id. Raises Conflict when one waits for the person already."""
    for one in waiting(connection, advisor_id):
        if one.person_id == person_id:
            raise Conflict(f"{one.name} waits to be confirmed as firm admin already (request {one.request_id})")
    request_id = token_hex(8)
    connection.execute(
        sa.insert(admin_request).values(
            advisor_id=advisor_id, request_id=request_id, person_id=person_id, from_at=dates[0], to_at=dates[1],
            asked_by=asked_by, asked_at=at,
        )
    )  # fmt: skip
    return request_id


def end(connection: Connection, asked: AdminRequest, by: str, outcome: str, at: datetime) -> None:
    """Closes a request as confirmed or withdrawn. Raises Conflict when somebody was quicker."""
    done = connection.execute(
        sa.update(admin_request)
        .where(
            admin_request.c.advisor_id == asked.advisor_id,
            admin_request.c.request_id == asked.request_id,
            admin_request.c.outcome == "waiting",
        )
        .values(outcome=outcome, ended_by=by, ended_at=at)
    )
    if done.rowcount != 1:
        raise Conflict(f"the request for {asked.name} was answered meanwhile")


def drop_of(connection: Connection, advisor_id: str, person_id: str, by: str, at: datetime) -> int:
    """Withdraws what waits for a person or was asked by them; how many."""
    found = [one for one in waiting(connection, advisor_id) if person_id in (one.person_id, one.asked_by)]
    for one in found:
        end(connection, one, by, "withdrawn", at)
    return len(found)
