"""A human as the store knows them: a name and the e-mail that their firm's identity provider vouches for."""

from __future__ import annotations

from datetime import datetime
from secrets import token_hex

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.errors import Conflict, Invalid
from execution.store.tables import person


def checked_email(email: str, field: str = "email") -> str:
    """The address as it is kept, in lower case. Raises Invalid, naming the field."""
    kept = email.strip().lower()
    if kept.count("@") != 1 or not all(kept.split("@")) or len(kept) > 320 or not kept.isprintable() or " " in kept:
        raise Invalid(f"{field}: {email[:80]!r} is no address; write the one that the person signs in by")
    return kept


def checked_name(name: str, field: str = "name") -> str:
    """The name as it is kept. Raises Invalid, naming the field."""
    kept = name.strip()
    if not 1 <= len(kept) <= 200 or not kept.isprintable():
        raise Invalid(f"{field}: give 1 to 200 characters on one line")
    return kept


def find_or_make(connection: Connection, name: str, email: str, at: datetime, *, is_demo: bool = False) -> str:
    """The id of the person with a checked e-mail, made when there is none yet.

    Somebody who works for another firm too is one person with one sign-in; their name stays as it is. Raises
    Conflict for a person who was disabled.
    """
    query = sa.select(person.c.person_id, person.c.disabled_at).where(sa.func.lower(person.c.email) == email)
    row = connection.execute(query).one_or_none()
    if row is not None:
        if row.disabled_at is not None:
            raise Conflict(f"the sign-in of {email} is switched off; ask whoever runs this machine")
        return str(row.person_id)
    person_id = token_hex(8)
    connection.execute(
        sa.insert(person).values(person_id=person_id, name=name, email=email, is_demo=is_demo, created_at=at)
    )
    return person_id
