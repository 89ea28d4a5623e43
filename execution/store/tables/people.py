"""Who may decide: persons, their dated memberships, sessions and API tokens."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, UniqueConstraint

from execution.store.metadata import Hash, Id, Instant, Text, metadata

person = Table(
    "person",
    metadata,
    Column("person_id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", sa.String(320)),
    Column("oidc_issuer", sa.String(500)),
    Column("oidc_subject", sa.String(255)),
    Column("is_demo", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    UniqueConstraint("oidc_issuer", "oidc_subject"),
    UniqueConstraint("email"),
)

# A role at a firm, for one client or (client_id '*') for all of them, between two instants.
membership = Table(
    "membership",
    metadata,
    Column("advisor_id", Id, ForeignKey("advisor.advisor_id"), primary_key=True),
    Column("person_id", Id, ForeignKey("person.person_id"), primary_key=True),
    Column("role", sa.String(32), primary_key=True),
    Column("client_id", Id, primary_key=True, server_default="*"),
    Column("from_at", Instant, primary_key=True),
    Column("to_at", Instant),
    CheckConstraint(
        "role in ('bookkeeper', 'controller', 'advisor', 'firm_admin', 'analyst', 'auditor', 'client_owner', 'agent')",
        name="role",
    ),
)

# A new firm admin waits here for a second person's yes; who asked cannot be who confirms.
admin_request = Table(
    "admin_request",
    metadata,
    Column("advisor_id", Id, ForeignKey("advisor.advisor_id"), primary_key=True),
    Column("request_id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("person.person_id"), nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant),
    Column("asked_by", Id, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("ended_by", Id),
    Column("ended_at", Instant),
    Column("outcome", sa.String(16), nullable=False, server_default="waiting"),
    CheckConstraint("outcome in ('waiting', 'confirmed', 'withdrawn')", name="outcome"),
    CheckConstraint("outcome <> 'confirmed' or ended_by <> asked_by", name="two_people"),
)

# The token itself is never stored; who steals this table cannot sign in with it.
session = Table(
    "session",
    metadata,
    Column("session_id_hash", Hash, primary_key=True),
    Column("person_id", Id, ForeignKey("person.person_id"), nullable=False),
    Column("advisor_id", Id, ForeignKey("advisor.advisor_id"), nullable=False),
    Column("via", sa.String(16), nullable=False),
    Column("auth_time", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

api_token = Table(
    "api_token",
    metadata,
    Column("token_hash", Hash, primary_key=True),
    Column("person_id", Id, ForeignKey("person.person_id"), nullable=False),
    Column("advisor_id", Id, ForeignKey("advisor.advisor_id"), nullable=False),
    Column("name", Text, nullable=False),
    # An agent's token reads and proposes in the person's name, whatever the person may do.
    Column("is_agent", sa.Boolean, nullable=False, server_default=sa.false()),
    # One that only reads: for a report or a spreadsheet, whatever the person may do.
    Column("is_read_only", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    # To the minute: writing it at every call would make each reader a writer.
    Column("last_used_at", Instant),
)

# A double click or a replayed form acts once.
action_nonce = Table(
    "action_nonce",
    metadata,
    Column("nonce", sa.String(128), primary_key=True),
    Column("person_id", Id, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    # What it was used for: the same again is a replay, anything else is refused.
    Column("request_sha256", Hash),
)
