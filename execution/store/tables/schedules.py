"""What people said about when a vendor's bills, or one bill, may be paid."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Table

from execution.store.metadata import Id, Instant, Text, metadata

# `source_bill_id` is empty where the terms are the vendor's; a bill's own row takes the place of its vendor's.
pay_terms = Table(
    "pay_terms",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("vendor_id_qbo", Id, primary_key=True),
    Column("source_bill_id", Id, primary_key=True),
    Column("vendor_name", Text, nullable=False, server_default=""),
    Column("days_late", sa.Integer, nullable=False),
    Column("discount_bp", sa.Integer, nullable=False),
    Column("discount_days", sa.Integer, nullable=False),
    Column("late_fee_bp", sa.Integer, nullable=False),
    Column("priority", sa.Integer, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("set_by", Id, nullable=False),
    Column("set_by_name", Text, nullable=False, server_default=""),
    Column("set_at", Instant, nullable=False),
    ForeignKeyConstraint(["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"]),
    CheckConstraint("days_late between 0 and 90", name="days_late"),
    CheckConstraint("discount_bp between 0 and 10000", name="discount"),
    CheckConstraint("discount_days between 0 and 365", name="discount_days"),
    CheckConstraint("late_fee_bp between 0 and 10000", name="late_fee"),
    CheckConstraint("priority between 1 and 3", name="priority"),
)
