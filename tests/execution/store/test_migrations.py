"""The schema that migrations build is the schema that the code means."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from execution.service import ControlPlane
from execution.store import Store, engine_for, tables
from execution.store.backup import back_up
from execution.store.metadata import metadata
from execution.store.migrate import migrate


def test_migrations_build_exactly_the_models(store_url: str) -> None:
    assert len(tables.__all__) == len(metadata.tables)
    migrate(store_url)
    engine = engine_for(store_url, guarded=False)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_evidence_cannot_be_rewritten(plane: ControlPlane) -> None:
    plane.audit.record_refusal(None, "a", "b", "c")
    # Without the authorizer, so that the triggers alone must hold.
    raw = Store(plane.store.url, engine_for(plane.store.url, guarded=False))
    for store in (plane.store, raw):
        for statement in ("update audit set seq = 9", "delete from audit", "delete from policy"):
            with pytest.raises(sa.exc.DBAPIError), store.begin() as connection:
                connection.execute(sa.text(statement))
    raw.dispose()


def test_insert_or_replace_does_not_walk_round_the_triggers(tmp_path: Path) -> None:
    from tests.execution.plane import demo_plane

    plane = demo_plane(tmp_path)
    raw = Store(plane.store.url, engine_for(plane.store.url, guarded=False))
    with pytest.raises(sa.exc.DBAPIError, match="append only"), raw.begin() as connection:
        connection.execute(sa.text("insert or replace into audit select * from audit where seq = 1"))


def test_a_backup_is_whole(tmp_path: Path) -> None:
    from tests.execution.plane import demo_plane

    plane = demo_plane(tmp_path)
    copy = back_up(plane.store.url, tmp_path / "copy.db")
    with Store(f"sqlite:///{copy}").read() as connection:
        assert connection.execute(sa.text("select count(*) from client")).scalar() == 3


def test_a_failed_command_leaves_nothing(plane: ControlPlane) -> None:
    with pytest.raises(ZeroDivisionError), plane.store.begin() as connection:
        connection.execute(sa.update(tables.client).values(client_name="gone"))
        raise ZeroDivisionError
    assert "gone" not in {one.client_name for one in plane.clients.all()}
