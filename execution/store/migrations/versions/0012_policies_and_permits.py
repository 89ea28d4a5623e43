"""Policies that two people agree on and that begin when they say; permits that let one payout past one guard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from execution.store.metadata import Instant

revision = "0012_policies_and_permits"
down_revision = "0011_seals_and_sums"
branch_labels = None
depends_on = None

# A version that was set to begin later shows once the business clock has got there: the executor notes it at each pass.
CLIENTS = """
    select
        client.advisor_id,
        client.client_id,
        client.client_name,
        client.industry,
        client.time_zone,
        client.currency_code,
        client.advisor_mode,
        coalesce(policy.buffer_minor, 0) as buffer_minor,
        coalesce(policy.readiness_minimum, 70) as readiness_minimum,
        client.removed_at is null as is_active
    from client
    left join policy
        on policy.advisor_id = client.advisor_id
        and policy.client_id = client.client_id
        and policy.version = (
            select max(newest.version) from policy as newest
            where newest.advisor_id = client.advisor_id and newest.client_id = client.client_id
                and (
                    newest.effective_at is null
                    or newest.effective_at <= (select max(updated_at) from executor_state)
                )
        )
"""


def upgrade() -> None:
    op.add_column("payout", sa.Column("is_agent_prepared", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("policy", sa.Column("effective_at", Instant(), nullable=True))
    op.create_table(
        "policy_draft",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("draft_id", sa.String(length=200), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(length=200), nullable=False),
        sa.Column("written_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("effective_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=16), server_default="waiting", nullable=False),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint("outcome in ('waiting', 'approved', 'withdrawn')", name=op.f("ck_policy_draft_outcome")),
        sa.CheckConstraint("outcome <> 'approved' or ended_by <> written_by", name=op.f("ck_policy_draft_two_people")),
        sa.ForeignKeyConstraint(
            ["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"], name=op.f("fk_policy_draft_client")
        ),
        sa.PrimaryKeyConstraint("advisor_id", "client_id", "draft_id", name=op.f("pk_policy_draft")),
    )
    op.create_table(
        "permit",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("permit_id", sa.String(length=200), nullable=False),
        sa.Column("payout_id", sa.String(length=200), nullable=False),
        sa.Column("guard_id", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("life_minutes", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("asked_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_role", sa.String(length=32), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=200), nullable=True),
        sa.Column("confirmed_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("revoked_by", sa.String(length=200), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.CheckConstraint("confirmed_by is null or confirmed_by <> asked_by", name=op.f("ck_permit_two_people")),
        sa.CheckConstraint("life_minutes between 1 and 1440", name=op.f("ck_permit_life")),
        sa.CheckConstraint("(confirmed_by is null) = (expires_at is null)", name=op.f("ck_permit_expires")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_permit_amount")),
        sa.ForeignKeyConstraint(
            ["advisor_id", "client_id", "payout_id"],
            ["payout.advisor_id", "payout.client_id", "payout.payout_id"],
            name=op.f("fk_permit_payout"),
        ),
        sa.PrimaryKeyConstraint("advisor_id", "client_id", "permit_id", name=op.f("pk_permit")),
    )
    op.create_index("ix_permit_payout", "permit", ["advisor_id", "client_id", "payout_id"])
    op.execute("drop view warehouse_clients")
    op.execute(f"create view warehouse_clients as {CLIENTS}")
