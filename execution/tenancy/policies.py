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
from execution.errors import Invalid
from execution.store.tables import policy

# Money in minor units. A later edge below an earlier one, or a looser check than the floor, is refused.
POLICY_DEFAULTS: dict[str, Any] = {
    "automatic_up_to_minor": 100_000,
    "review_from_minor": 500_000,
    "two_people_from_minor": 1_000_000,
    "automatic_payouts": False,
    "buffer_minor": 0,
    "readiness_minimum": 70,
    "balance_age_minutes_max": 15,
    "snapshot_age_hours_max": 36,
    "freshness_hours_max": {"qbo": 36, "ramp": 36, "plaid": 36, "stripe": 72},
    "lead_business_days": 2,
    "day_limit_minor": 25_000_000,
    "vendor_day_limit_minor": 10_000_000,
    "client_week_limit_minor": 75_000_000,
    "duplicate_window_days": 90,
    "payee_change_days": 5,
    "new_vendor_days": 30,
    "propose_horizon_days": 7,
    "releaser_differs_from_minor": 500_000,
}


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """The rules of a client in one version; `body` is what the guards read."""

    version: int
    body: Mapping[str, Any]
    sha256: str
    written_by: str
    written_at: datetime


def checked(body: Mapping[str, Any]) -> dict[str, Any]:
    """The whole policy: defaults under what is given. Raises Invalid, naming the rule."""
    if unknown := sorted(set(body) - set(POLICY_DEFAULTS)):
        raise Invalid(f"a policy has no rule called {', '.join(unknown)}; known: {', '.join(sorted(POLICY_DEFAULTS))}")
    whole = POLICY_DEFAULTS | dict(body)
    for name, default in POLICY_DEFAULTS.items():
        value = whole[name]
        if isinstance(default, bool) != isinstance(value, bool) or not isinstance(value, type(default)):
            raise Invalid(f"policy rule {name}: {value!r} must be a {type(default).__name__}")
        if isinstance(value, int) and not isinstance(value, bool) and value < 0:
            raise Invalid(f"policy rule {name}: {value} is below zero")
    if not whole["automatic_up_to_minor"] <= whole["review_from_minor"] <= whole["two_people_from_minor"]:
        raise Invalid("policy bands must rise: automatic up to, review from, two people from")
    if whole["readiness_minimum"] > 100:
        raise Invalid("policy rule readiness_minimum: readiness goes from 0 to 100")
    if whole["lead_business_days"] < 2:
        raise Invalid(
            "policy rule lead_business_days: two banking days are the least, the sweep before payment needs them"
        )
    return whole


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
