"""The executor halts for each client by itself, and keeps by line what Ramp held that the store did not know."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from execution.store.metadata import Instant

revision = "0014_halts"
down_revision = "0013_custody_links"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "halt",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("halt_id", sa.String(length=200), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("scanned_at", Instant(), nullable=True),
        sa.Column("bills_seen", sa.Integer(), server_default="0", nullable=False),
        sa.Column("drafts_seen", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["advisor_id", "client_id"],
            ["client.advisor_id", "client.client_id"],
            name=op.f("fk_halt_advisor_id_client"),
        ),
        sa.PrimaryKeyConstraint("advisor_id", "client_id", "halt_id", name=op.f("pk_halt")),
    )
    op.create_index(
        "uq_halt_one_open_per_client", "halt", ["advisor_id", "client_id"], unique=True,
        sqlite_where=sa.text("ended_at is null"), postgresql_where=sa.text("ended_at is null"),
    )  # fmt: skip
    op.create_table(
        "rail_drift",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("drift_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("record_kind", sa.String(length=16), nullable=False),
        sa.Column("record_id", sa.String(length=200), nullable=False),
        sa.Column("remote_id", sa.String(length=200), nullable=True),
        sa.Column("payout_id", sa.String(length=200), nullable=True),
        sa.Column("source_bill_id", sa.String(length=200), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency_code", sa.String(length=3), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("needs_person", sa.Boolean(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind in ('adopted', 'ended', 'unknown', 'twin', 'missing')", name=op.f("ck_rail_drift_kind")
        ),
        sa.ForeignKeyConstraint(
            ["advisor_id", "client_id"],
            ["client.advisor_id", "client.client_id"],
            name=op.f("fk_rail_drift_advisor_id_client"),
        ),
        sa.PrimaryKeyConstraint("advisor_id", "client_id", "drift_id", name=op.f("pk_rail_drift")),
    )
    op.create_index("ix_rail_drift_bill", "rail_drift", ["advisor_id", "client_id", "source_bill_id"])
