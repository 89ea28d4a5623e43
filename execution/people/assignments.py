"""What a person may reach, read in the command's own transaction: a removed assignment works at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.errors import Forbidden, NotFound
from execution.people.permissions import READS, Verb, require
from execution.people.principal import Principal
from execution.store.tables import advisor, client, membership, person

ALL_CLIENTS = "*"
AGENT = "agent"
READ_ONLY = "read"
# Where a person has several roles, the one that reaches furthest speaks.
_ORDER = ("firm_admin", "advisor", "controller", "bookkeeper", "analyst", "auditor", "client_owner", "agent")


_ROLES = (
    sa.select(membership.c.role, membership.c.client_id, person.c.name, advisor.c.tier)
    .join(person, person.c.person_id == membership.c.person_id)
    .join(advisor, advisor.c.advisor_id == membership.c.advisor_id)
    .where(
        membership.c.person_id == sa.bindparam("person_id"),
        membership.c.advisor_id == sa.bindparam("advisor_id"),
        membership.c.from_at <= sa.bindparam("at"),
        sa.or_(membership.c.to_at.is_(None), membership.c.to_at > sa.bindparam("at")),
        person.c.disabled_at.is_(None),
    )
)


def principal_of(
    connection: Connection, person_id: str, advisor_id: str, at: datetime, *, session_id: str = "", via: str = "session"
) -> Principal | None:
    """The person as a member of the firm at an instant; None when disabled or without a live membership.

    Through an agent's token (`via`) it is their agent, whose role is `agent` whatever theirs is.
    """
    rows = connection.execute(_ROLES, {"person_id": person_id, "advisor_id": advisor_id, "at": at}).all()
    if not rows:
        return None
    role = min((row.role for row in rows), key=_ORDER.index)
    reached = {row.client_id for row in rows if row.role == role}
    clients = None if ALL_CLIENTS in reached else frozenset(reached)
    acts_as, for_role = (AGENT, role) if via == AGENT else (role, "")
    return Principal(person_id, rows[0].name, acts_as, advisor_id, clients, session_id, via, for_role, rows[0].tier)


def recheck(connection: Connection, principal: Principal, verb: Verb, at: datetime) -> Principal:
    """The principal as the store knows them now, allowed to use the verb. Raises Forbidden.

    An agent may what both the agent's role and the person's own role may; a token that only reads, what reads.
    """
    found = principal_of(
        connection,
        principal.person_id,
        principal.advisor_id,
        at,
        session_id=principal.session_id,
        via=principal.via,
    )
    if found is None:
        raise Forbidden(f"{principal.name} no longer works for this firm; ask the firm admin")
    require(found.role, verb)
    if found.via == READ_ONLY and verb not in READS:
        raise Forbidden("this API token only reads; sign in, or issue one that may do what you may")
    if found.for_role:
        require(found.for_role, verb)
    return found


def scoped(principal: Principal, table: sa.Table) -> sa.Select[Any]:
    """SELECT of a table with the principal's walls in it; every read of tenant rows starts here."""
    query = sa.select(table).where(table.c.advisor_id == principal.advisor_id)
    if principal.client_ids is not None:
        query = query.where(table.c.client_id.in_(sorted(principal.client_ids)))
    return query


def client_row(
    connection: Connection, principal: Principal, client_id: str, *, removed_too: bool = False
) -> sa.Row[Any]:
    """The client's row, by one query whether it is absent, removed or another firm's: all three read NotFound."""
    row = connection.execute(scoped(principal, client).where(client.c.client_id == client_id)).one_or_none()
    if row is None or (row.removed_at is not None and not removed_too):
        raise NotFound(f"there is no client {client_id[:80]!r} that you serve; check the id or ask the firm admin")
    return row
