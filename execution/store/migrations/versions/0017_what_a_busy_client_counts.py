"""What guards count at each step of a busy client's payouts, out of indexes alone: a row is kilobytes of verdicts."""

from __future__ import annotations

from alembic import op

revision = "0017_what_a_busy_client_counts"
down_revision = "0016_pay_terms"
branch_labels = None
depends_on = None

WHOSE = ["advisor_id", "client_id"]
MOVING = ["state", "sent_at", "updated_at", "vendor_id_ramp", "account_id_plaid", "payout_id", "amount_minor"]


def upgrade() -> None:
    # Every command opens its payout by its id alone, which read all of a firm's.
    op.create_index("ix_payout_id", "payout", ["advisor_id", "payout_id", "client_id"])
    op.create_index("ix_payout_moving", "payout", [*WHOSE, *MOVING])
    op.create_index("ix_approval_person", "approval", [*WHOSE, "person_id", "approved_at"])
    op.create_index("ix_hold_end_kind", "hold_end", [*WHOSE, "kind"])
