"""Audit chains, checkpoints, hygiene decisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from execution.store.metadata import Instant

revision = "0003_evidence"
down_revision = "0002_payouts_and_cash"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("chain_id", sa.String(length=200), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=True),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=500), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("prev", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_audit_seq")),
        sa.PrimaryKeyConstraint("chain_id", "seq", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_client", "audit", ["chain_id", "client_id", "seq"], unique=False)
    op.create_index("ix_audit_subject", "audit", ["chain_id", "subject_id", "seq"], unique=False)
    op.create_table(
        "chain_head",
        sa.Column("chain_id", sa.String(length=200), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", name=op.f("pk_chain_head")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("chain_id", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "executor_state",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_executor_state")),
    )
    op.create_table(
        "hygiene_decision",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("decision_id", sa.String(length=200), nullable=False),
        sa.Column("hygiene_item_id", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("until_date", sa.Date(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("undoes_decision_id", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "action in ('dismissed', 'confirmed', 'assigned', 'snoozed', 'undone')",
            name=op.f("ck_hygiene_decision_action"),
        ),
        sa.ForeignKeyConstraint(
            ["advisor_id", "client_id"],
            ["client.advisor_id", "client.client_id"],
            name=op.f("fk_hygiene_decision_advisor_id_client_id_client"),
        ),
        sa.PrimaryKeyConstraint("advisor_id", "client_id", "decision_id", name=op.f("pk_hygiene_decision")),
    )
    op.create_index(
        "uq_hygiene_decision_position", "hygiene_decision", ["advisor_id", "client_id", "position"], unique=True
    )
    op.create_index(
        "uq_hygiene_decision_undone_once",
        "hygiene_decision",
        ["advisor_id", "client_id", "undoes_decision_id"],
        unique=True,
    )
