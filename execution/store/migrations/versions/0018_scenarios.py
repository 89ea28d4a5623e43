"""What-if scenarios by name; a deleted one stays, so that it can be brought back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from execution.store.metadata import Instant

revision = "0018_scenarios"
down_revision = "0017_what_a_busy_client_counts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scenario",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("scenario_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("moves", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["advisor_id", "client_id"],
            ["client.advisor_id", "client.client_id"],
            name=op.f("fk_scenario_advisor_id_client"),
        ),
        sa.PrimaryKeyConstraint("advisor_id", "client_id", "scenario_id", name=op.f("pk_scenario")),
    )
    op.create_index(
        "uq_scenario_name", "scenario", ["advisor_id", "client_id", "name"], unique=True,
        sqlite_where=sa.text("deleted_at is null"), postgresql_where=sa.text("deleted_at is null"),
    )  # fmt: skip
