"""What each checkpoint sealed, so that a rewritten past names its first event; and the sums of the limits by index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_seals_and_sums"
down_revision = "0010_decisions"
branch_labels = None
depends_on = None

COUNTED = [
    "advisor_id", "client_id", "created_at", "state", "vendor_id_ramp", "payout_id", "updated_at", "amount_minor",
]  # fmt: skip


def upgrade() -> None:
    op.add_column("checkpoint", sa.Column("leaves", sa.LargeBinary(), nullable=True))
    op.create_index("ix_payout_counted", "payout", COUNTED)
