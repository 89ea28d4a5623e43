"""Snapshots are whole, per firm, swapped by one pointer, and never disturb a reader."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.steps.publish import KEEP_SNAPSHOTS, current, forget_old, publish, refuse

AS_OF = datetime(2026, 11, 24, 12, tzinfo=UTC)


def rows(folder: Path, advisor: str, sql: str) -> list[tuple[object, ...]]:
    pointer = current(folder / advisor)
    assert pointer is not None
    path = folder / advisor / pointer["snapshot_id"] / "snapshot.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_each_firm_gets_its_own_rows_and_the_shared_ones(warehouse: Path, tmp_path: Path) -> None:
    done = publish(warehouse, tmp_path / "out", as_of=AS_OF, evidence={"run_id": "r1"})
    assert [one.advisor_id for one in done] == ["firm-a", "firm-b"]
    assert rows(tmp_path / "out", "firm-a", "select client_id from pub_clients") == [("a1",), ("a2",)]
    assert rows(tmp_path / "out", "firm-b", "select client_id from pub_clients") == [("b1",)]
    assert rows(tmp_path / "out", "firm-b", "select metric_id from pub_metrics") == [("runway",)]


def test_manifest_keeps_the_evidence_and_the_row_counts(warehouse: Path, tmp_path: Path) -> None:
    pages = tmp_path / "docs"
    pages.mkdir()
    (pages / "index.html").write_text("gate")
    publish(warehouse, tmp_path / "out", as_of=AS_OF, evidence={"gate": {"leaving_missed": 0}}, data_docs=pages)
    pointer = current(tmp_path / "out" / "firm-a")
    assert pointer is not None and pointer["gate"] == {"leaving_missed": 0}
    folder = tmp_path / "out" / "firm-a" / pointer["snapshot_id"]
    assert json.loads((folder / "manifest.json").read_text())["rows"]["pub_clients"] == 2
    assert (folder / "data_docs" / "index.html").read_text() == "gate"


def test_a_stop_between_file_and_pointer_leaves_the_old_snapshot(warehouse: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    publish(warehouse, folder, as_of=AS_OF, evidence={})
    before = current(folder / "firm-a")

    def killed(advisor: str) -> None:
        raise KeyboardInterrupt(advisor)

    with pytest.raises(KeyboardInterrupt):
        publish(warehouse, folder, as_of=AS_OF, evidence={}, before_pointer=killed)
    assert current(folder / "firm-a") == before
    publish(warehouse, folder, as_of=AS_OF, evidence={})
    assert current(folder / "firm-a") != before


def test_a_refusal_is_noted_and_the_next_publish_clears_it(warehouse: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    publish(warehouse, folder, as_of=AS_OF, evidence={})
    before = current(folder / "firm-a")
    refuse(folder, "dbt test unique failed", ["dbt test unique failed"], AS_OF)
    note = json.loads((folder / "firm-a" / "refused.json").read_text())
    assert note["reason"] == "dbt test unique failed" and current(folder / "firm-a") == before
    publish(warehouse, folder, as_of=AS_OF, evidence={})
    assert not (folder / "firm-a" / "refused.json").exists()


def test_old_snapshots_go_but_never_the_current_or_a_young_one(tmp_path: Path) -> None:
    home = tmp_path / "firm-a"
    long_ago = time.time() - timedelta(days=3).total_seconds()
    for number in range(KEEP_SNAPSHOTS + 4):
        path = home / f"2026{number:02d}"
        path.mkdir(parents=True)
        os.utime(path, (long_ago, long_ago))
    os.utime(home / "202602")
    (home / ".202699").mkdir()
    forget_old(home, current="202600")
    left = {path.name for path in home.iterdir()}
    assert "202600" in left, "the current one stays, however old"
    assert "202602" in left, "a young one may still be read"
    assert "202601" not in left and "202603" not in left and ".202699" not in left
    assert len(left) == KEEP_SNAPSHOTS + 2


def _publish_again(warehouse: str, folder: str, stop: multiprocessing.synchronize.Event) -> None:
    while not stop.is_set():
        publish(Path(warehouse), Path(folder), as_of=AS_OF, evidence={})


def test_two_hundred_reads_during_publishing_see_whole_snapshots_only(warehouse: Path, tmp_path: Path) -> None:
    """Readers follow the pointer while another process publishes over and over: no lock error, nothing half done."""
    folder = tmp_path / "out"
    publish(warehouse, folder, as_of=AS_OF, evidence={})
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    writer = context.Process(target=_publish_again, args=(str(warehouse), str(folder), stop))
    writer.start()
    try:
        seen = set()
        for _ in range(200):
            pointer = current(folder / "firm-a")
            assert pointer is not None
            seen.add(pointer["snapshot_id"])
            assert rows(folder, "firm-a", "select count(*) from pub_clients") == [(2,)]
    finally:
        stop.set()
        writer.join(30)
    assert writer.exitcode == 0
    assert seen
