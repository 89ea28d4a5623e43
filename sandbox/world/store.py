"""The world file: its tables, and the fast way to fill them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

_SCHEMA = """
create table meta(key text primary key, value text);
create table firm(advisor_id text primary key, advisor_name text);
create table client(client_key text primary key, advisor_id text, position int, profile text);
create table object_version(rail text, client_key text, kind text, id text, version int, visible_at int,
  created_at int, is_deleted int default 0, amount_minor int, account_id text, body blob,
  primary key(rail, client_key, kind, id, version)) without rowid;
create table webhook_plan(rail text, client_key text, at int, event_type text, object_id text);
create table truth_event(client_key text, event_id text, kind text, rail text, object_kind text, object_id text);
create table truth_defect(client_key text, defect_id text, kind text, note text, records text);
create table truth_ledger(client_key text, day text, account text, amount_minor int, kind text, counterparty text,
  event_id text);
"""


class WorldFile:
    """A world being written; nothing of an unfinished one is ever found under its name."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._final = path
        self._draft = path.with_suffix(".writing")
        self._draft.unlink(missing_ok=True)
        self._db = sqlite3.connect(self._draft, isolation_level=None)
        self._db.execute("pragma journal_mode=off")
        self._db.execute("pragma synchronous=off")
        self._db.execute("pragma cache_size=-200000")
        self._db.executescript(_SCHEMA)
        self._db.execute("begin")

    def add(self, table: str, rows: Iterable[tuple[object, ...]], width: int) -> None:
        """Append rows of `width` values to a table."""
        self._db.executemany(f"insert into {table} values ({','.join('?' * width)})", rows)

    def note(self, values: Mapping[str, str]) -> None:
        """Keep notes about the world itself."""
        self.add("meta", values.items(), 2)

    def finish(self) -> None:
        """Index, commit and give the file its name."""
        self._db.execute("create index ov_visible on object_version(visible_at)")
        self._db.execute("commit")
        self._db.close()
        for suffix in ("-wal", "-shm"):
            self._final.with_name(self._final.name + suffix).unlink(missing_ok=True)
        self._draft.replace(self._final)
