"""The published snapshot of one advisor: which one is current, and a locked-down, read-only way into it.

Every read goes through `read`, which narrows to the clients of the scope before any other filter is applied.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

Row = dict[str, Any]

# A reader must not reach files, the network or extensions, whatever a text field of a client contains.
LOCKED_DOWN = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "2",
    "memory_limit": "512MB",
    "lock_configuration": "true",
}
# These would forbid the attaching itself, so they are set after it; the lock comes last.
LOCKED_LAST = ("enable_external_access", "lock_configuration")
OPEN_SNAPSHOTS = 6  # Per process: the current one of a few firms and the ones just left.


class NoSnapshot(Exception):
    """Nothing is published for this advisor yet, or the snapshot was retired while it was being opened."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The last publish that was turned down: when, and why in the gate's words."""

    at: datetime
    reason: str
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a reader may see: one advisor's snapshot, narrowed to the clients of a principal (None: all)."""

    advisor_id: str
    snapshot_id: str
    path: str
    client_ids: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Published:
    """The snapshot that the pointer names, with what is known about its making."""

    advisor_id: str
    snapshot_id: str
    folder: Path
    published_at: datetime
    as_of_at: datetime
    refusal: Refusal | None = None
    dbt_tests: Row = field(default_factory=dict)
    gate: Row = field(default_factory=dict)

    def scope(self, client_ids: frozenset[str] | None) -> Scope:
        """The narrowed view of this snapshot."""
        return Scope(self.advisor_id, self.snapshot_id, str(self.folder / "snapshot.duckdb"), client_ids)


def _instant(value: str) -> datetime:
    return datetime.fromisoformat(value.replace("Z", "+00:00"))


def _refusal(path: Path, published_at: datetime) -> Refusal | None:
    if not path.exists():
        return None
    note = json.loads(path.read_text(encoding="utf-8"))
    at = _instant(note["at"])
    # An older note tells of an attempt that a later snapshot has already made good.
    if at <= published_at:
        return None
    failures = tuple(
        f if isinstance(f, str) else str(f.get("message") or f.get("name") or f) for f in note.get("failures", ())
    )
    return Refusal(at=at, reason=str(note.get("reason", "")), failures=failures)


def current(published: Path, advisor_id: str) -> Published:
    """The advisor's current snapshot; raises NoSnapshot when there is none."""
    home = published / advisor_id
    # The advisor id comes from the membership table; a path separator in it could only be an attack.
    if home.parent != published or not (home / "current.json").exists():
        raise NoSnapshot(f"nothing is published for {advisor_id} yet")
    pointer = json.loads((home / "current.json").read_text(encoding="utf-8"))
    published_at = _instant(pointer["published_at"])
    return Published(
        advisor_id=advisor_id,
        snapshot_id=pointer["snapshot_id"],
        folder=home / pointer["snapshot_id"],
        published_at=published_at,
        as_of_at=_instant(pointer["as_of_at"]),
        refusal=_refusal(home / "refused.json", published_at),
        dbt_tests=pointer.get("dbt_tests") or {},
        gate=pointer.get("gate") or {},
    )


def _attached(path: str) -> duckdb.DuckDBPyConnection:
    """A locked-down session over one snapshot file.

    Attached to a session of its own, because the executor's reader opens the same file in this process with other
    limits, and DuckDB shares one instance per opened file and refuses a second configuration.
    """
    connection = duckdb.connect(":memory:", config={k: v for k, v in LOCKED_DOWN.items() if k not in LOCKED_LAST})
    quoted = path.replace("'", "''")
    connection.execute(f"attach '{quoted}' as snapshot_file (read_only)")
    for name in LOCKED_LAST:
        connection.execute(f"set {name} = {LOCKED_DOWN[name]}")
    return connection


class _Openings:
    """Open snapshot files, least recently used first out; a snapshot file never changes, so it may stay open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: OrderedDict[str, duckdb.DuckDBPyConnection] = OrderedDict()

    def cursor(self, path: str) -> duckdb.DuckDBPyConnection:
        with self._lock:
            connection = self._open.get(path)
            if connection is None:
                if not Path(path).exists():
                    raise NoSnapshot("the snapshot was replaced; reload the page to see the current one")
                connection = _attached(path)
                self._open[path] = connection
                while len(self._open) > OPEN_SNAPSHOTS:
                    self._open.popitem(last=False)
            self._open.move_to_end(path)
            return connection.cursor()


_openings = _Openings()


@lru_cache(maxsize=512)
def _read(scope: Scope, table: str, columns: str, tail: str, values: tuple[Any, ...]) -> tuple[Row, ...]:
    narrowed = f"(select * from snapshot_file.{table} where advisor_id = $advisor_id"
    named: dict[str, Any] = {"advisor_id": scope.advisor_id}
    if scope.client_ids is not None:
        narrowed += " and list_contains($scope_client_ids::varchar[], client_id)"
        named["scope_client_ids"] = sorted(scope.client_ids)
    cursor = _openings.cursor(scope.path)
    try:
        cursor.execute(f"select {columns} from {narrowed}) as {table} {tail}", named | dict(values))
        names = [d[0] for d in cursor.description or ()]
        return tuple(dict(zip(names, row, strict=True)) for row in cursor.fetchall())
    finally:
        cursor.close()


def read(scope: Scope, table: str, tail: str = "", *, columns: str = "*", **values: Any) -> tuple[Row, ...]:
    """Rows of a published table for the scope's clients only; `tail` is the rest of the statement.

    Cached per scope (advisor, snapshot, clients) and values; rows are shared, so callers read and never write them.
    """
    return _read(scope, table, columns, tail, tuple(sorted(values.items())))


def read_firm(scope: Scope, table: str, columns: str = "*", tail: str = "") -> tuple[Row, ...]:
    """Rows of the two tables that hold no client: pub_snapshot and pub_metrics."""
    if table not in ("pub_snapshot", "pub_metrics"):
        raise ValueError(f"{table} holds clients; read it with read()")
    cursor = _openings.cursor(scope.path)
    try:
        cursor.execute(f"select {columns} from snapshot_file.{table} {tail}")
        names = [d[0] for d in cursor.description or ()]
        return tuple(dict(zip(names, row, strict=True)) for row in cursor.fetchall())
    finally:
        cursor.close()
