"""Two roles on PostgreSQL: the owner makes the tables and never logs in, the product writes in them and owns nothing.

Evidence is append only for the product: no UPDATE, no DELETE, no TRUNCATE, and no right to take its triggers away.
"""

from __future__ import annotations

import re

import sqlalchemy as sa

from execution.errors import Invalid
from execution.store.authorizer import APPEND_ONLY
from execution.store.engine import engine_for
from execution.store.metadata import metadata

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}").fullmatch
# The product reads the schema's step and never sets it.
_ALEMBIC = "alembic_version"


def grant(url: str, role: str) -> int:
    """Give the product's role what it needs on this store, and no more; answers on how many tables.

    Run it as the owner after each migration. Raises Invalid for SQLite, a role that may not be, or one that owns.
    """
    if not _NAME(role):
        raise Invalid(f"{role!r} is no name for a role; use lower-case letters, digits and underscores")
    engine = engine_for(url, guarded=False)
    try:
        if engine.dialect.name != "postgresql":
            raise Invalid("roles are PostgreSQL's; on SQLite the authorizer and the file's own rights do this")
        with engine.begin() as cx:
            _must_be_plain(cx, role)
            quoted = f'"{role}"'
            cx.execute(sa.text(f"revoke all on schema public from public; grant usage on schema public to {quoted}"))
            for table in sorted(metadata.tables):
                rights = "select, insert" if table in APPEND_ONLY else "select, insert, update, delete"
                cx.execute(sa.text(f'revoke all on "{table}" from public, {quoted}'))
                cx.execute(sa.text(f'grant {rights} on "{table}" to {quoted}'))
            cx.execute(sa.text(f'revoke all on "{_ALEMBIC}" from public, {quoted}'))
            cx.execute(sa.text(f'grant select on "{_ALEMBIC}" to {quoted}'))
        return len(metadata.tables)
    finally:
        engine.dispose()


def _must_be_plain(cx: sa.Connection, role: str) -> None:
    query = sa.text("select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = :role")
    found = cx.execute(query, {"role": role}).one_or_none()
    if found is None:
        raise Invalid(f"there is no role {role!r}; make it with `create role {role} login password …`")
    if any(found):
        raise Invalid(f"the role {role!r} is a superuser, makes roles or bypasses row security: no grant binds it")
    owned = sa.text("select tablename from pg_tables where tableowner = :role and schemaname = 'public' limit 1")
    if (table := cx.execute(owned, {"role": role}).scalar()) is not None:
        raise Invalid(f"the role {role!r} owns the table {table}: an owner can take every trigger away")
