"""Build and test the warehouse: one child process runs `dbt build`, then draws the lineage page.

A child, because dbt keeps the DuckDB file open in its process and the steps after it need the file.
One child for both commands, because starting dbt and parsing the project costs more than the SQL.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.paths import DBT_PROJECT, ROOT

FAILED = {"error", "fail", "runtime error"}


@dataclass(frozen=True, slots=True)
class BuildResult:
    """Counts by status, and a sentence for each failure. `ok` means that all models built and all tests passed."""

    ok: bool
    counts: dict[str, int]
    failures: list[str]
    docs_page: Path | None


def as_of_vars(as_of: datetime) -> dict[str, str]:
    """The one as-of value as dbt vars."""
    return {"as_of_date": as_of.date().isoformat(), "as_of_at": as_of.isoformat()}


def build(
    warehouse: Path,
    target: Path,
    as_of: datetime,
    *,
    select: str | None = None,
    on_line: Callable[[str], None] | None = None,
) -> BuildResult:
    """Run `dbt build` (and the docs when it passes) against `warehouse`; never raises on a failed test."""
    target.mkdir(parents=True, exist_ok=True)
    (target / "run_results.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "orchestration.steps.dbt_child", str(target)]
    command += [json.dumps(as_of_vars(as_of))] + ([select] if select else [])
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=dbt_environment(warehouse),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    tail: list[str] = []
    for line in process.stdout:
        tail = [*tail, line.rstrip()][-25:]
        if on_line:
            on_line(line.rstrip())
    code = process.wait()
    counts, failures = read_results(target / "run_results.json")
    if code and not failures:
        # dbt stopped before any node ran: a parse error, a locked file. Its last words are the reason.
        failures = ["dbt could not run: " + " / ".join(part for part in tail if part)[-1500:]]
    page = target / "static_index.html"
    return BuildResult(not failures and code == 0, counts, failures, page if page.exists() else None)


def dbt_environment(warehouse: Path) -> dict[str, str]:
    """The environment that dbt runs in: this warehouse, this project, no phone-home."""
    from orchestration.telemetry import OFF

    return {
        **os.environ,
        **OFF,
        "ROWCOL_WAREHOUSE": str(warehouse),
        "DBT_PROFILES_DIR": str(DBT_PROJECT),
        "DBT_PROJECT_DIR": str(DBT_PROJECT),
        "DBT_USE_COLORS": "false",
    }


def read_results(path: Path) -> tuple[dict[str, int], list[str]]:
    """Counts by status and the failing nodes of a `run_results.json`; empty when dbt never got that far."""
    if not path.exists():
        return {}, []
    counts: dict[str, int] = {}
    failures: list[str] = []
    for result in json.loads(path.read_text())["results"]:
        counts[result["status"]] = counts.get(result["status"], 0) + 1
        if result["status"] in FAILED:
            kind, _, name = result["unique_id"].split(".", 2)
            failures.append(f"dbt {kind} {name}: {(result['message'] or 'failed').strip()}")
    return counts, failures
