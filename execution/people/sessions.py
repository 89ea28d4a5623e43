"""Sessions: kept as hashes, ended by idleness, by age, or by a person.

They live on the machine's clock, not on the business clock: advancing the sandbox must not sign people out,
and a business clock put back must not bring an ended session to life.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.errors import Unauthenticated
from execution.store.tables import api_token, session

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
# Writing "seen" at every page run would make each reader a writer.
SEEN_EVERY = timedelta(seconds=60)


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
