"""The firm's tier as data, and the request for another one that waits for a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.errors import Conflict, NotFound
from execution.people.principal import Principal
from execution.store.tables import advisor, tier_request


@dataclass(frozen=True, slots=True)
class TierRequest:
    """A tier that the firm shall have once a second person agrees. `asked_by` is a person's id."""

    request_id: str
    tier: str
    reason: str
    asked_by: str
    asked_by_name: str
    asked_at: datetime


def tier_of(connection: Connection, advisor_id: str) -> str:
    """The tier that a firm has now."""
    return str(connection.execute(sa.select(advisor.c.tier).where(advisor.c.advisor_id == advisor_id)).scalar_one())


def set_tier(connection: Connection, advisor_id: str, tier: str) -> None:
    """Gives the firm another tier; the caller has seen to it that two people agree, and audits it."""
    connection.execute(sa.update(advisor).where(advisor.c.advisor_id == advisor_id).values(tier=tier))


def waiting(connection: Connection, advisor_id: str) -> TierRequest | None:
    """The firm's open request; at most one waits."""
    r = tier_request.c
    query = sa.select(tier_request).where(r.advisor_id == advisor_id, r.outcome == "waiting").order_by(r.asked_at)
    row = connection.execute(query.limit(1)).one_or_none()
    if row is None:
        return None
    return TierRequest(row.request_id, row.tier, row.reason, row.asked_by, row.asked_by_name, row.asked_at)


def find(connection: Connection, advisor_id: str, request_id: str) -> TierRequest:
    """The open request by its id. Raises NotFound, for another firm's or an ended one in the same words."""
    found = waiting(connection, advisor_id)
    if found is None or found.request_id != request_id:
        raise NotFound(f"no request {request_id[:80]!r} waits at your firm; it may be confirmed or withdrawn already")
    return found


def ask(connection: Connection, who: Principal, tier: str, reason: str, at: datetime) -> TierRequest:
    """A new request. Raises Conflict while another one waits."""
    if open_one := waiting(connection, who.advisor_id):
        raise Conflict(f"{open_one.asked_by_name} asks for {open_one.tier} already; confirm or withdraw that first")
    made = TierRequest(token_hex(8), tier, reason, who.person_id, who.name, at)
    connection.execute(
        sa.insert(tier_request).values(
            advisor_id=who.advisor_id, request_id=made.request_id, tier=tier, reason=reason, asked_by=who.person_id,
            asked_by_name=who.name, asked_at=at,
        )
    )  # fmt: skip
    return made


def end(connection: Connection, advisor_id: str, asked: TierRequest, by: str, outcome: str, at: datetime) -> None:
    """Closes a request as confirmed or withdrawn. Raises Conflict when somebody was quicker."""
    r = tier_request.c
    done = connection.execute(
        sa.update(tier_request)
        .where(r.advisor_id == advisor_id, r.request_id == asked.request_id, r.outcome == "waiting")
        .values(outcome=outcome, ended_by=by, ended_at=at)
    )
    if done.rowcount != 1:
        raise Conflict("the request was answered meanwhile; look at the firm's tier again")
