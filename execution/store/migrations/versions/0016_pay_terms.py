"""When a vendor's bills may be paid, as people said it: lateness allowed, discounts, fees, priority."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from execution.store.metadata import Instant

revision = "0016_pay_terms"
down_revision = "0015_payouts_by_what_is_asked"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pay_terms",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("vendor_id_qbo", sa.String(length=200), nullable=False),
        sa.Column("source_bill_id", sa.String(length=200), nullable=False),
        sa.Column("vendor_name", sa.Text(), server_default="", nullable=False),
        sa.Column("days_late", sa.Integer(), nullable=False),
        sa.Column("discount_bp", sa.Integer(), nullable=False),
        sa.Column("discount_days", sa.Integer(), nullable=False),
        sa.Column("late_fee_bp", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.Column("set_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.CheckConstraint("days_late between 0 and 90", name=op.f("ck_pay_terms_days_late")),
        sa.CheckConstraint("discount_bp between 0 and 10000", name=op.f("ck_pay_terms_discount")),
        sa.CheckConstraint("discount_days between 0 and 365", name=op.f("ck_pay_terms_discount_days")),
        sa.CheckConstraint("late_fee_bp between 0 and 10000", name=op.f("ck_pay_terms_late_fee")),
        sa.CheckConstraint("priority between 1 and 3", name=op.f("ck_pay_terms_priority")),
        sa.ForeignKeyConstraint(
            ["advisor_id", "client_id"],
            ["client.advisor_id", "client.client_id"],
            name=op.f("fk_pay_terms_advisor_id_client"),
        ),
        sa.PrimaryKeyConstraint(
            "advisor_id", "client_id", "vendor_id_qbo", "source_bill_id", name=op.f("pk_pay_terms")
        ),
    )
