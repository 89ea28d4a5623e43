"""Thirteen weeks ahead on a sandbox firm: ours beside plain rules and statsforecast, what bands hold, and the speed.

Rules of the projection were chosen on seeds 11 and 17; what is reported is seed 23, which for the bands is not quite
blind (decision 0029 says why and has a seed that is). Forty clients, since forecasts thirteen weeks ahead that share no
week are few, and a dozen clients' say little of what a band holds. Owners' money and own transfers are left out on both
sides. Every origin sees what was known then (decision 0028), 78 origins deep instead of the 40 of the product, so that
the scored ones have as many errors behind them as the origin of today has.

python -m tests.bench projection
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb

from tests.bench.backtest import backtest, bands
from tests.bench.forecast_rivals import library
from tests.bench.loaded_world import build
from tests.bench.made_world import made_world
from tests.bench.result import Result

CLIENTS, MONTHS, SEED = 40, 24, 23
DEEP = 78
# Thirteen weeks ago is the youngest origin whose last week is over.
FIRST, LAST = 13, 39
FOLDER = ("--select", "path:models/intermediate/projection")
ACCURACY = "Projection: weekly net flow and balance, 27 rolling origins per client"
COVERAGE = "Projection: what bands hold, per week ahead"
SPEED = "Projection: speed of its models, 2 cores, every origin with bands"
GONE = (0, 5, 10, 20)
COPIED = ("stg_control__clients", "stg_control__payouts", "stg_control__hygiene_decisions", "stg_qbo__bill_payments",
          "stg_qbo__bill_payment_lines", "stg_qbo__payments", "stg_qbo__payment_lines", "stg_stripe__payouts",
          "stg_stripe__balance_transactions", "int_cash__positions", "int_cash__flows", "int_cash__bills",
          "int_cash__invoices", "int_hygiene__decided", "int_bank__postings", "int_reconciliation__matches",
          "int_quality__rail_health", "int_quality__measured", "int_missing_bills__expected")  # fmt: skip


def results() -> Iterator[Result]:
    """Accuracy, coverage with bills removed, and seconds."""
    with made_world(CLIENTS, MONTHS, SEED) as (_, warehouse, name), tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        as_of = _as_of(warehouse)
        yield from _accuracy(_deep(warehouse, as_of, home, 0), name)
        for gone in GONE:
            for row in bands(_deep(warehouse, as_of, home, gone), FIRST, LAST):
                week, cases = row.pop("week_number"), row.pop("cases")
                # Forecasts that share weeks err alike: so many of them say as much as one (decision 0029).
                chance = math.sqrt(0.8 * 0.2 * max(1.0, week / 2) / cases)
                figures: dict[str, float | int | str] = {"cases": cases, **row, "standard error of held_80": chance}
                yield Result(COVERAGE, f"{name}; {gone} % of bills removed", f"ours, week {week}", figures)
        for times in (5, 25):
            yield _speed(warehouse, as_of, home, times, name)


def _as_of(warehouse: Path) -> datetime:
    with duckdb.connect(str(warehouse), read_only=True) as database:
        found = database.execute("select max(as_of_at) from published.pub_snapshot").fetchone()
    return datetime.fromisoformat(str(found[0])) if found else datetime.max


def _deep(warehouse: Path, as_of: datetime, home: Path, gone: int) -> Path:
    """A copy with many origins, with a share of its bills never entered."""
    copy = home / f"gone_{gone}.duckdb"
    if not copy.exists():
        shutil.copy(warehouse, copy)
        with duckdb.connect(str(copy)) as database:
            database.execute(
                "delete from intermediate.int_cash__bills where hash(client_id || source_bill_id) % 100 < ?", [gone]
            )
        build(copy, as_of, home / f"target_{gone}", FOLDER, projection_origins=DEEP)
    return copy


def _accuracy(warehouse: Path, name: str) -> Iterator[Result]:
    named = {f"library: statsforecast {model}": library(model) for model in ("AutoETS", "AutoARIMA", "Theta")}
    found = backtest(warehouse, FIRST, LAST, named)
    for method in found.said:
        yield Result(ACCURACY, f"{name}, {found.origins} origins", method, found.figures(method))


def _speed(warehouse: Path, as_of: datetime, home: Path, times: int, name: str) -> Result:
    """Clients copied under new names until they are many, and the folder built once."""
    copy = home / f"times_{times}.duckdb"
    shutil.copy(warehouse, copy)
    with duckdb.connect(str(copy)) as database:
        for table in COPIED:
            schema = "staging" if table.startswith("stg") else "intermediate"
            database.execute(f"create table {table} as select * from {schema}.{table}")
            database.execute(f"delete from {schema}.{table}")
            database.execute(
                f"insert into {schema}.{table} select one.* replace (one.client_id || ' ' || copy as client_id)"
                f" from {table} as one, range({times}) as copies (copy)"
            )
            database.execute(f"drop table {table}")
    began = time.perf_counter()
    build(copy, as_of, home / f"speed_{times}", FOLDER)
    wall = time.perf_counter() - began
    inside = sum(
        one["execution_time"] for one in json.loads((home / f"speed_{times}/run_results.json").read_text())["results"]
    )
    with duckdb.connect(str(copy), read_only=True) as database:
        clients, lines = database.execute(
            "select count(distinct client_id), count(*) from intermediate.int_projection__lines"
        ).fetchall()[0]
    copy.unlink()
    figures: dict[str, float | int | str] = {"clients": clients, "lines": lines, "wall s": wall, "s in models": inside}
    return Result(SPEED, f"{name}, each client {times} times", "ours", figures)
