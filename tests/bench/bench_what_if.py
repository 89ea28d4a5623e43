"""How long a person waits for a what-if: the forecast read from a firm's snapshot and put together under some moves.

A sandbox firm's published rows copied under new names until its clients are a thousand. Nothing is kept between two
calls, so each is the first of its client; a browser adds its way, and the API its checks of who asks.

python -m tests.bench what_if
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

import duckdb

from execution.errors import StaleData
from execution.facts.snapshot import Kept, Pointer, Snapshot
from execution.outlook.applying import apply
from execution.outlook.moves import read_moves
from execution.outlook.reading import forecast_of
from tests.bench.made_world import made_world
from tests.bench.result import Result

FIRM = 1_000
READ = ("pub_cash_weeks", "pub_cash_lines", "pub_open_invoices", "pub_open_bills", "pub_hygiene_items")
MOVES = [
    {"kind": "payroll", "percent": 20, "from_week": 2},
    {"kind": "loan", "draw_minor": 5_000_000, "draw_week": 1, "repayment_minor": 200_000, "first_week": 5},
]
ASKED = 100


def results() -> Iterator[Result]:
    """Milliseconds of one what-if."""
    with made_world() as (_, warehouse, name), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "snapshot.duckdb"
        clients = _snapshot(warehouse, path)
        pointer = Pointer("firm", "bench", datetime.now(UTC), path)
        waits, lines = list[float](), list[int]()
        for client in clients[:: max(1, len(clients) // ASKED)]:
            began = time.perf_counter()
            snapshot = Snapshot(pointer, lambda: duckdb.connect(str(path), read_only=True), Kept(0))
            try:
                base = forecast_of(snapshot, client)
            except StaleData:
                continue  # No bank balance, so no projection.
            finally:
                snapshot.close()
            _ = apply(base, read_moves(MOVES)).headline
            waits.append(1000 * (time.perf_counter() - began))
            lines.append(len(base.lines))
    figures: dict[str, float | int | str] = {
        "clients": len(clients),
        "asked": len(waits),
        "lines of one, most": max(lines),
        "median ms": median(waits),
        "95 in 100 within ms": quantiles(waits, n=20)[-1],
        "first of the process ms": waits[0],
        "slowest after it ms": max(waits[1:]),
    }
    yield Result("A what-if: read and put together", f"{name}, copied to a thousand clients", "ours", figures)


def _snapshot(warehouse: Path, path: Path) -> list[str]:
    """Published rows that a forecast is read from, of many clients; gives their names."""
    with duckdb.connect(str(path)) as database:
        database.execute(f"attach '{warehouse}' as built (read_only)")
        database.execute("create table pub_snapshot as select * from built.published.pub_snapshot")
        found = database.execute("select count(distinct client_id) from built.published.pub_cash_weeks").fetchall()
        times = -(-FIRM // int(found[0][0]))
        for table in READ:
            database.execute(
                f"create table {table} as select one.* replace (one.client_id || ' ' || copy as client_id)"
                f" from built.published.{table} as one, range({times}) as copies (copy) order by client_id"
            )
        named = database.execute("select distinct client_id from pub_cash_weeks order by client_id").fetchall()
        database.execute("detach built")
    return [str(row[0]) for row in named]
