"""The store: one way in for readers, one for writers, the same statements on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Engine, make_url

from execution import failpoints
from execution.errors import Conflict
from execution.store.authorizer import authorize
from execution.store.flock import write_turn

LOCK_SECONDS = 10
STATEMENT_SECONDS = 60
IDLE_SECONDS = 5.0
_KIND = "store_begin"


def normalized(url: str) -> URL:
    """The URL with the driver we ship: psycopg 3 for PostgreSQL, the standard library's for SQLite."""
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def engine_for(url: str, *, guarded: bool = True) -> Engine:
    """An engine with the store's rules set on each connection; `guarded` False only for migrations."""
    parsed = normalized(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed, guarded)
    given = str(parsed.query.get("options") or "")  # A role to act as, for instance; what follows is ours to say.
    waits = f"{given} -c lock_timeout={LOCK_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s"
    waits += " -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
    engine = sa.create_engine(parsed, isolation_level="READ COMMITTED", connect_args={"options": waits})
    _ask_the_idle(engine)
    return engine


def _ask_the_idle(engine: Engine) -> None:
    """Before it is used again, ask a connection that lay idle whether it lives; a busy one would answer twice."""

    @sa.event.listens_for(engine, "checkin")
    def laid_down(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def taken_up(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", time.monotonic()) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.DisconnectionError from error  # The pool opens another.


def _sqlite_engine(url: URL, guarded: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("the control store is a file; a store in memory would lose decisions")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = sa.create_engine(url, connect_args={"timeout": LOCK_SECONDS, "check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin by itself: we say BEGIN IMMEDIATE, so a writer never fails half-way.
        connection.isolation_level = None
        for setting in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "recursive_triggers = ON",  # Without it INSERT OR REPLACE walks round the triggers.
            "trusted_schema = OFF",
            f"busy_timeout = {LOCK_SECONDS * 1000}",
        ):
            connection.execute(f"pragma {setting}")
        if guarded:
            connection.set_authorizer(authorize)

    # Not a listener: an engine that has one looks for others at each statement, a tenth of a payout's time.
    engine.dialect.do_begin = _begin  # type: ignore[assignment, method-assign]
    return engine


def _begin(connection: Any) -> None:
    connection.cursor().execute(f"BEGIN {connection.info.get(_KIND, 'DEFERRED')}")


def begins(connection: Connection, kind: str) -> Connection:
    """Says how the connection's next transactions begin on SQLite: DEFERRED, or IMMEDIATE for one that writes."""
    connection.connection.info[_KIND] = kind
    return connection


class Store:
    """The control store. `begin()` for a command, `read()` for a look; both give a SQLAlchemy connection."""

    def __init__(self, url: str, engine: Engine | None = None) -> None:
        self.url = url
        self.engine = engine or engine_for(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._here = threading.local()

    @property
    def _lock_file(self) -> Path:
        database = self.engine.url.database
        assert database is not None
        return Path(database + ".lock")

    @contextmanager
    def begin(self, name: str = "") -> Iterator[Connection]:
        """One write transaction: commits at the end, rolls back on any error. Never nested.

        `name` is one of `execution/failpoints.py`, where a test may end the process.
        """
        if getattr(self._here, "writing", False):
            raise RuntimeError("a write transaction is open in this thread; pass its connection on instead")
        self._here.writing = True
        try:
            with failpoints.transaction(name):
                turn = write_turn(self._lock_file) if self.is_sqlite else nullcontext()
                with turn, self._begun("IMMEDIATE") as connection:
                    yield connection
                    failpoints.inside("before-commit")
        except sa.exc.OperationalError as error:
            if _is_wait(error):
                raise Conflict("the control store was busy; nothing was changed, try again") from error
            raise
        finally:
            self._here.writing = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent look at the store; never waits for a writer on either database."""
        with self._begun("DEFERRED") as connection:
            yield connection

    def instant(self, connection: Connection) -> datetime:
        """The present instant by the store's own clock, UTC: the same for every process that shares the store."""
        if self.is_sqlite:
            return datetime.now(UTC)  # One machine holds the file, so its clock is the store's.
        told: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return told.astimezone(UTC)

    @contextmanager
    def _begun(self, kind: str) -> Iterator[Connection]:
        with self.engine.connect() as connection, begins(connection, kind).begin():
            yield connection

    def dispose(self) -> None:
        """Closes every connection of this process."""
        self.engine.dispose()


def _is_wait(error: sa.exc.OperationalError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state in ("55P03", "40P01", "57014") or "database is locked" in str(error.orig)


def insert_if_absent(connection: Connection, table: sa.Table, **values: Any) -> bool:
    """INSERT … ON CONFLICT DO NOTHING on either database; whether the row is new."""
    return bool(connection.execute(_insert_if_absent(table, connection.dialect.name), values).rowcount == 1)


@cache
def _insert_if_absent(table: sa.Table, dialect: str) -> sa.Executable:
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[dialect](table)
    # Without the option an INSERT has no row count on PostgreSQL: every row would look as if it had been there.
    built: sa.Executable = insert.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return built
