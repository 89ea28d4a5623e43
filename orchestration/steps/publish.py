"""Publish: write one immutable snapshot per advisor and move one pointer.

Readers open `current.json`, then the file that it names; they never wait for a writer and never see half a build.
A snapshot is written under a new name every time, because a DuckDB reader that meets a replaced file keeps
serving the old one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

KEEP_SNAPSHOTS = 14
# A session that opened a snapshot may read it for a working day after it was replaced.
KEEP_AT_LEAST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Published:
    """One advisor's new snapshot; `rows` counts the rows of all its tables."""

    advisor_id: str
    snapshot_id: str
    rows: int


def publish(
    warehouse: Path,
    folder: Path,
    *,
    as_of: datetime,
    evidence: dict[str, Any],
    docs_page: Path | None = None,
    data_docs: Path | None = None,
    before_pointer: Callable[[str], None] | None = None,
) -> list[Published]:
    """Copy the published schema to a snapshot per advisor; `evidence` (test counts, gate) goes into the manifest.

    `before_pointer` is called between file and pointer (tests stop the process there).
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        advisors = [
            row[0] for row in connection.execute("select advisor_id from published.pub_snapshot order by 1").fetchall()
        ]
        tables = [
            row[0]
            for row in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'published' order by 1"
            ).fetchall()
        ]
        snapshot_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        done = []
        for advisor_id in advisors:
            home = folder / advisor_id
            draft = home / f".{snapshot_id}"
            draft.mkdir(parents=True)
            counts = _copy(connection, tables, advisor_id, draft / "snapshot.duckdb")
            if docs_page and docs_page.exists():
                shutil.copyfile(docs_page, draft / "dbt_docs.html")
            if data_docs and data_docs.exists():
                shutil.copytree(data_docs, draft / "data_docs")
            pointer = {
                "snapshot_id": snapshot_id,
                "advisor_id": advisor_id,
                "published_at": datetime.now(UTC).isoformat(),
                "as_of_at": as_of.isoformat(),
                **evidence,
            }
            (draft / "manifest.json").write_text(json.dumps({**pointer, "rows": counts}, indent=1, default=str))
            _flush(draft / "snapshot.duckdb")
            os.rename(draft, home / snapshot_id)
            if before_pointer:
                before_pointer(advisor_id)
            _point(home, pointer)
            (home / "refused.json").unlink(missing_ok=True)
            forget_old(home, snapshot_id)
            done.append(Published(advisor_id, snapshot_id, sum(counts.values())))
    return done


def refuse(folder: Path, reason: str, failures: list[str], at: datetime) -> None:
    """Leave a note beside every advisor's pointer: the last good snapshot stays, and screens say why."""
    for home in folder.glob("*/"):
        note = {"at": at.isoformat(), "reason": reason, "failures": failures[:50]}
        draft = home / ".refused.json"
        draft.write_text(json.dumps(note, indent=1))
        os.replace(draft, home / "refused.json")


def forget_old(home: Path, current: str) -> None:
    """Keep the newest snapshots, and every one that a session may still read; drop drafts left by a crash."""
    now = datetime.now(UTC)
    whole = sorted(path for path in home.iterdir() if path.is_dir() and not path.name.startswith("."))
    for path in whole[:-KEEP_SNAPSHOTS]:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if path.name != current and now - written > KEEP_AT_LEAST:
            shutil.rmtree(path)
    for path in home.glob(".2*"):
        shutil.rmtree(path)


def current(home: Path) -> dict[str, Any] | None:
    """The pointer of one advisor, or None before the first publish."""
    pointer = home / "current.json"
    return json.loads(pointer.read_text()) if pointer.exists() else None


def _copy(warehouse: duckdb.DuckDBPyConnection, tables: list[str], advisor_id: str, target: Path) -> dict[str, int]:
    """Write the advisor's rows of every table, ordered by client so that a client's rows lie together."""
    counts = {}
    cursor = warehouse.cursor()
    cursor.execute(f"attach '{target}' as snapshot (read_write)")
    for table in tables:
        columns = [row[0] for row in cursor.execute(f"describe published.{table}").fetchall()]
        mine = " where advisor_id = ?" if "advisor_id" in columns else ""
        order = " order by client_id" if "client_id" in columns else ""
        cursor.execute(
            f"create table snapshot.{table} as select * from published.{table}{mine}{order}",
            [advisor_id] if mine else [],
        )
        counts[table] = cursor.execute(f"select count(*) from snapshot.{table}").fetchone()[0]  # type: ignore[index]
    cursor.execute("detach snapshot")
    cursor.close()
    return counts


def _point(home: Path, pointer: dict[str, Any]) -> None:
    draft = home / ".current.json"
    draft.write_text(json.dumps(pointer, indent=1, default=str))
    _flush(draft)
    os.replace(draft, home / "current.json")
    _flush(home)


def _flush(path: Path) -> None:
    """Ask the disk to keep it, so that a pointer never survives a power cut that its file does not."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
