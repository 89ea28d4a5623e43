"""Custody by link: four clocks and four owners for each payout, where one row held a single pair."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from execution.store.metadata import Instant

revision = "0013_custody_links"
down_revision = "0012_policies_and_permits"
branch_labels = None
depends_on = None

LINKS = ("decision", "ramp_bill", "bank_posting", "book_payment")
# What an older installation knows of each link: the evidence it kept, and the state that its payout stands in.
CLOSED_BY = {
    "decision": "case when payout.released_at is not null then custody.decision_hash end",
    "ramp_bill": "custody.rail_bill_id",
    "bank_posting": "custody.posting_id_plaid",
    "book_payment": "custody.qbo_payment_id",
}
OPEN_FROM = {
    "decision": "1 = 1",
    "ramp_bill": "payout.released_at is not null",
    "bank_posting": "custody.rail_bill_id is not null",
    "book_payment": "custody.posting_id_plaid is not null",
}
PAYOUTS = """
    select
        advisor_id, client_id, payout_id, source_bill_id, state, mode, amount_minor, currency_code, arrival_date,
        vendor_id_ramp, vendor_name, account_id_plaid, rail_bill_id, rail_draft_id,
        created_at as proposed_at, sent_at, settled_at, posting_id_plaid, payment_date, trace_id,
        (
            select min(approval.approved_at) from approval
            where approval.advisor_id = payout.advisor_id
                and approval.client_id = payout.client_id
                and approval.payout_id = payout.payout_id
                and approval.payload_sha256 = payout.payload_sha256
        ) as approved_at
    from payout
"""


def upgrade() -> None:
    op.create_table(
        "custody_link",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("payout_id", sa.String(length=200), nullable=False),
        sa.Column("link", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("evidence_id", sa.String(length=200), nullable=True),
        sa.Column("evidence", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("finding", sa.String(length=32), nullable=True),
        sa.Column("finding_text", sa.Text(), server_default="", nullable=False),
        sa.Column("next_action", sa.Text(), server_default="", nullable=False),
        sa.Column("found_at", Instant(), nullable=True),
        sa.Column("snapshot_id", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["advisor_id", "client_id", "payout_id"],
            ["payout.advisor_id", "payout.client_id", "payout.payout_id"],
            name=op.f("fk_custody_link_payout"),
        ),
        sa.CheckConstraint(f"link in {LINKS}", name=op.f("ck_custody_link_link")),
        sa.CheckConstraint("closed_at is null or evidence_id is not null", name=op.f("ck_custody_link_evidence")),
        sa.PrimaryKeyConstraint("advisor_id", "client_id", "payout_id", "link", name=op.f("pk_custody_link")),
    )
    op.create_index(
        "ix_custody_link_open", "custody_link", ["advisor_id", "client_id"], sqlite_where=sa.text("closed_at is null"),
        postgresql_where=sa.text("closed_at is null"),
    )  # fmt: skip
    for link in LINKS:
        known = CLOSED_BY[link]
        op.execute(f"""
            insert into custody_link
                (advisor_id, client_id, payout_id, link, owner, opened_at, due_at, closed_at, evidence_id)
            select
                custody.advisor_id, custody.client_id, custody.payout_id, '{link}', custody.owner, custody.opened_at,
                case when {known} is null then custody.due_at end,
                case when {known} is not null then coalesce(custody.closed_at, payout.updated_at) end,
                {known}
            from custody
            inner join payout
                on payout.advisor_id = custody.advisor_id
                and payout.client_id = custody.client_id
                and payout.payout_id = custody.payout_id
            where {OPEN_FROM[link]}
        """)
    op.drop_table("custody")
    op.execute("drop view warehouse_payouts")
    op.execute(f"create view warehouse_payouts as {PAYOUTS}")
