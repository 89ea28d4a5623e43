"""A client's rules as versioned rows: never changed, so a past decision keeps the rules it was made under."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit.canonical import canonical
from execution.domain.policy_fields import DEFAULTS, RETIRED, problems
from execution.errors import Invalid
from execution.store.tables import policy

POLICY_DEFAULTS: Mapping[str, Any] = DEFAULTS


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """The rules of a client in one version; `body` is what the guards read."""

    version: int
    body: Mapping[str, Any]
    sha256: str
    written_by: str
    written_at: datetime


def checked(body: Mapping[str, Any]) -> dict[str, Any]:
    """The whole policy: defaults under what is given. Raises Invalid: each wrong field and its bounds."""
    given = {name: value for name, value in body.items() if name not in RETIRED}
    if wrong := problems(given):
        raise Invalid("; ".join(wrong))
    return {**DEFAULTS, **given}


def write_policy(
    connection: Connection, advisor_id: str, client_id: str, body: Mapping[str, Any], *, by: str, at: datetime
) -> PolicyRow:
    """A new version of the client's policy. The caller audits it."""
    whole = checked(body)
    text = canonical(whole)
    sha256 = hashlib.sha256(text).hexdigest()
    newest = connection.execute(
        sa.select(sa.func.max(policy.c.version)).where(
            policy.c.advisor_id == advisor_id, policy.c.client_id == client_id
        )
    ).scalar()
    version = int(newest or 0) + 1
    connection.execute(
        sa.insert(policy).values(
            advisor_id=advisor_id,
            client_id=client_id,
            version=version,
            body=text.decode(),
            sha256=sha256,
            buffer_minor=whole["buffer_minor"],
            readiness_minimum=whole["readiness_minimum"],
            written_by=by,
            written_at=at,
        )
    )
    return PolicyRow(version, whole, sha256, by, at)


def current_policy(connection: Connection, advisor_id: str, client_id: str) -> PolicyRow:
    """The rules in force; the defaults, as version 0, for a client that has none yet."""
    row = connection.execute(
        sa.select(policy)
        .where(policy.c.advisor_id == advisor_id, policy.c.client_id == client_id)
        .order_by(policy.c.version.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        body = canonical(POLICY_DEFAULTS)
        return PolicyRow(0, dict(POLICY_DEFAULTS), hashlib.sha256(body).hexdigest(), "default", datetime.min)
    return PolicyRow(row.version, json.loads(row.body), row.sha256, row.written_by, row.written_at)
