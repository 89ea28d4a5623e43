"""A double click, a replayed form or a repeated request acts once: the key is spent in the act's own transaction.

A form's key is issued to a person and expires with the form; a program's Idempotency-Key is the caller's own. The
same act again is answered with what stands now; anything else under the same key is refused.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from secrets import token_hex, token_urlsafe
from typing import Any

import sqlalchemy as sa

from execution.errors import Conflict
from execution.people.principal import Principal
from execution.store import insert_if_absent
from execution.store.tables import action_nonce

ISSUED = "form_"
FORM_LIFE = timedelta(minutes=30)
KEPT_FOR = timedelta(days=90)


def issue(cx: sa.Connection, person: Principal, now: datetime) -> str:
    """A key for the next thing that this person does by a form."""
    key = ISSUED + token_urlsafe(24)
    cx.execute(sa.insert(action_nonce).values(
        nonce=_digest(person, key), person_id=person.person_id, expires_at=now + FORM_LIFE
    ))  # fmt: skip
    return key


def is_first(cx: sa.Connection, person: Principal, key: str | None, act: str, now: datetime, **request: Any) -> bool:
    """Spend a key on an act; False when this very act was done with it before. True without a key.

    Raises Conflict when the key belongs to somebody else, has expired, or was used for another act.
    """
    if key is None:
        return True
    digest = _digest(person, key)
    told = hashlib.sha256(json.dumps([act, request], sort_keys=True, default=str).encode()).hexdigest()
    used = {"used_at": now, "request_sha256": told}
    n = action_nonce.c
    if not key.startswith(ISSUED) and insert_if_absent(
        cx, action_nonce, nonce=digest, person_id=person.person_id, expires_at=now + KEPT_FOR, **used
    ):
        return True
    row = cx.execute(sa.select(action_nonce).where(n.nonce == digest).with_for_update()).mappings().first()
    if row is None:
        raise Conflict("This form was opened by somebody else or never; open it again and decide on what it shows")
    if row["used_at"] is None:
        if now > row["expires_at"]:
            raise Conflict("This form was opened over 30 minutes ago; open it again and decide on what it shows then")
        cx.execute(sa.update(action_nonce).where(n.nonce == digest, n.used_at.is_(None)).values(**used))
        return True
    if row["request_sha256"] != told:
        raise Conflict("This form or Idempotency-Key was used for something else already; open it again, or a new key")
    return False


def id_under(person: Principal, key: str | None) -> str:
    """An id for what is made under a key, the same whenever it is asked for; a fresh one without a key."""
    return _digest(person, "made\0" + key)[:32] if key is not None else token_hex(16)


def _digest(person: Principal, key: str) -> str:
    return hashlib.sha256(f"{person.advisor_id}\0{person.person_id}\0{key}".encode()).hexdigest()
