"""Cash that may be spent: accounts, holds and their ends, and the limits that payments use up."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Table

from execution.store.metadata import Id, Instant, Money, metadata

account_cash = Table(
    "account_cash",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("account_id_plaid", Id, primary_key=True),
    Column("available_minor", Money, nullable=False),
    Column("buffer_minor", Money, nullable=False, server_default="0"),
    Column("foreign_minor", Money, nullable=False, server_default="0"),
    Column("held_minor", Money, nullable=False, server_default="0"),
    Column("currency_code", sa.String(3), nullable=False),
    Column("as_of_at", Instant, nullable=False),
    Column("snapshot_id", Id, nullable=False, server_default=""),
    Column("drift_reason", sa.Text),
    ForeignKeyConstraint(["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"]),
    CheckConstraint("held_minor >= 0", name="held"),
    CheckConstraint("foreign_minor >= 0", name="foreign"),
)

# Insert only; a hold ends by a second row with its own key, so it is consumed or voided once.
hold = Table(
    "hold",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("payout_id", Id, primary_key=True),
    Column("attempt", sa.Integer, primary_key=True),
    Column("account_id_plaid", Id, nullable=False),
    Column("amount_minor", Money, nullable=False),
    Column("held_at", Instant, nullable=False),
    ForeignKeyConstraint(
        ["advisor_id", "client_id", "payout_id"], ["payout.advisor_id", "payout.client_id", "payout.payout_id"]
    ),
    CheckConstraint("amount_minor > 0", name="amount"),
)

hold_end = Table(
    "hold_end",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("payout_id", Id, primary_key=True),
    Column("attempt", sa.Integer, primary_key=True),
    Column("kind", sa.String(16), nullable=False),
    Column("posting_id_plaid", Id),
    Column("ended_at", Instant, nullable=False),
    ForeignKeyConstraint(
        ["advisor_id", "client_id", "payout_id", "attempt"],
        ["hold.advisor_id", "hold.client_id", "hold.payout_id", "hold.attempt"],
    ),
    CheckConstraint("kind in ('consumed', 'voided')", name="kind"),
)
sa.Index("ix_hold_end_kind", hold_end.c.advisor_id, hold_end.c.client_id, hold_end.c.kind)

# What a window has used up: scope client_day, vendor_day, client_week, approver_day …; key names whose.
limit_use = Table(
    "limit_use",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("scope", sa.String(32), primary_key=True),
    Column("key", Id, primary_key=True),
    Column("window_start", sa.Date, primary_key=True),
    Column("used_minor", Money, nullable=False, server_default="0"),
    CheckConstraint("used_minor >= 0", name="used"),
)
