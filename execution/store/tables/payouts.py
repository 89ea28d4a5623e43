"""The payout row is the outbox: what is to be paid, where it stands, and everything that was signed or sent for it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Table

from execution.store.metadata import Hash, Id, Instant, Money, Text, metadata

STATES = (
    "proposed",
    "blocked",
    "approved",
    "reserved",
    "sending",
    "unconfirmed",
    "handed_off",
    "at_rail",
    "in_flight",
    "rail_paid",
    "settled",
    "returned",
    "mismatched",
    "declined",
    "rejected",
    "cancelled",
    "expired",
)
# In these a payout no longer stands for its bill. `settled` is not among them: a paid bill stays paid.
ENDED_SQL = "('declined', 'rejected', 'cancelled', 'expired', 'returned')"


def _payout_key() -> ForeignKeyConstraint:
    key = ("advisor_id", "client_id", "payout_id")
    return ForeignKeyConstraint(list(key), [f"payout.{name}" for name in key])


payout = Table(
    "payout",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("payout_id", Id, primary_key=True),
    Column("source_bill_id", Id, nullable=False),
    Column("generation", sa.Integer, nullable=False, server_default="1"),
    # What is signed: the payload's fields, and their hash.
    Column("bill_version", sa.String(64), nullable=False, server_default=""),
    Column("vendor_id_qbo", Id, nullable=False, server_default=""),
    Column("vendor_id_ramp", Id, nullable=False),
    Column("vendor_account_id", Id, nullable=False, server_default=""),
    Column("vendor_name", Text, nullable=False),
    Column("entity_id_ramp", Id, nullable=False, server_default=""),
    Column("source_bank_account_id", Id, nullable=False, server_default=""),
    Column("account_id_plaid", Id, nullable=False, server_default=""),
    Column("invoice_number", Text, nullable=False, server_default=""),
    Column("amount_minor", Money, nullable=False),
    Column("currency_code", sa.String(3), nullable=False),
    Column("bill_date", sa.Date, nullable=False),
    Column("due_date", sa.Date, nullable=False),
    Column("arrival_date", sa.Date, nullable=False),
    Column("mode", sa.String(16), nullable=False),
    Column("payload_sha256", Hash, nullable=False),
    # Who asked, under which rules, on which data.
    Column("preparer_id", Id, nullable=False),
    Column("preparer_name", Text, nullable=False, server_default=""),
    Column("is_agent_prepared", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("note", Text, nullable=False, server_default=""),
    Column("band", sa.String(32), nullable=False, server_default=""),
    Column("approvals_needed", sa.Integer, nullable=False, server_default="1"),
    Column("payee_fingerprint", sa.String(128), nullable=False, server_default=""),
    Column("policy_sha256", Hash, nullable=False, server_default=""),
    Column("snapshot_id", Id, nullable=False, server_default=""),
    Column("batch_id", Id),
    Column("verdicts", sa.JSON, nullable=False, server_default="[]"),
    Column("released_by", Id),
    Column("released_at", Instant),
    # Approved now, released by the clock at this instant, in the name of `released_by`.
    Column("release_at", Instant),
    # Where it stands.
    Column("state", sa.String(16), nullable=False),
    Column("state_reason", Text, nullable=False, server_default=""),
    Column("version", sa.Integer, nullable=False, server_default="1"),
    Column("attempt", sa.Integer, nullable=False, server_default="0"),
    Column("lease_owner", sa.String(64)),
    Column("lease_until", Instant),
    Column("next_at", Instant),
    Column("expires_at", Instant),
    Column("scans_clean", sa.Integer, nullable=False, server_default="0"),
    # Who looked in Ramp and agreed that nothing of an unconfirmed payout stands there.
    Column("resend_agreed_by", Id),
    Column("resend_agreed_at", Instant),
    # What the rail and the bank said.
    Column("rail_bill_id", Id),
    Column("rail_draft_id", Id),
    Column("rail_status", sa.String(64)),
    Column("payment_date", sa.Date),
    Column("trace_id", Text),
    Column("posting_id_plaid", Id),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("settled_at", Instant),
    ForeignKeyConstraint(["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"]),
    CheckConstraint("amount_minor > 0", name="amount"),
    CheckConstraint("generation >= 0", name="generation"),
    CheckConstraint("mode in ('draft', 'direct')", name="mode"),
    CheckConstraint("state in (" + ", ".join(f"'{s}'" for s in STATES) + ")", name="state"),
)
# At most one live payout stands for a bill, whoever races.
sa.Index(
    "uq_payout_one_live_per_bill",
    payout.c.advisor_id,
    payout.c.client_id,
    payout.c.source_bill_id,
    unique=True,
    sqlite_where=sa.text(f"state not in {ENDED_SQL}"),
    postgresql_where=sa.text(f"state not in {ENDED_SQL}"),
)
sa.Index("ix_payout_due", payout.c.state, payout.c.next_at)
# What a bill or a vendor was paid before, and what of ours stands at Ramp, without reading a client's every payout.
sa.Index("ix_payout_bill", payout.c.advisor_id, payout.c.client_id, payout.c.source_bill_id, payout.c.generation)
sa.Index("ix_payout_vendor", payout.c.advisor_id, payout.c.client_id, payout.c.vendor_id_ramp)
sa.Index(
    "ix_payout_ours",
    payout.c.advisor_id,
    payout.c.client_id,
    payout.c.state,
    payout.c.payout_id,
    payout.c.rail_bill_id,
    payout.c.rail_draft_id,
)
# All that the limits add up: a payout's row is kilobytes of verdicts, which a sum must not read.
sa.Index(
    "ix_payout_counted",
    payout.c.advisor_id,
    payout.c.client_id,
    payout.c.created_at,
    payout.c.state,
    payout.c.vendor_id_ramp,
    payout.c.payout_id,
    payout.c.updated_at,
    payout.c.amount_minor,
)
# A person names a payout without saying whose: within the firm its id is enough.
sa.Index("ix_payout_id", payout.c.advisor_id, payout.c.payout_id, payout.c.client_id)
# How fast payouts move: what was sent within a day, and what was not sent yet, out of years of settled ones.
sa.Index(
    "ix_payout_moving",
    payout.c.advisor_id,
    payout.c.client_id,
    payout.c.state,
    payout.c.sent_at,
    payout.c.updated_at,
    payout.c.vendor_id_ramp,
    payout.c.account_id_plaid,
    payout.c.payout_id,
    payout.c.amount_minor,
)

# Insert only. The hash is part of the key: a signature covers what was shown, nothing else.
approval = Table(
    "approval",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("payout_id", Id, primary_key=True),
    Column("person_id", Id, primary_key=True),
    Column("payload_sha256", Hash, primary_key=True),
    Column("person_name", Text, nullable=False, server_default=""),
    Column("role", sa.String(32), nullable=False),
    Column("session_id_hash", Hash),
    Column("step_up_at", Instant),
    Column("reason", Text, nullable=False, server_default=""),
    Column("approved_at", Instant, nullable=False),
    _payout_key(),
)
# What one person signed today, without reading what everybody signed for the client.
sa.Index(
    "ix_approval_person", approval.c.advisor_id, approval.c.client_id, approval.c.person_id, approval.c.approved_at
)

# The row exists before the wire is touched; the outcome is written after.
rail_call = Table(
    "rail_call",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("payout_id", Id, primary_key=True),
    Column("attempt", sa.Integer, primary_key=True),
    Column("seq", sa.Integer, primary_key=True),
    Column("method", sa.String(8), nullable=False),
    Column("path", Text, nullable=False),
    Column("request_bytes", sa.LargeBinary, nullable=False),
    Column("request_sha256", Hash, nullable=False),
    Column("outcome", sa.String(32)),
    Column("status", sa.Integer),
    Column("trace_id", Text),
    Column("response_sha256", Hash),
    Column("response_note", Text, nullable=False, server_default=""),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    _payout_key(),
)

# The chain of custody: a row per link, closed by evidence alone. What is wrong with it is named with who mends it how.
LINKS = ("decision", "ramp_bill", "bank_posting", "book_payment")
custody_link = Table(
    "custody_link",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("payout_id", Id, primary_key=True),
    Column("link", sa.String(16), primary_key=True),
    Column("owner", Text, nullable=False, server_default=""),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("closed_at", Instant),
    Column("evidence_id", Id),
    Column("evidence", sa.JSON, nullable=False, server_default="{}"),
    Column("finding", sa.String(32)),
    Column("finding_text", Text, nullable=False, server_default=""),
    Column("next_action", Text, nullable=False, server_default=""),
    Column("found_at", Instant),
    Column("snapshot_id", Id, nullable=False, server_default=""),
    _payout_key(),
    CheckConstraint(f"link in {LINKS}", name="link"),
    CheckConstraint("closed_at is null or evidence_id is not null", name="evidence"),
)
sa.Index(
    "ix_custody_link_open",
    custody_link.c.advisor_id,
    custody_link.c.client_id,
    sqlite_where=sa.text("closed_at is null"),
    postgresql_where=sa.text("closed_at is null"),
)
