"""Sessions: kept as hashes, ended by idleness, by age, or by a person.

They live on the machine's clock, not on the business clock: advancing the sandbox must not sign people out,
and a business clock put back must not bring an ended session to life.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.errors import NotFound, Unauthenticated
from execution.store.tables import api_token, person, session

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
# Writing "seen" at every page run would make each reader a writer.
SEEN_EVERY = timedelta(seconds=60)
_ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session as people tell it from others. `session_id` opens nothing; `via`: oidc or demo."""

    session_id: str
    person_id: str
    person_name: str
    via: str
    started_at: datetime
    last_seen_at: datetime
    ends_at: datetime


def hashed(token: str) -> str:
    """What is stored of a token. It has 256 bits of its own, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def start(connection: Connection, person_id: str, advisor_id: str, via: str, at: datetime) -> tuple[str, datetime]:
    """A new session; (token, when it ends at the latest)."""
    token = secrets.token_urlsafe(32)
    ends = at + ABSOLUTE
    connection.execute(
        sa.insert(session).values(
            session_id_hash=hashed(token),
            person_id=person_id,
            advisor_id=advisor_id,
            via=via,
            auth_time=at,
            last_seen_at=at,
            expires_at=ends,
        )
    )
    return token, ends


def live(connection: Connection, token: str, at: datetime) -> sa.Row[tuple[object, ...]]:
    """The session behind a token. Raises Unauthenticated, saying which limit ended it."""
    row = connection.execute(sa.select(session).where(session.c.session_id_hash == hashed(token))).one_or_none()
    if row is None:
        raise Unauthenticated("this session is not known here; sign in again")
    if row.revoked_at is not None:
        raise Unauthenticated("this session was ended; sign in again")
    if at >= row.expires_at:
        raise Unauthenticated("a session lasts twelve hours at most; sign in again")
    if at - row.last_seen_at > IDLE:
        raise Unauthenticated("nothing happened for thirty minutes, so the session ended; sign in again")
    return row


def wants_seen(row: sa.Row[tuple[object, ...]], at: datetime) -> bool:
    """Whether it is time to write down that the session is in use."""
    return bool(at - row.last_seen_at > SEEN_EVERY)


def seen(connection: Connection, session_id: str, at: datetime) -> None:
    """The session was used at this instant."""
    connection.execute(
        sa.update(session)
        .where(session.c.session_id_hash == session_id, session.c.revoked_at.is_(None))
        .values(last_seen_at=at)
    )


def revoke(connection: Connection, token: str, at: datetime) -> sa.Row[tuple[object, ...]] | None:
    """Ends a session; the row it had, or None when there was none to end."""
    row = connection.execute(sa.select(session).where(session.c.session_id_hash == hashed(token))).one_or_none()
    if row is None or row.revoked_at is not None:
        return None
    connection.execute(sa.update(session).where(session.c.session_id_hash == row.session_id_hash).values(revoked_at=at))
    return row


def short_id(session_id_hash: str) -> str:
    """What names a session in lists and events."""
    return session_id_hash[:_ID_LENGTH]


def of_firm(connection: Connection, advisor_id: str, at: datetime, person_id: str | None = None) -> list[SignedIn]:
    """The firm's sessions that still open, or one person's; by person, last seen first."""
    query = (
        sa.select(session, person.c.name)
        .join(person, person.c.person_id == session.c.person_id)
        .where(session.c.advisor_id == advisor_id, session.c.revoked_at.is_(None), session.c.expires_at > at)
        .where(session.c.last_seen_at >= at - IDLE)
        .order_by(person.c.name, session.c.person_id, session.c.last_seen_at.desc(), session.c.session_id_hash)
    )
    if person_id is not None:
        query = query.where(session.c.person_id == person_id)
    return [
        SignedIn(
            short_id(row.session_id_hash), row.person_id, row.name, row.via, row.auth_time, row.last_seen_at,
            row.expires_at,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def find(connection: Connection, advisor_id: str, wanted: str, at: datetime, person_id: str | None = None) -> SignedIn:
    """A live session by its id. Raises NotFound, for another firm's or person's in the same words."""
    for one in of_firm(connection, advisor_id, at, person_id):
        if one.session_id == wanted:
            return one
    raise NotFound(f"there is no live session {wanted[:80]!r}; it may have ended already")


def end(connection: Connection, advisor_id: str, found: Collection[SignedIn], at: datetime) -> None:
    """Ends the sessions named; those of another firm never."""
    for one in found:
        connection.execute(
            sa.update(session)
            .where(session.c.advisor_id == advisor_id, session.c.session_id_hash.like(f"{one.session_id}%"))
            .where(session.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )


def end_all(connection: Connection, person_id: str, advisor_id: str, at: datetime) -> int:
    """Ends every session and API token of a person at one firm; how many there were."""
    ended = 0
    for table in (session, api_token):
        done = connection.execute(
            sa.update(table)
            .where(table.c.person_id == person_id, table.c.advisor_id == advisor_id)
            # A token that was replaced still opens for a while, so its end may lie ahead.
            .where(sa.or_(table.c.revoked_at.is_(None), table.c.revoked_at > at))
            .values(revoked_at=at)
        )
        ended += done.rowcount
    return ended
