"""Reports survive, are whole, and the newest is found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from orchestration import run_log
from orchestration.run_log import RunReport


def report(number: int) -> RunReport:
    run_id = run_log.new_run_id(datetime(2026, 1, 1, 0, 0, number, tzinfo=UTC))
    return RunReport(run_id, "2026-01-01", "2026-01-01", connections=[{"outcome": "ok"}, {"outcome": "failed"}])


def test_newest_is_the_last_started(tmp_path: Path) -> None:
    for number in (2, 1, 3):
        run_log.write(tmp_path, report(number))
    assert run_log.newest(tmp_path) == report(3)
    assert report(3).failed_connections() == [{"outcome": "failed"}]


def test_before_the_first_run_there_is_none(tmp_path: Path) -> None:
    assert run_log.newest(tmp_path) is None


def test_only_the_newest_are_kept(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(run_log, "KEEP_RUNS", 2)
    for number in range(5):
        run_log.write(tmp_path, report(number))
    assert len(list(tmp_path.glob("*.json"))) == 2
