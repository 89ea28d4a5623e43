"""The world file as the rails read and write it: versions of objects, each visible from its second on.

What a rail shows now is, per object, its newest version with `visible_at` not after the clock. Nothing has to be
applied when the clock moves: an index of a kind knows when its next version comes up and is read again then. What
happens at runtime is written as versions too (now, or planned for later), so it survives a restart.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sandbox.world.packing import DICTIONARY_TABLE, readable

_RUNTIME_TABLES = (
    """
create table if not exists runtime_secret(
    rail text, client_key text, name text, value text, primary key(rail, client_key, name)) without rowid;
create index if not exists truth_event_record on truth_event(client_key, rail, object_kind, object_id);
create index if not exists truth_event_event on truth_event(client_key, event_id);
"""
    + DICTIONARY_TABLE
)
# Indexes of so many (rail, client, kind) stay in memory; a load walks one client after the other.
_INDEXES_KEPT = 400


class Version(NamedTuple):
    """One state of an object; `mark` is what the rail's extractor read from the body."""

    version: int
    visible_at: int
    created_at: int
    is_deleted: bool
    amount_minor: int | None
    account_id: str | None
    mark: Any


@dataclass(frozen=True, slots=True)
class Change:
    """A version that came up in a span of time."""

    rail: str
    client_key: str
    kind: str
    object_id: str
    version: int
    visible_at: int
    is_deleted: bool


@dataclass(slots=True)
class KindIndex:
    """Every object of one kind of one client that is visible up to now, with its visible history."""

    history: dict[str, tuple[Version, ...]]
    expires_at: int
    derived: dict[str, Any]

    def current(self) -> list[tuple[str, Version]]:
        """Live objects with their newest version, in id order; the list is kept, do not change it."""
        rows = self.derived.get("current")
        if rows is None:
            rows = [(key, past[-1]) for key, past in self.history.items() if not past[-1].is_deleted]
            self.derived["current"] = rows
        return rows


class WorldStore:
    """Reads and writes one world.db from one thread."""

    def __init__(self, path: Path, extractors: dict[tuple[str, str], Callable[[bytes], Any]]) -> None:
        self.path = path
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=normal")
        self._db.execute("pragma mmap_size=1073741824")
        self._db.executescript(_RUNTIME_TABLES)
        self._unpack = readable(self._db)
        self._extractors = extractors
        self._indexes: OrderedDict[tuple[str, str, str], KindIndex] = OrderedDict()

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    def meta(self, key: str, default: str = "") -> str:
        """A value of the world's own notes."""
        row = self._db.execute("select value from meta where key=?", (key,)).fetchone()
        return default if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Note a value in the world."""
        self._db.execute("insert or replace into meta values (?,?)", (key, value))

    def secret(self, rail: str, client_key: str, name: str) -> str | None:
        """A credential that changed at runtime (a rotated refresh token, a subscription)."""
        row = self._db.execute(
            "select value from runtime_secret where rail=? and client_key=? and name=?", (rail, client_key, name)
        ).fetchone()
        return None if row is None else str(row[0])

    def secrets(self, rail: str, name_prefix: str) -> list[tuple[str, str, str]]:
        """(client_key, name, value) of every runtime secret of a rail whose name starts so."""
        return self._db.execute(
            "select client_key, name, value from runtime_secret where rail=? and substr(name,1,?)=?",
            (rail, len(name_prefix), name_prefix),
        ).fetchall()

    def set_secret(self, rail: str, client_key: str, name: str, value: str | None) -> None:
        """Keep a runtime credential, or drop it (None)."""
        if value is None:
            self._db.execute(
                "delete from runtime_secret where rail=? and client_key=? and name=?", (rail, client_key, name)
            )
        else:
            self._db.execute("insert or replace into runtime_secret values (?,?,?,?)", (rail, client_key, name, value))

    def rows(self, sql: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Plain rows of a query over the world."""
        return self._db.execute(sql, tuple(parameters)).fetchall()

    def execute(self, sql: str, parameters: Iterable[Any] = ()) -> None:
        """A statement that changes the world's side tables (truth, notes)."""
        self._db.execute(sql, tuple(parameters))

    def index(self, rail: str, client_key: str, kind: str, now: int) -> KindIndex:
        """What is visible of a kind at `now`, from memory when nothing came up since."""
        key = (rail, client_key, kind)
        index = self._indexes.get(key)
        if index is None or now >= index.expires_at:
            index = self._read_index(rail, client_key, kind, now)
            self._indexes[key] = index
            if len(self._indexes) > _INDEXES_KEPT:
                self._indexes.popitem(last=False)
        self._indexes.move_to_end(key)
        return index

    def _read_index(self, rail: str, client_key: str, kind: str, now: int) -> KindIndex:
        extract = self._extractors.get((rail, kind))
        body = "body" if extract else "null"
        cursor = self._db.execute(
            f"select id, version, visible_at, created_at, is_deleted, amount_minor, account_id, {body}"
            " from object_version where rail=? and client_key=? and kind=? order by id, version",
            (rail, client_key, kind),
        )
        history: dict[str, tuple[Version, ...]] = {}
        next_at = 1 << 62
        for object_id, version, visible_at, created_at, is_deleted, amount, account_id, blob in cursor:
            if visible_at > now:
                next_at = min(next_at, visible_at)
                continue
            mark = extract(self._unpack(rail, client_key, kind, blob)) if extract and blob else None
            row = Version(version, visible_at, created_at, bool(is_deleted), amount, account_id, mark)
            past = history.get(object_id)
            history[object_id] = (row,) if past is None else (*past, row)
        return KindIndex(history, next_at, {})

    def body(self, rail: str, client_key: str, kind: str, object_id: str, version: int) -> bytes:
        """The JSON bytes of one version."""
        row = self._db.execute(
            "select body from object_version where rail=? and client_key=? and kind=? and id=? and version=?",
            (rail, client_key, kind, object_id, version),
        ).fetchone()
        return self._unpack(rail, client_key, kind, row[0])

    def bodies(self, rail: str, client_key: str, kind: str, keys: Iterable[tuple[str, int]]) -> list[bytes]:
        """The JSON bytes of many versions of one kind, in the order asked."""
        execute, unpack = self._db.execute, self._unpack
        sql = "select body from object_version where rail=? and client_key=? and kind=? and id=? and version=?"
        return [
            unpack(rail, client_key, kind, execute(sql, (rail, client_key, kind, object_id, version)).fetchone()[0])
            for object_id, version in keys
        ]

    def shown(self, rail: str, client_key: str, kind: str, object_id: str, now: int) -> bytes | None:
        """The object's body as the rail shows it now; None when it is unknown or deleted."""
        past = self.index(rail, client_key, kind, now).history.get(object_id)
        if past is None or past[-1].is_deleted:
            return None
        return self.body(rail, client_key, kind, object_id, past[-1].version)

    def write(
        self,
        rail: str,
        client_key: str,
        kind: str,
        object_id: str,
        body: bytes,
        *,
        visible_at: int,
        created_at: int | None = None,
        amount_minor: int | None = None,
        account_id: str | None = None,
        is_deleted: bool = False,
    ) -> None:
        """Add a version after the last one the object has; created_at, amount and account carry over when left out."""
        last = self._db.execute(
            "select version, created_at, amount_minor, account_id from object_version"
            " where rail=? and client_key=? and kind=? and id=? order by version desc limit 1",
            (rail, client_key, kind, object_id),
        ).fetchone()
        version, first_at, last_amount, last_account = last or (-1, visible_at, None, None)
        self._db.execute(
            "insert into object_version(rail, client_key, kind, id, version, visible_at, created_at, is_deleted,"
            " amount_minor, account_id, body) values (?,?,?,?,?,?,?,?,?,?,?)",
            (
                rail,
                client_key,
                kind,
                object_id,
                version + 1,
                visible_at,
                created_at if created_at is not None else first_at,
                int(is_deleted),
                amount_minor if amount_minor is not None else last_amount,
                account_id if account_id is not None else last_account,
                body,
            ),
        )
        self._indexes.pop((rail, client_key, kind), None)

    def forget_future(
        self, rail: str, client_key: str, kind: str, object_id: str, now: int, *, keep_first: bool = False
    ) -> int:
        """Drop the planned versions of an object that nobody has seen yet, its first one too unless it is kept."""
        gone = self._db.execute(
            "delete from object_version where rail=? and client_key=? and kind=? and id=?"
            " and visible_at>? and version>?",
            (rail, client_key, kind, object_id, now, 0 if keep_first else -1),
        ).rowcount
        self._indexes.pop((rail, client_key, kind), None)
        return gone

    def transaction(self) -> _Transaction:
        """A block whose writes land together or not at all."""
        return _Transaction(self._db, self._indexes)

    def changes(self, after: int, until: int) -> Iterator[Change]:
        """Versions that came up in (after, until], oldest first."""
        for row in self._db.execute(
            "select rail, client_key, kind, id, version, visible_at, is_deleted from object_version"
            " where visible_at>? and visible_at<=? order by visible_at, rail, client_key, kind, id, version",
            (after, until),
        ).fetchall():
            yield Change(*row[:6], bool(row[6]))


class _Transaction:
    def __init__(self, db: sqlite3.Connection, indexes: OrderedDict[tuple[str, str, str], KindIndex]) -> None:
        self._db = db
        self._indexes = indexes

    def __enter__(self) -> None:
        self._db.execute("begin immediate")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._db.execute("commit")
        else:
            self._db.execute("rollback")
            self._indexes.clear()
