"""What people decide around a payout: what they were shown, batches, templates that propose, acts of two people."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Table

from execution.store.metadata import Hash, Id, Instant, Money, Text, metadata


def _of(table: str, *names: str, name: str | None = None) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(list(names), [f"{table}.{column}" for column in names], name=name)


# Insert only. Every payload that a payout ever had: a stale hash can still be told apart, field by field.
payload_version = Table(
    "payload_version",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("payout_id", Id, primary_key=True),
    Column("payload_sha256", Hash, primary_key=True),
    Column("payload", sa.JSON, nullable=False),
    Column("seen", sa.JSON, nullable=False, server_default="{}"),
    Column("snapshot_id", Id, nullable=False, server_default=""),
    Column("made_at", Instant, nullable=False),
    _of("payout", "advisor_id", "client_id", "payout_id"),
)

# Insert only. What an approver was shown each time they signed: the facts, their hash, and the snapshot they are from.
approval_seen = Table(
    "approval_seen",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("payout_id", Id, primary_key=True),
    Column("person_id", Id, primary_key=True),
    Column("payload_sha256", Hash, primary_key=True),
    Column("position", sa.Integer, primary_key=True),
    Column("seen_sha256", Hash, nullable=False),
    Column("seen", sa.JSON, nullable=False),
    Column("snapshot_id", Id, nullable=False),
    Column("signed_at", Instant, nullable=False),
    # A name of its own: PostgreSQL would cut the one made of five columns.
    _of(
        "approval",
        "advisor_id",
        "client_id",
        "payout_id",
        "person_id",
        "payload_sha256",
        name="fk_approval_seen_approval",
    ),  # fmt: skip
)

# One act over several bills or payouts; each line keeps its own outcome.
batch = Table(
    "batch",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("batch_id", Id, primary_key=True),
    Column("idempotency_key", sa.String(200), nullable=False),
    Column("person_id", Id, nullable=False),
    Column("verb", sa.String(16), nullable=False, server_default="approve"),
    Column("line_count", sa.Integer, nullable=False, server_default="0"),
    Column("request_sha256", Hash, nullable=False),
    Column("list_sha256", Hash, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("rolls_back", Id),
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    _of("client", "advisor_id", "client_id"),
    sa.UniqueConstraint("advisor_id", "client_id", "person_id", "idempotency_key"),
)

# `subject_id` is the bill or the payout as it was asked for.
batch_line = Table(
    "batch_line",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("batch_id", Id, primary_key=True),
    Column("subject_id", Id, primary_key=True),
    Column("position", sa.Integer, nullable=False, server_default="0"),
    Column("source_bill_id", Id),
    Column("payout_id", Id),
    Column("outcome", sa.String(32), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("payload_sha256", Hash),
    Column("verdicts", sa.JSON, nullable=False, server_default="[]"),
    _of("batch", "advisor_id", "client_id", "batch_id"),
)

# An act that two people complete: to pay again what came back, or to close what does not match. One waits at a time.
joint_act = Table(
    "joint_act",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("payout_id", Id, primary_key=True),
    Column("kind", sa.String(16), primary_key=True),
    Column("position", sa.Integer, primary_key=True),
    Column("outcome", sa.String(16), nullable=False, server_default=""),
    Column("evidence", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False),
    Column("asked_by", Id, nullable=False),
    Column("asked_name", Text, nullable=False, server_default=""),
    Column("asked_role", sa.String(32), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("agreed_by", Id),
    Column("agreed_role", sa.String(32)),
    Column("agreed_at", Instant),
    _of("payout", "advisor_id", "client_id", "payout_id"),
    CheckConstraint("kind in ('reissue', 'close')", name="kind"),
    CheckConstraint("agreed_by is null or agreed_by <> asked_by", name="two_people"),
)

# A standing wish to pay a vendor's bills as they come. It only proposes: each bill is approved and guarded anew.
recurring = Table(
    "recurring",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("recurring_id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("vendor_id_qbo", Id, nullable=False),
    Column("vendor_name", Text, nullable=False, server_default=""),
    Column("invoice_prefix", sa.String(100), nullable=False, server_default=""),
    Column("every", sa.String(8), nullable=False),
    Column("day", sa.Integer, nullable=False),
    Column("roll", sa.String(8), nullable=False),
    Column("cap_minor", Money, nullable=False),
    Column("currency_code", sa.String(3), nullable=False),
    Column("start_date", sa.Date, nullable=False),
    Column("end_date", sa.Date),
    Column("state", sa.String(8), nullable=False),
    Column("state_reason", Text, nullable=False, server_default=""),
    Column("owner_id", Id, nullable=False),
    Column("owner_name", Text, nullable=False, server_default=""),
    Column("version", sa.Integer, nullable=False, server_default="1"),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    _of("client", "advisor_id", "client_id"),
    CheckConstraint("every in ('week', 'month')", name="every"),
    CheckConstraint("roll in ('before', 'after')", name="roll"),
    CheckConstraint("state in ('active', 'paused', 'ended')", name="state"),
    CheckConstraint("cap_minor > 0", name="cap"),
)

# One row per template and day on which money should arrive: what became of it.
recurring_run = Table(
    "recurring_run",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("recurring_id", Id, primary_key=True),
    Column("arrival_date", sa.Date, primary_key=True),
    Column("outcome", sa.String(16), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("source_bill_id", Id),
    Column("payout_id", Id),
    Column("ran_at", Instant, nullable=False),
    _of("recurring", "advisor_id", "client_id", "recurring_id"),
    CheckConstraint("outcome in ('proposed', 'blocked', 'no_bill', 'over_cap', 'missed', 'paused')", name="outcome"),
)
