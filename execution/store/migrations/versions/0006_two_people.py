"""What two people agree on: thawing a frozen client, sending again what went silent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from execution.store.metadata import Instant

revision = "0006_two_people"
down_revision = "0005_warehouse_views"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payout", sa.Column("resend_agreed_by", sa.String(length=200), nullable=True))
    op.add_column("payout", sa.Column("resend_agreed_at", Instant(), nullable=True))
    op.add_column("client_freeze", sa.Column("asked_by", sa.String(length=200), nullable=True))
    op.add_column("client_freeze", sa.Column("asked_role", sa.String(length=32), nullable=True))
    op.add_column("client_freeze", sa.Column("asked_at", Instant(), nullable=True))
