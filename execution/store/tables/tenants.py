"""Who is served: advisors (the tenant wall), their clients, policies, feature tiers, connections."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, Table

from execution.store.metadata import Hash, Id, Instant, Money, Text, metadata

advisor = Table(
    "advisor",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("advisor_name", Text, nullable=False),
    Column("tier", sa.String(16), nullable=False, server_default="smart"),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("tier in ('basic', 'smart')", name="tier"),
)

# Another tier waits here for a second firm admin's yes; at most one waits per firm.
tier_request = Table(
    "tier_request",
    metadata,
    Column("advisor_id", Id, ForeignKey("advisor.advisor_id"), primary_key=True),
    Column("request_id", Id, primary_key=True),
    Column("tier", sa.String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Id, nullable=False),
    Column("asked_by_name", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("ended_by", Id),
    Column("ended_at", Instant),
    Column("outcome", sa.String(16), nullable=False, server_default="waiting"),
    CheckConstraint("tier in ('basic', 'smart')", name="tier"),
    CheckConstraint("outcome in ('waiting', 'confirmed', 'withdrawn')", name="outcome"),
    CheckConstraint("outcome <> 'confirmed' or ended_by <> asked_by", name="two_people"),
)

client = Table(
    "client",
    metadata,
    Column("advisor_id", Id, ForeignKey("advisor.advisor_id"), primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("client_name", Text, nullable=False),
    Column("industry", Text, nullable=False, server_default=""),
    Column("time_zone", sa.String(64), nullable=False),
    Column("currency_code", sa.String(3), nullable=False),
    Column("advisor_mode", sa.String(16), nullable=False, server_default="managed"),
    Column("payout_mode", sa.String(16), nullable=False, server_default="draft"),
    Column("ramp_entity_id", Id, nullable=False, server_default=""),
    Column("ramp_bank_account_id", Id, nullable=False, server_default=""),
    Column("account_id_plaid", Id, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),
    CheckConstraint("advisor_mode in ('active', 'managed', 'silent')", name="advisor_mode"),
    CheckConstraint("payout_mode in ('draft', 'direct')", name="payout_mode"),
)

# Insert only: the newest version that has begun is in force (`effective_at`, else `written_at`); the others explain.
policy = Table(
    "policy",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("version", sa.Integer, primary_key=True),
    Column("body", Text, nullable=False),
    Column("sha256", Hash, nullable=False),
    Column("buffer_minor", Money, nullable=False),
    Column("readiness_minimum", sa.Integer, nullable=False),
    Column("written_by", Id, nullable=False),
    Column("approved_by", Id),
    Column("written_at", Instant, nullable=False),
    Column("effective_at", Instant),
    ForeignKeyConstraint(["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"]),
    CheckConstraint("buffer_minor >= 0", name="buffer"),
    CheckConstraint("readiness_minimum between 0 and 100", name="readiness"),
)

# A frozen client sends nothing until two people look; released_at empty = frozen now.
client_freeze = Table(
    "client_freeze",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("freeze_id", Id, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("frozen_by", Id, nullable=False),
    Column("frozen_at", Instant, nullable=False),
    Column("asked_by", Id),
    Column("asked_role", sa.String(32)),
    Column("asked_at", Instant),
    Column("released_by", Id),
    Column("released_at", Instant),
    ForeignKeyConstraint(["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"]),
)

# One row per client, rail and kind of secret: reader, executor (write token, executor process only), webhook.
connection = Table(
    "connection",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("rail", sa.String(16), primary_key=True),
    Column("kind", sa.String(16), primary_key=True),
    Column("connection_id", Id, nullable=False),
    Column("external_account_id", Id, nullable=False),
    Column("token_ct", sa.LargeBinary, nullable=False),
    Column("dek_wrapped", sa.LargeBinary, nullable=False),
    Column("kek_id", sa.String(64), nullable=False),
    Column("token_version", sa.Integer, nullable=False, server_default="1"),
    Column("previous_ct", sa.LargeBinary),
    Column("previous_dek", sa.LargeBinary),
    # The key that wraps the generation before: it may differ from the newest one's until the next rotation.
    Column("previous_kek_id", sa.String(64)),
    Column("path_key", sa.String(128)),
    Column("state", sa.String(16), nullable=False, server_default="live"),
    Column("lease_owner", sa.String(64)),
    Column("lease_until", Instant),
    Column("updated_at", Instant, nullable=False),
    ForeignKeyConstraint(["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"]),
    CheckConstraint("kind in ('reader', 'executor', 'webhook')", name="kind"),
)
sa.Index("uq_connection_path_key", connection.c.rail, connection.c.path_key, unique=True)
