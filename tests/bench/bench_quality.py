"""The data-quality score against planted defect dollars, under deletion, and its order of work.

python -m tests.bench quality

With ROWCOL_BENCH_WORLD and ROWCOL_BENCH_WAREHOUSE set, a world that is built already is scored; deleting copies it.
"""

from __future__ import annotations

import math
import random
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any

import duckdb
from scipy.stats import spearmanr

from tests.bench.loaded_world import build
from tests.bench.planted_defects import Planted, standing
from tests.bench.result import Result

DAYS = 90
# Items of a client that are looked at in one sitting.
SITTING = 10
# What was: six counted components, weights and zero points as they stood in its seed.
COUNTED = "rival: weighted counts of failing records (our own former score)"
EQUAL = "rival: six indicators of equal weight"
NAIVE = "naive: share of records without an open item"
RAW = {
    "plaid": (("transactions", "transaction_id"),),
    "qbo": (("bills", "id"), ("bill_payments", "id"), ("purchases", "id"), ("deposits", "id"), ("payments", "id")),
    "ramp": (("bills", "id"), ("transactions", "id")),
    "stripe": (("payouts", "id"),),
}


def results() -> Iterator[Result]:
    """A world of sixty clients with half of the plants each: correlation, ranking, then three ways of deleting."""
    from tests.bench.made_world import made_world

    with made_world(60, 12, 7, "default") as (world, warehouse, name):
        with duckdb.connect(str(warehouse), read_only=True) as built:
            today = built.execute("select max(score_date) from intermediate.int_quality__history").fetchall()[0][0]
            planted = standing(world, built, today, DAYS)
            yield from correlation(built, planted, name)
            yield from ranking(built, planted, name)
        for how, delete in (("2 % of all rows", _some), ("rows that lose points", _worst), ("a whole rail", _rail)):
            yield removal(warehouse, datetime.combine(today, time(14)).astimezone(), how, delete, name)


def correlation(built: duckdb.DuckDBPyConnection, planted: list[Planted], name: str) -> Iterator[Result]:
    """Spearman of 100 − score and planted dollars over cash flow, across clients whose bank loaded."""
    rows = built.execute(
        "select client_id, score_hundredths, flow_minor from intermediate.int_quality__history as history"
        " where rail = 'all' and score_date = (select max(score_date) from intermediate.int_quality__history)"
        " and exists (select 1 from intermediate.int_quality__rail_health as health where rail = 'plaid'"
        " and status = 'fresh' and health.client_id = history.client_id) order by client_id"
    ).fetchall()
    dollars: dict[str, int] = defaultdict(int)
    for defect in planted:
        dollars[defect.client_id] += defect.stake_minor
    truth = [dollars[client] / flow for client, _, flow in rows]
    shares = _failing_shares(built)
    methods: tuple[tuple[str, list[float]], ...] = (
        ("ours", [10_000 - score for _, score, _ in rows]),
        (NAIVE, [shares[client]["all"] for client, _, _ in rows]),
        (COUNTED, [_counted(shares[client]) for client, _, _ in rows]),
        (EQUAL, [sum(v for k, v in shares[client].items() if k != "all") for client, _, _ in rows]),
    )
    for method, lost in methods:
        figures: dict[str, float | int | str] = {"clients": len(rows), "spearman": float(spearmanr(lost, truth)[0])}
        yield Result("Data quality against planted defect dollars", name, method, figures)


def _failing_shares(built: duckdb.DuckDBPyConnection) -> dict[str, dict[str, float]]:
    """The failing share of what each of six indicators counts, by client; `all` over all records."""
    total = dict(
        built.execute("select client_id, count(*) from intermediate.int_quality__dollars group by client_id").fetchall()
    )
    items = built.execute(
        "select client_id, kind, count(*) from intermediate.int_hygiene__items where is_open group by all"
    ).fetchall()
    found: dict[str, dict[str, float]] = {
        client: dict.fromkeys(("missing", "unmatched", "copies", "categories", "rails", "records", "all"), 0.0)
        for client in total
    }
    indicator = {
        "missing_bill": "missing", "expected_bill": "missing", "unmatched_posting": "unmatched",
        "duplicate_bill": "copies", "duplicate_payment": "copies", "uncategorized": "categories",
        "stale_rail": "rails", "failed_rail": "rails", "unproven_record": "records", "tie_out": "records",
    }  # fmt: skip
    for client, kind, count in items:
        if client in found and kind in indicator:
            found[client][indicator[kind]] += count / total[client]
            found[client]["all"] += count / total[client]
    return found


def _counted(shares: dict[str, float]) -> float:
    weights = {"missing": (0.20, 0.20), "unmatched": (0.25, 0.25), "copies": (0.10, 0.20), "categories": (0.10, 0.30),
               "rails": (0.20, 1.0), "records": (0.15, 0.25)}  # fmt: skip
    return sum(weight * min(1.0, shares[name] / zero) for name, (weight, zero) in weights.items())


def ranking(built: duckdb.DuckDBPyConnection, planted: list[Planted], name: str) -> Iterator[Result]:
    """NDCG of each client's first items: the planted dollars that an item settles, per minute of its kind."""
    stakes: dict[tuple[str, str, str], int] = {}
    for defect in planted:
        for record in defect.records:
            stakes[record] = max(stakes.get(record, 0), defect.stake_minor)
    rows = built.execute(
        "select client_id, rail, coalesce(claim_id, record_id), minutes, rank, coalesce(amount_minor, 0),"
        " first_seen_date, item_date from intermediate.int_hygiene__items where is_open"
    ).fetchall()
    by_client: dict[str, list[tuple[float, float, Any]]] = defaultdict(list)
    for client, rail, record, minutes, rank, amount, _, item_date in rows:
        gain = stakes.get((client, rail, record), 0)
        by_client[client].append((gain, float(minutes), (rank, -amount, str(item_date or ""))))
    dice = random.Random(7)
    orders: tuple[tuple[str, Callable[[Any], Any]], ...] = (
        ("ours", lambda item: item[2][0]),
        ("naive: by amount", lambda item: item[2][1]),
        ("rival: oldest first", lambda item: item[2][2]),
        ("random", lambda _: dice.random()),
    )
    for method, order in orders:
        dollars = [_ndcg([gain for gain, _, _ in sorted(items, key=order)]) for items in by_client.values()]
        minute = [_ndcg([gain / m for gain, m, _ in sorted(items, key=order)]) for items in by_client.values()]
        figures: dict[str, float | int | str] = {
            "clients": len(by_client),
            "NDCG@10, dollars": sum(d for d in dollars if d is not None) / max(1, sum(d is not None for d in dollars)),
            "NDCG@10, dollars a minute": sum(m for m in minute if m is not None)
            / max(1, sum(m is not None for m in minute)),
        }
        yield Result("Order of the hygiene tray", name, method, figures)


def _ndcg(gains: list[float]) -> float | None:
    best = sum(gain / math.log2(place + 2) for place, gain in enumerate(sorted(gains, reverse=True)[:SITTING]))
    found = sum(gain / math.log2(place + 2) for place, gain in enumerate(gains[:SITTING]))
    return found / best if best else None


def removal(
    warehouse: Path, now: datetime, how: str, delete: Callable[[duckdb.DuckDBPyConnection], int], name: str
) -> Result:
    """Delete rows of every client at once, build the day again, and count scores that rose."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "deleted.duckdb"
        shutil.copyfile(warehouse, copy)
        with duckdb.connect(str(copy)) as database:
            before, gone = _scores(database), delete(database)
        build(copy, now, Path(folder) / "target")
        with duckdb.connect(str(copy), read_only=True) as database:
            after = _scores(database)
    moved = [after[key] - score for key, score in before.items() if after.get(key) is not None]
    figures: dict[str, float | int | str] = {
        "scores": len(moved),
        "rose": sum(move > 0 for move in moved),
        "fell": sum(move < 0 for move in moved),
        "mean points": sum(moved) / len(moved) / 100,
        "rows deleted": gone,
    }
    return Result("Scores after deleting raw rows", f"{name}: {how}", "ours", figures)


def _scores(database: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    return {
        (client, rail): score
        for client, rail, score in database.execute(
            "select client_id, rail, score_hundredths from intermediate.int_quality__history"
            " where score_date = (select max(score_date) from intermediate.int_quality__history)"
            " and score_hundredths is not null"
        ).fetchall()
    }


def _delete(database: duckdb.DuckDBPyConnection, where: str) -> int:
    gone = 0
    for rail, tables in RAW.items():
        for table, key in tables:
            clause = where.format(rail=rail, key=key)
            gone += int(database.execute(f"delete from raw_{rail}.{table} where {clause}").fetchall()[0][0])
    return gone


def _some(database: duckdb.DuckDBPyConnection) -> int:
    return _delete(database, "hash(client_id || {key}) % 50 = 0")


def _worst(database: duckdb.DuckDBPyConnection) -> int:
    return _delete(
        database,
        "(client_id, {key}) in (select client_id, record_id from intermediate.int_quality__dollars"
        " where rail = '{rail}' and unproven_minor + uncategorized_minor > 0)",
    )


def _rail(database: duckdb.DuckDBPyConnection) -> int:
    return _delete(database, "['plaid', 'qbo', 'ramp', 'stripe'][1 + (hash(client_id) % 4)::int] = '{rail}'")
