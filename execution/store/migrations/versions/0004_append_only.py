"""Evidence can be added to, never rewritten: triggers on both databases."""

from __future__ import annotations

from alembic import op

revision = "0004_append_only"
down_revision = "0003_evidence"
branch_labels = None
depends_on = None

TABLES = ("audit", "checkpoint", "hold", "hold_end", "approval", "policy", "hygiene_decision")

POSTGRES_FUNCTION = """
create function rowcol_append_only() returns trigger language plpgsql as $$
begin
    raise exception '% is append only', tg_table_name using errcode = 'restrict_violation';
end $$
"""


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(POSTGRES_FUNCTION)
        for table in TABLES:
            op.execute(
                f"create trigger {table}_append_only before update or delete on {table} "
                "for each row execute function rowcol_append_only()"
            )
            op.execute(
                f"create trigger {table}_no_truncate before truncate on {table} "
                "for each statement execute function rowcol_append_only()"
            )
        return
    for table in TABLES:
        for verb in ("update", "delete"):
            op.execute(
                f"create trigger {table}_no_{verb} before {verb} on {table} "
                f"begin select raise(abort, '{table} is append only'); end"
            )
