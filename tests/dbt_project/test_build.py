"""The whole project builds on empty rails, and every dbt unit test holds."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ingestion import ensure_raw_tables
from orchestration.paths import DBT_PROJECT
from orchestration.steps.build import as_of_vars, dbt_environment

AS_OF = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every raw table, and not one row: a firm on its first day."""
    path = tmp_path_factory.mktemp("warehouse") / "rowcol.duckdb"
    ensure_raw_tables(path)
    return path


@pytest.mark.slow
def test_the_first_day_of_a_firm_builds_and_every_unit_test_holds(empty_warehouse: Path) -> None:
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--vars", json.dumps(as_of_vars(AS_OF))]
    command += ["--target-path", str(empty_warehouse.parent / "target")]
    done = subprocess.run(
        command, cwd=DBT_PROJECT, env=dbt_environment(empty_warehouse), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:]
    results = json.loads((empty_warehouse.parent / "target" / "run_results.json").read_text())["results"]
    kinds = [result["unique_id"].split(".")[0] for result in results]
    assert kinds.count("unit_test") >= 40
    with duckdb.connect(str(empty_warehouse), read_only=True) as warehouse:
        assert warehouse.sql("select count(*) from published.pub_portfolio").fetchone() == (0,)
