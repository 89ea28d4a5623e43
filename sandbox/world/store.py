"""The world file: its tables, and the fast way to fill them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from sandbox.world.packing import DICTIONARY_TABLE

_COLUMNS = "rail, client_key, kind, id, version, visible_at, created_at, is_deleted, amount_minor, account_id, body"
_SCHEMA = f"""
create table meta(key text primary key, value text);
create table firm(advisor_id text primary key, advisor_name text);
create table client(client_key text primary key, advisor_id text, position int, profile text);
create table object_version(rail text, client_key text, kind text, id text, version int, visible_at int,
  created_at int, is_deleted int default 0, amount_minor int, account_id text, body blob,
  primary key(rail, client_key, kind, id, version)) without rowid;
{DICTIONARY_TABLE}
create table webhook_plan(rail text, client_key text, at int, event_type text, object_id text);
create table truth_event(client_key text, event_id text, kind text, rail text, object_kind text, object_id text);
create table truth_defect(client_key text, defect_id text, kind text, note text, records text, at_stake_minor int);
create table truth_ledger(client_key text, day text, account text, amount_minor int, kind text, counterparty text,
  event_id text);
create table staged.row({_COLUMNS});
"""
_INDEXES = """
create index ov_visible on object_version(visible_at);
create index truth_event_record on truth_event(client_key, rail, object_kind, object_id);
create index truth_event_event on truth_event(client_key, event_id);
"""


class WorldFile:
    """A world being written; nothing of an unfinished one is ever found under its name.

    Object rows wait in a file of their own until all clients are in: written in key order, the table's pages come out
    full, and the writer needs no memory for them.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._final = path
        self._draft, self._staged = path.with_suffix(".writing"), path.with_suffix(".staged")
        self._spans: dict[tuple[object, object], tuple[int, int]] = {}
        self._count = 0
        for file in (self._draft, self._staged):
            file.unlink(missing_ok=True)
        self._db = sqlite3.connect(self._draft, isolation_level=None)
        self._db.execute("attach ? as staged", (str(self._staged),))
        for name in ("main", "staged"):
            self._db.execute(f"pragma {name}.journal_mode=off")
            self._db.execute(f"pragma {name}.synchronous=off")
        self._db.execute("pragma main.page_size=8192")
        self._db.execute("pragma main.cache_size=-64000")
        self._db.execute("pragma temp_store=file")
        self._db.executescript(_SCHEMA)
        self._db.execute("begin")

    def add(self, table: str, rows: Iterable[tuple[object, ...]], width: int) -> None:
        """Append rows of `width` values to a table."""
        self._db.executemany(f"insert into {table} values ({','.join('?' * width)})", rows)

    def add_objects(self, rows: list[tuple[object, ...]]) -> None:
        """Take one client's object rows, sorted by the table's key."""
        for number, row in enumerate(rows, self._count + 1):
            first, _ = self._spans.get(row[:2], (number, number))
            self._spans[row[0], row[1]] = (first, number)
        self._count += len(rows)
        self.add("staged.row", rows, 11)

    def note(self, values: Mapping[str, str]) -> None:
        """Keep notes about the world itself."""
        self.add("meta", values.items(), 2)

    def finish(self) -> None:
        """Bring the rows into place, index, commit and give the file its name."""
        for key in sorted(self._spans):  # type: ignore[type-var]
            self._db.execute(
                "insert into object_version select * from staged.row where rowid between ? and ? order by rowid",
                self._spans[key],
            )
        self._db.execute("commit")
        self._db.execute("detach staged")
        self._staged.unlink()
        self._db.executescript(_INDEXES)
        self._db.close()
        for suffix in ("-wal", "-shm"):
            self._final.with_name(self._final.name + suffix).unlink(missing_ok=True)
        self._draft.replace(self._final)
