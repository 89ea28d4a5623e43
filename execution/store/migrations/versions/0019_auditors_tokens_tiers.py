"""The auditor's role, tokens that only read and tell when they were used, and the request for another tier."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from execution.store.metadata import Instant

revision = "0019_auditors_tokens_tiers"
down_revision = "0018_scenarios"
branch_labels = None
depends_on = None

_WAS = "role in ('bookkeeper', 'controller', 'advisor', 'firm_admin', 'analyst', 'client_owner', 'agent')"
_IS = _WAS.replace("'analyst'", "'analyst', 'auditor'")


def _membership() -> sa.Table:
    """As it stands: SQLite has no way to change a check but to build the table anew."""
    return sa.Table(
        "membership",
        sa.MetaData(),
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=200), server_default="*", nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("to_at", Instant(), nullable=True),
        sa.CheckConstraint(_WAS, name=op.f("ck_membership_role")),
        sa.ForeignKeyConstraint(["advisor_id"], ["advisor.advisor_id"], name=op.f("fk_membership_advisor_id_advisor")),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_membership_person_id_person")),
        sa.PrimaryKeyConstraint(
            "advisor_id", "person_id", "role", "client_id", "from_at", name=op.f("pk_membership")
        ),
    )  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("membership", copy_from=_membership()) as table:
        table.drop_constraint(op.f("ck_membership_role"), type_="check")
        table.create_check_constraint(op.f("ck_membership_role"), _IS)
    op.add_column(
        "api_token", sa.Column("is_read_only", sa.Boolean(), server_default=sa.false(), nullable=False)
    )  # fmt: skip
    op.add_column("api_token", sa.Column("last_used_at", Instant(), nullable=True))
    op.create_table(
        "tier_request",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("request_id", sa.String(length=200), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=16), server_default="waiting", nullable=False),
        sa.CheckConstraint("tier in ('basic', 'smart')", name=op.f("ck_tier_request_tier")),
        sa.CheckConstraint("outcome in ('waiting', 'confirmed', 'withdrawn')", name=op.f("ck_tier_request_outcome")),
        sa.CheckConstraint("outcome <> 'confirmed' or ended_by <> asked_by", name=op.f("ck_tier_request_two_people")),
        sa.ForeignKeyConstraint(
            ["advisor_id"], ["advisor.advisor_id"], name=op.f("fk_tier_request_advisor_id_advisor")
        ),
        sa.PrimaryKeyConstraint("advisor_id", "request_id", name=op.f("pk_tier_request")),
    )
