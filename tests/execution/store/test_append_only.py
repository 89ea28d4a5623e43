"""Evidence cannot be rewritten through the store: the same attacks on each database, each wall also by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from execution.errors import Invalid
from execution.store import Store, engine_for
from execution.store.authorizer import APPEND_ONLY
from execution.store.migrate import migrate
from execution.store.roles import grant
from tests.execution.plane import demo_plane

ATTACKS = [
    "update audit set body = 'x'",
    "delete from audit",
    "delete from checkpoint",
    "update approval set person_id = 'me'",
    "update policy set body = '{}'",
    "drop table audit",
]
ON_POSTGRES = [
    *ATTACKS,
    "truncate audit",
    "truncate audit, chain_head cascade",
    "insert into audit select * from audit on conflict (chain_id, seq) do update set body = excluded.body",
    "drop trigger audit_append_only on audit",
    "alter table audit disable trigger all",
    "set session_replication_role = replica",
    "create or replace function rowcol_append_only() returns trigger language plpgsql as $$ begin return old; end $$",
    "alter table audit owner to product",
    "set role owner",
    "grant update on audit to product",
    "update alembic_version set version_num = '0001'",
]
ON_SQLITE = [
    *ATTACKS,
    "insert or replace into audit select * from audit",
    "update or replace audit set seq = seq + 1",
    "drop trigger audit_no_update",
    "pragma writable_schema = on",
    "attach 'elsewhere.db' as elsewhere",
    "alter table audit rename to audit_old",
    "create trigger mine after insert on audit begin delete from audit; end",
]


@pytest.fixture
def owned(postgres_server: str, postgres_url: str) -> Iterator[str]:
    """A store that a role without a login owns and a plain role uses; the URL of the plain one."""
    database = sa.engine.make_url(postgres_url).database
    with psycopg.connect(host=postgres_server, user="postgres", dbname=database, autocommit=True) as cx:
        for role in ("owner nologin", "product login"):
            name = role.split()[0]
            if cx.execute("select 1 from pg_roles where rolname = %s", (name,)).fetchone() is None:
                cx.execute(f"create role {role}".encode())
        cx.execute("alter schema public owner to owner")
    as_owner = sa.engine.make_url(postgres_url).update_query_dict({"options": "-c role=owner"})
    migrate(as_owner.render_as_string(hide_password=False))
    grant(as_owner.render_as_string(hide_password=False), "product")
    yield postgres_url.replace("postgres@", "product@")


def _count(store: Store) -> int:
    with store.read() as cx:
        return int(cx.execute(sa.text("select count(*) from audit")).scalar_one())


def test_the_products_role_on_postgresql_is_refused(owned: str, tmp_path: Path) -> None:
    plane = demo_plane(tmp_path, owned)  # The product works with the rights that it has.
    plane.audit.record_refusal(None, "a", "b", "c")
    before = _count(plane.store)
    assert before > 0
    raw = Store(owned, engine_for(owned, guarded=False))
    for attack in ON_POSTGRES:
        with pytest.raises(sa.exc.DBAPIError), raw.begin() as cx:
            cx.execute(sa.text(attack))
            if attack.split()[0] in ("set", "grant"):  # Some only warn that nothing was given.
                cx.execute(sa.text("update audit set body = 'x'"))
    assert _count(plane.store) == before and all(report.ok for report in plane.audit.verify())
    raw.dispose()
    plane.store.dispose()


def test_the_owner_cannot_log_in_and_its_own_hands_are_tied_by_triggers(
    owned: str, postgres_server: str, postgres_url: str
) -> None:
    database = sa.engine.make_url(postgres_url).database
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(host=postgres_server, user="owner", dbname=database)
    truncates = [f"truncate {table} cascade" for table in sorted(APPEND_ONLY)]
    with psycopg.connect(host=postgres_server, user="postgres", dbname=database) as cx:
        cx.execute("insert into audit values ('c', 1, null, 'a', 'b', '', '', '')")
        for attack in ("update audit set seq = seq", "delete from audit", "set role owner", *truncates):
            if attack.startswith("set"):  # Until here a superuser's hands, from here the owner's.
                cx.execute(attack.encode())
                continue
            with pytest.raises(psycopg.errors.RestrictViolation, match="is append only"), cx.transaction():
                cx.execute(attack.encode())
                raise AssertionError(f"allowed: {attack}")


def test_a_product_connection_to_sqlite_is_refused(tmp_path: Path) -> None:
    plane = demo_plane(tmp_path)
    before = _count(plane.store)
    for attack in ON_SQLITE:
        with pytest.raises(sa.exc.DBAPIError), plane.store.begin() as cx:
            cx.execute(sa.text(attack))
    assert _count(plane.store) == before and all(report.ok for report in plane.audit.verify())


def test_on_sqlite_the_triggers_stand_without_the_authorizer(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'c.db'}")
    with sqlite3.connect(tmp_path / "c.db") as cx:
        named = {name for (name,) in cx.execute("select name from sqlite_master where type = 'trigger'")}
    assert {f"{table}_no_{verb}" for table in APPEND_ONLY for verb in ("update", "delete")} <= named


def test_a_grant_is_only_for_a_plain_role_on_postgresql(owned: str, postgres_url: str, tmp_path: Path) -> None:
    for url, role, why in (
        (f"sqlite:///{tmp_path / 'c.db'}", "product", "roles are PostgreSQL's"),
        (postgres_url, "postgres", "no grant binds it"),
        (postgres_url, "nobody_here", "there is no role"),
        (postgres_url, "owner", "owns the table"),
        (postgres_url, 'x"; drop table audit; --', "no name for a role"),
    ):
        with pytest.raises(Invalid, match=why):
            grant(url, role)
