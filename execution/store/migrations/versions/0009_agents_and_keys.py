"""Agents' tokens, and the key of the token generation before: a key leaves only when no row names it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_agents_and_keys"
down_revision = "0008_rulings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_token", sa.Column("is_agent", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("connection", sa.Column("previous_kek_id", sa.String(length=64), nullable=True))
    # Until now the generation before was sealed under the same key as the newest one, or it never opened again.
    op.execute("update connection set previous_kek_id = kek_id where previous_ct is not null")
