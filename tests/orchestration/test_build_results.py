"""What dbt reports is told in one sentence a failure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from orchestration.steps.build import as_of_vars, build, read_results


def test_failures_name_their_node(tmp_path: Path) -> None:
    results = [
        {"status": "success", "unique_id": "model.rowcol.stg_qbo__bills", "message": "OK"},
        {"status": "fail", "unique_id": "test.rowcol.stg_qbo__bills__rules.a1", "message": "Got 1 result"},
        {"status": "error", "unique_id": "model.rowcol.pub_portfolio", "message": None},
        {"status": "skipped", "unique_id": "model.rowcol.pub_clients", "message": None},
    ]
    (tmp_path / "run_results.json").write_text(json.dumps({"results": results}))
    counts, failures = read_results(tmp_path / "run_results.json")
    assert counts == {"success": 1, "fail": 1, "error": 1, "skipped": 1}
    assert failures == ["dbt test stg_qbo__bills__rules.a1: Got 1 result", "dbt model pub_portfolio: failed"]


def test_a_dbt_that_cannot_run_says_why(tmp_path: Path) -> None:
    # A warehouse below a file cannot be opened, so no node ever runs.
    (tmp_path / "file").write_text("")
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    result = build(tmp_path / "file" / "w.duckdb", tmp_path / "target", moment)
    assert not result.ok
    assert result.failures[0].startswith("dbt could not run: ")


def test_every_model_gets_its_today_from_one_value() -> None:
    moment = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert as_of_vars(moment) == {"as_of_date": "2026-11-24", "as_of_at": "2026-11-24T23:30:00+00:00"}
