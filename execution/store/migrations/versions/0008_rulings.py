"""People's rulings about identity: two tables that only grow, and the view by which the warehouse reads them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from execution.store.metadata import Instant

revision = "0008_rulings"
down_revision = "0007_second_admin"
branch_labels = None
depends_on = None

# Ended rulings stay in: a build of a past day needs what was in force then.
VIEW = """
    select
        ruling.advisor_id, ruling.client_id, ruling.ruling_id, ruling.subject, ruling.verb, ruling.left_key,
        ruling.right_key, ruling.effective_date, ruling.reason, ruling.decided_by, ruling.decided_by_name,
        ruling.decided_at, ruling_end.revoked_by, ruling_end.revoked_at
    from ruling
    left join ruling_end
        on ruling_end.advisor_id = ruling.advisor_id and ruling_end.ruling_id = ruling.ruling_id
"""


def upgrade() -> None:
    op.create_table(
        "ruling",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("ruling_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=True),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("verb", sa.String(length=16), nullable=False),
        sa.Column("left_key", sa.String(length=500), nullable=False),
        sa.Column("right_key", sa.String(length=500), nullable=False),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.CheckConstraint("subject in ('counterparty', 'match', 'event', 'category')", name=op.f("ck_ruling_subject")),
        sa.CheckConstraint("verb in ('join', 'separate', 'assign')", name=op.f("ck_ruling_verb")),
        sa.CheckConstraint("left_key <> right_key", name=op.f("ck_ruling_two_ends")),
        sa.ForeignKeyConstraint(["advisor_id"], ["advisor.advisor_id"], name=op.f("fk_ruling_advisor_id_advisor")),
        sa.ForeignKeyConstraint(
            ["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"], name=op.f("fk_ruling_client")
        ),
        sa.PrimaryKeyConstraint("advisor_id", "ruling_id", name=op.f("pk_ruling")),
    )
    op.create_index("ix_ruling_client", "ruling", ["advisor_id", "client_id"])
    op.create_table(
        "ruling_end",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("ruling_id", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("revoked_by", sa.String(length=200), nullable=False),
        sa.Column("revoked_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("revoked_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["advisor_id", "ruling_id"],
            ["ruling.advisor_id", "ruling.ruling_id"],
            name=op.f("fk_ruling_end_advisor_id_ruling"),
        ),
        sa.PrimaryKeyConstraint("advisor_id", "ruling_id", name=op.f("pk_ruling_end")),
    )
    _only_grows("ruling")
    _only_grows("ruling_end")
    op.execute(f"create view warehouse_rulings as {VIEW}")


def _only_grows(table: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            f"create trigger {table}_append_only before update or delete on {table} "
            "for each row execute function rowcol_append_only()"
        )
        op.execute(
            f"create trigger {table}_no_truncate before truncate on {table} "
            "for each statement execute function rowcol_append_only()"
        )
        return
    for verb in ("update", "delete"):
        op.execute(
            f"create trigger {table}_no_{verb} before {verb} on {table} "
            f"begin select raise(abort, '{table} is append only'); end"
        )
