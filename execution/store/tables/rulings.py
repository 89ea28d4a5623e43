"""What people ruled about identity: which records are one, which never are, which account a spend belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Table

from execution.store.metadata import Id, Instant, Text, metadata

# Insert only. Without a client the ruling is the whole firm's.
ruling = Table(
    "ruling",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("ruling_id", Id, primary_key=True),
    Column("client_id", Id),
    Column("subject", sa.String(16), nullable=False),
    Column("verb", sa.String(16), nullable=False),
    Column("left_key", sa.String(500), nullable=False),
    Column("right_key", sa.String(500), nullable=False),
    Column("effective_date", sa.Date, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("decided_by", Id, nullable=False),
    Column("decided_by_name", Text, nullable=False, server_default=""),
    Column("decided_at", Instant, nullable=False),
    ForeignKeyConstraint(["advisor_id"], ["advisor.advisor_id"]),
    ForeignKeyConstraint(
        ["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"], name="fk_ruling_client"
    ),
    CheckConstraint("subject in ('counterparty', 'match', 'event', 'category')", name="subject"),
    CheckConstraint("verb in ('join', 'separate', 'assign')", name="verb"),
    CheckConstraint("left_key <> right_key", name="two_ends"),
)
sa.Index("ix_ruling_client", ruling.c.advisor_id, ruling.c.client_id)

# Insert only; a ruling ends by a second row with its own key, so it is revoked once.
ruling_end = Table(
    "ruling_end",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("ruling_id", Id, primary_key=True),
    Column("reason", Text, nullable=False, server_default=""),
    Column("revoked_by", Id, nullable=False),
    Column("revoked_by_name", Text, nullable=False, server_default=""),
    Column("revoked_at", Instant, nullable=False),
    ForeignKeyConstraint(["advisor_id", "ruling_id"], ["ruling.advisor_id", "ruling.ruling_id"]),
)
