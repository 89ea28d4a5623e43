"""What changes the rules: drafts of a policy that wait for a second person, and permits past one guard."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Table

from execution.store.metadata import Hash, Id, Instant, Money, Text, metadata

# `effective_at` empty: from the moment that a second person agrees.
policy_draft = Table(
    "policy_draft",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("draft_id", Id, primary_key=True),
    Column("base_version", sa.Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("sha256", Hash, nullable=False),
    Column("reason", Text, nullable=False),
    Column("written_by", Id, nullable=False),
    Column("written_by_name", Text, nullable=False, server_default=""),
    Column("written_at", Instant, nullable=False),
    Column("effective_at", Instant),
    Column("outcome", sa.String(16), nullable=False, server_default="waiting"),
    Column("ended_by", Id),
    Column("ended_at", Instant),
    ForeignKeyConstraint(
        ["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"], name="fk_policy_draft_client"
    ),
    CheckConstraint("outcome in ('waiting', 'approved', 'withdrawn')", name="outcome"),
    CheckConstraint("outcome <> 'approved' or ended_by <> written_by", name="two_people"),
)

# One guard of one payout at one amount. Without `confirmed_by` it is a request and lets nothing past.
permit = Table(
    "permit",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("permit_id", Id, primary_key=True),
    Column("payout_id", Id, nullable=False),
    Column("guard_id", sa.String(64), nullable=False),
    Column("amount_minor", Money, nullable=False),
    Column("reason", Text, nullable=False),
    Column("life_minutes", sa.Integer, nullable=False),
    Column("asked_by", Id, nullable=False),
    Column("asked_by_name", Text, nullable=False, server_default=""),
    Column("asked_role", sa.String(32), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("confirmed_by", Id),
    Column("confirmed_by_name", Text, nullable=False, server_default=""),
    Column("confirmed_at", Instant),
    Column("expires_at", Instant),
    Column("revoked_by", Id),
    Column("revoked_at", Instant),
    ForeignKeyConstraint(
        ["advisor_id", "client_id", "payout_id"],
        ["payout.advisor_id", "payout.client_id", "payout.payout_id"],
        name="fk_permit_payout",
    ),
    CheckConstraint("confirmed_by is null or confirmed_by <> asked_by", name="two_people"),
    CheckConstraint("life_minutes between 1 and 1440", name="life"),
    CheckConstraint("(confirmed_by is null) = (expires_at is null)", name="expires"),
    CheckConstraint("amount_minor > 0", name="amount"),
)
sa.Index("ix_permit_payout", permit.c.advisor_id, permit.c.client_id, permit.c.payout_id)
