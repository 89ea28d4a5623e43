"""Where a vendor is paid: fingerprints of accounts (never a number), and every change with its call-back."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKeyConstraint, Table

from execution.store.metadata import Id, Instant, Text, metadata

payee = Table(
    "payee",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("vendor_id_ramp", Id, primary_key=True),
    Column("vendor_account_id", Id, primary_key=True),
    Column("fingerprint", sa.String(128), nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant),
    Column("verified_at", Instant),
    Column("verified_by", Id),
    Column("method", sa.String(64)),
    Column("edited_by", Id),
    ForeignKeyConstraint(["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"]),
)

payee_change = Table(
    "payee_change",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("vendor_id_ramp", Id, primary_key=True),
    Column("change_id", Id, primary_key=True),
    Column("old_vendor_account_id", Id),
    Column("new_vendor_account_id", Id),
    Column("old_fingerprint", sa.String(128), nullable=False, server_default=""),
    Column("new_fingerprint", sa.String(128), nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("call_back_number_source", Text),
    Column("called_by", Id),
    Column("confirmed_by", Id),
    Column("released_at", Instant),
    ForeignKeyConstraint(["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"]),
)
