"""Payouts by bill, by vendor and by what of ours stands at Ramp: a row is kilobytes, and guards ask at each step."""

from __future__ import annotations

from alembic import op

revision = "0015_payouts_by_what_is_asked"
down_revision = "0014_halts"
branch_labels = None
depends_on = None

WHOSE = ["advisor_id", "client_id"]


def upgrade() -> None:
    op.create_index("ix_payout_bill", "payout", [*WHOSE, "source_bill_id", "generation"])
    op.create_index("ix_payout_vendor", "payout", [*WHOSE, "vendor_id_ramp"])
    op.create_index("ix_payout_ours", "payout", [*WHOSE, "state", "payout_id", "rail_bill_id", "rail_draft_id"])
