"""A new firm admin takes two people: the request that waits for the second."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from execution.store.metadata import Instant

revision = "0007_second_admin"
down_revision = "0006_two_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "admin_request",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("request_id", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.String(length=200), nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("to_at", Instant(), nullable=True),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=16), server_default="waiting", nullable=False),
        sa.CheckConstraint("outcome in ('waiting', 'confirmed', 'withdrawn')", name=op.f("ck_admin_request_outcome")),
        sa.CheckConstraint("outcome <> 'confirmed' or ended_by <> asked_by", name=op.f("ck_admin_request_two_people")),
        sa.ForeignKeyConstraint(
            ["advisor_id"], ["advisor.advisor_id"], name=op.f("fk_admin_request_advisor_id_advisor")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_admin_request_person_id_person")),
        sa.PrimaryKeyConstraint("advisor_id", "request_id", name=op.f("pk_admin_request")),
    )
