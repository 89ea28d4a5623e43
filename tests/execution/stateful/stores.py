"""One database for many lives: empty at the start of each, with a copy that can be put back in the middle of one.

The engine stays. Building its statements takes longer than a life does, and a copied file is there in a millisecond
where the migrations take a quarter of a second.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Protocol

import psycopg

from execution.store import Store
from execution.store.engine import engine_for
from execution.store.migrate import migrate

# Nothing here outlives the process, so that nothing need reach a disk.
IN_MEMORY = Path("/dev/shm")


class Stores(Protocol):
    """A database that is emptied, copied and put back."""

    def fresh(self) -> Store:
        """The store, empty, at the newest schema."""

    def copy(self) -> None:
        """Keep the store as it is now."""

    def put_back(self) -> None:
        """Make the store what it was when it was copied last."""

    def close(self) -> None:
        """Leave nothing behind."""


class OnSqlite:
    """A file, and files beside it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="rowcol-lives-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None))
        self._file, self._empty, self._kept = (self._folder / name for name in ("control.db", "empty.db", "kept.db"))
        migrate(f"sqlite:///{self._empty}")
        self._store = Store(f"sqlite:///{self._file}", engine_for(f"sqlite:///{self._file}"))

    def fresh(self) -> Store:
        """The store, empty, at the newest schema."""
        self._become(self._empty)
        return self._store

    def copy(self) -> None:
        """Keep the store as it is now; its last connection is closed first, so the file is whole."""
        self._store.dispose()
        shutil.copy(self._file, self._kept)

    def put_back(self) -> None:
        """Make the store what it was when it was copied last."""
        self._become(self._kept)

    def close(self) -> None:
        """Leave nothing behind."""
        self._store.dispose()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _become(self, source: Path) -> None:
        self._store.dispose()
        for suffix in ("-wal", "-shm"):
            Path(f"{self._file}{suffix}").unlink(missing_ok=True)
        shutil.copy(source, self._file)


class OnPostgres:
    """A database of a private server, and templates beside it. `server`: its socket folder."""

    def __init__(self, server: str) -> None:
        self._server = server
        url = f"postgresql://postgres@/{{}}?host={server}"
        self._tell("create database lives_empty")
        migrate(url.format("lives_empty"))
        self._store = Store(url.format("lives"), engine_for(url.format("lives")))

    def fresh(self) -> Store:
        """The store, empty, at the newest schema."""
        self._become("lives_empty")
        return self._store

    def copy(self) -> None:
        """Keep the store as it is now."""
        self._store.dispose()
        self._tell("drop database if exists lives_kept", "create database lives_kept template lives")

    def put_back(self) -> None:
        """Make the store what it was when it was copied last."""
        self._become("lives_kept")

    def close(self) -> None:
        """Leave nothing behind."""
        self._store.dispose()
        self._tell(*(f"drop database if exists {name}" for name in ("lives", "lives_kept", "lives_empty")))

    def _become(self, template: str) -> None:
        self._store.dispose()
        self._tell("drop database if exists lives", f"create database lives template {template}")

    def _tell(self, *statements: str) -> None:
        with psycopg.connect(host=self._server, user="postgres", dbname="postgres", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())
