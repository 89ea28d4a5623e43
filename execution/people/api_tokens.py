"""API tokens: a program's way to act in a person's name. Kept as hashes, on the machine's clock like sessions.

An agent's token proposes and reads, a read-only token reads, whatever their person may; a person's own token may what
they may.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.errors import Invalid, NotFound, Unauthenticated
from execution.people.assignments import AGENT, READ_ONLY
from execution.people.sessions import SEEN_EVERY, hashed
from execution.store.tables import api_token, person

LIFE = timedelta(days=90)  # At most; a shorter one may be asked for.
# What a replaced token still lives: time to put the new one where the program reads it.
OVERLAP = timedelta(hours=1)
PREFIX = "rc_"
AGENT_PREFIX = "rc_agent_"
_ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as people tell it from others; the token itself is kept nowhere. `ended_at`: dead from then on.

    `last_used_at` is right to the minute; None means never.
    """

    token_id: str
    person_id: str
    person_name: str
    name: str
    is_agent: bool
    created_at: datetime
    ended_at: datetime
    is_read_only: bool = False
    last_used_at: datetime | None = None
    life: timedelta = LIFE

    @property
    def acts_as(self) -> str:
        """What it may: `agent`, `read`, or `api` for whatever its person may."""
        return via_of(self)


def via_of(token: ApiToken | sa.Row[tuple[object, ...]]) -> str:
    """As what a token, or its row, comes in."""
    return AGENT if token.is_agent else READ_ONLY if token.is_read_only else "api"


def checked_days(life_days: int, field: str = "life_days") -> timedelta:
    """How long a token shall live. Raises Invalid, naming the field."""
    if type(life_days) is not int or not 1 <= life_days <= LIFE.days:
        raise Invalid(f"{field}: give whole days from 1 to {LIFE.days}")
    return timedelta(days=life_days)


def issue(
    connection: Connection, person_id: str, advisor_id: str, name: str, at: datetime, *, is_agent: bool = False,
    is_read_only: bool = False, life: timedelta = LIFE,
) -> str:  # fmt: skip
    """A new token that acts in the person's name for a while; shown once."""
    token = (AGENT_PREFIX if is_agent else PREFIX) + secrets.token_urlsafe(32)
    connection.execute(
        sa.insert(api_token).values(
            token_hash=hashed(token),
            person_id=person_id,
            advisor_id=advisor_id,
            name=name,
            is_agent=is_agent,
            is_read_only=is_read_only,
            created_at=at,
            expires_at=at + life,
        )
    )
    return token


def token_id(token: str) -> str:
    """What names a token in lists and events: it tells nothing of the token."""
    return hashed(token)[:_ID_LENGTH]


def live(connection: Connection, token: str, at: datetime) -> sa.Row[tuple[object, ...]]:
    """The token's row. Raises Unauthenticated."""
    row = connection.execute(sa.select(api_token).where(api_token.c.token_hash == hashed(token))).one_or_none()
    if row is None or (row.revoked_at is not None and at >= row.revoked_at) or at >= row.expires_at:
        raise Unauthenticated("this API token is not known, was ended or is too old; issue a new one")
    return row


def wants_seen(row: sa.Row[tuple[object, ...]], at: datetime) -> bool:
    """Whether it is time to write down that the token is in use."""
    return row.last_used_at is None or bool(at - row.last_used_at > SEEN_EVERY)


def seen(connection: Connection, token_hash: str, at: datetime) -> None:
    """The token was used at this instant."""
    connection.execute(sa.update(api_token).where(api_token.c.token_hash == token_hash).values(last_used_at=at))


def of_firm(connection: Connection, advisor_id: str, at: datetime, person_id: str | None = None) -> list[ApiToken]:
    """The firm's tokens that are good at an instant, or one person's; by person, oldest first."""
    ends = sa.func.coalesce(api_token.c.revoked_at, api_token.c.expires_at)
    query = (
        sa.select(api_token, person.c.name.label("person_name"), ends.label("ends"))
        .join(person, person.c.person_id == api_token.c.person_id)
        .where(api_token.c.advisor_id == advisor_id, api_token.c.expires_at > at)
        .where(sa.or_(api_token.c.revoked_at.is_(None), api_token.c.revoked_at > at))
        .order_by(person.c.name, api_token.c.person_id, api_token.c.created_at, api_token.c.token_hash)
    )
    if person_id is not None:
        query = query.where(api_token.c.person_id == person_id)
    return [
        ApiToken(
            row.token_hash[:_ID_LENGTH], row.person_id, row.person_name, row.name, row.is_agent, row.created_at,
            min(row.revoked_at or row.expires_at, row.expires_at), row.is_read_only, row.last_used_at,
            row.expires_at - row.created_at,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def find(connection: Connection, advisor_id: str, wanted: str, at: datetime, person_id: str | None = None) -> ApiToken:
    """A live token by its id. Raises NotFound, for another firm's or person's in the same words."""
    for one in of_firm(connection, advisor_id, at, person_id):
        if one.token_id == wanted:
            return one
    raise NotFound(f"there is no live API token {wanted[:80]!r}; `rowcol people token list` shows those that are")


def end(connection: Connection, advisor_id: str, one: ApiToken, at: datetime) -> None:
    """The token is dead from an instant on, or from earlier if it was to end before."""
    connection.execute(
        sa.update(api_token)
        .where(
            api_token.c.advisor_id == advisor_id,
            api_token.c.token_hash.like(f"{one.token_id}%"),
            sa.or_(api_token.c.revoked_at.is_(None), api_token.c.revoked_at > at),
        )
        .values(revoked_at=at)
    )
