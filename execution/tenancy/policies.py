"""A client's rules as versioned rows: never changed, so a past decision keeps the rules it was made under.

The first version is the client's set-up. Every later one is a draft that a second person agreed to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit.canonical import canonical
from execution.domain.policy_fields import DEFAULTS, RETIRED, problems
from execution.errors import Invalid
from execution.store import keyed
from execution.store.tables import policy

POLICY_DEFAULTS: Mapping[str, Any] = DEFAULTS


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """The rules of a client in one version; `body` is what the guards read. In force from `effective_at` on."""

    version: int
    body: Mapping[str, Any]
    sha256: str
    written_by: str
    written_at: datetime
    effective_at: datetime
    approved_by: str | None = None


def checked(body: Mapping[str, Any]) -> dict[str, Any]:
    """The whole policy: defaults under what is given. Raises Invalid: each wrong field and its bounds."""
    given = {name: value for name, value in body.items() if name not in RETIRED}
    if wrong := problems(given):
        raise Invalid("; ".join(wrong))
    return {**DEFAULTS, **given}


def told(body: Mapping[str, Any]) -> tuple[str, str]:
    """A checked policy as it is kept, and the hash by which every verdict names it."""
    text = canonical(dict(body))
    return text.decode(), hashlib.sha256(text).hexdigest()


def write_policy(
    connection: Connection,
    advisor_id: str,
    client_id: str,
    body: Mapping[str, Any],
    *,
    by: str,
    at: datetime,
    approved_by: str | None = None,
    effective_at: datetime | None = None,
) -> PolicyRow:
    """A new version of the client's policy. The caller audits it, and has seen to it that two people agree."""
    whole = checked(body)
    text, sha256 = told(whole)
    version = newest_version(connection, advisor_id, client_id) + 1
    connection.execute(
        sa.insert(policy).values(
            advisor_id=advisor_id,
            client_id=client_id,
            version=version,
            body=text,
            sha256=sha256,
            buffer_minor=whole["buffer_minor"],
            readiness_minimum=whole["readiness_minimum"],
            written_by=by,
            approved_by=approved_by,
            written_at=at,
            effective_at=effective_at,
        )
    )
    return PolicyRow(version, whole, sha256, by, at, effective_at or at, approved_by)


def newest_version(connection: Connection, advisor_id: str, client_id: str) -> int:
    """The number of the newest version, in force or to come; 0 without one."""
    newest = sa.select(sa.func.max(policy.c.version)).where(
        policy.c.advisor_id == advisor_id, policy.c.client_id == client_id
    )
    return int(connection.execute(newest).scalar() or 0)


def history(connection: Connection, advisor_id: str, client_id: str) -> list[PolicyRow]:
    """Every version, the newest first."""
    query = sa.select(policy).where(policy.c.advisor_id == advisor_id, policy.c.client_id == client_id)
    return [_row(row) for row in connection.execute(query.order_by(policy.c.version.desc()))]


def current_policy(connection: Connection, advisor_id: str, client_id: str, at: datetime) -> PolicyRow:
    """The rules in force at an instant; the defaults, as version 0, for a client that has none yet."""
    row = connection.execute(IN_FORCE, {"of_advisor_id": advisor_id, "of_client_id": client_id, "at": at}).one_or_none()
    return _defaults() if row is None else _row(row)


def newest_of(connection: Connection, advisor_id: str, client_ids: Collection[str]) -> dict[str, PolicyRow]:
    """Each client's newest version, in force or to come; the defaults, as version 0, for one without. One query."""
    p = policy.c
    last = (
        sa.select(p.client_id, sa.func.max(p.version).label("version"))
        .where(p.advisor_id == advisor_id, p.client_id.in_(sorted(client_ids)))
        .group_by(p.client_id)
        .subquery()
    )
    query = sa.select(policy).join(last, sa.and_(p.client_id == last.c.client_id, p.version == last.c.version))
    found = {row.client_id: _row(row) for row in connection.execute(query.where(p.advisor_id == advisor_id))}
    return {client_id: found.get(client_id) or _defaults() for client_id in client_ids}


def _defaults() -> PolicyRow:
    _, sha256 = told(POLICY_DEFAULTS)
    return PolicyRow(0, dict(POLICY_DEFAULTS), sha256, "default", datetime.min, datetime.min)


# The newest version that has begun: a later one that begins earlier takes the place of what was to come.
IN_FORCE = (
    sa.select(policy)
    .where(
        *keyed(policy, "advisor_id", "client_id"),
        sa.or_(policy.c.effective_at.is_(None), policy.c.effective_at <= sa.bindparam("at")),
    )
    .order_by(policy.c.version.desc())
    .limit(1)
)


def _row(row: sa.Row[Any]) -> PolicyRow:
    begins = row.effective_at or row.written_at
    return PolicyRow(
        row.version, json.loads(row.body), row.sha256, row.written_by, row.written_at, begins, row.approved_by
    )
