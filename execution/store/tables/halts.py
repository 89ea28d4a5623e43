"""Why the executor holds still for a client, and what Ramp held that this store did not know."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Table

from execution.store.metadata import Id, Instant, Money, Text, metadata

# Halted while `ended_at` is empty: nothing is sent for the client until one look through all of Ramp was clean.
halt = Table(
    "halt",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("halt_id", Id, primary_key=True),
    Column("cause", Text, nullable=False),
    Column("began_at", Instant, nullable=False),
    # When Ramp was last looked through from end to end since then, and what was counted there.
    Column("scanned_at", Instant),
    Column("bills_seen", sa.Integer, nullable=False, server_default="0"),
    Column("drafts_seen", sa.Integer, nullable=False, server_default="0"),
    Column("ended_at", Instant),
    Column("ended_by", Id),
    Column("reason", Text, nullable=False, server_default=""),
    ForeignKeyConstraint(["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"]),
)
sa.Index(
    "uq_halt_one_open_per_client",
    halt.c.advisor_id,
    halt.c.client_id,
    unique=True,
    sqlite_where=sa.text("ended_at is null"),
    postgresql_where=sa.text("ended_at is null"),
)

# One line per thing at Ramp that carries a reference of ours and that this store did not know as it is. Kept for good:
# a person closes a line, nobody removes one.
rail_drift = Table(
    "rail_drift",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("drift_id", Id, primary_key=True),
    Column("kind", sa.String(16), nullable=False),
    Column("record_kind", sa.String(16), nullable=False),
    Column("record_id", Id, nullable=False),
    Column("remote_id", Id),
    Column("payout_id", Id),
    Column("source_bill_id", Id),
    Column("amount_minor", Money),
    Column("currency_code", sa.String(3)),
    Column("sentence", Text, nullable=False),
    Column("needs_person", sa.Boolean, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", Id),
    Column("reason", Text, nullable=False, server_default=""),
    ForeignKeyConstraint(["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"]),
    CheckConstraint("kind in ('adopted', 'ended', 'unknown', 'twin', 'missing')", name="kind"),
)
sa.Index("ix_rail_drift_bill", rail_drift.c.advisor_id, rail_drift.c.client_id, rail_drift.c.source_bill_id)
