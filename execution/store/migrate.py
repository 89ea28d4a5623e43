"""Bringing a store to the newest schema; two processes that start together migrate once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from execution.errors import Conflict
from execution.store.engine import begins, engine_for
from execution.store.flock import write_turn

FOLDER = Path(__file__).resolve().parent / "migrations"
# Any number will do, as long as no other program locks the same one in this database.
POSTGRES_LOCK = 7_105_303_117


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, made in code: the package has no ini file to find."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["connection"] = connection
    return made


def newest() -> str:
    """The newest step's name."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    assert head is not None
    return head


@contextmanager
def _alone(url: str) -> Iterator[Connection]:
    engine = engine_for(url, guarded=False)
    try:
        if engine.dialect.name == "sqlite":
            with write_turn(Path(f"{engine.url.database}.lock")), engine.connect() as connection:
                yield begins(connection, "IMMEDIATE")
        else:
            with engine.connect() as connection:
                yield connection
    finally:
        engine.dispose()


def migrate(url: str) -> str:
    """Runs every step that the store has not seen, in one transaction; returns the step it stands at."""
    with _alone(url) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(POSTGRES_LOCK)))
        if MigrationContext.configure(connection).get_current_revision() != newest():
            command.upgrade(config(connection), "head")
    return newest()


def standing(url: str) -> str | None:
    """The step a store stands at; None when it is empty."""
    engine = engine_for(url, guarded=False)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def ready(url: str) -> None:
    """Migrates an empty store; Conflict for one that stands at an older or a newer step."""
    found = standing(url)
    if found == newest():
        return
    if found is None:
        migrate(url)
        return
    raise Conflict(
        f"the control store stands at schema {found}, this program needs {newest()}; "
        "back it up, then run `python -m execution.store migrate`"
    )
