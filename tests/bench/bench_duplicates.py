"""Bills and payments that stand twice: ours beside the naive rule, a library and rivals' rule, against planted copies.

python -m tests.bench duplicates
python -m tests.bench.bench_duplicates --world W.db --warehouse W.duckdb   score what is already built
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from dbt_project.methods.duplicates import copies
from tests.bench.result import Result, tables
from tests.beside import DATA

TOPIC = "Duplicates"
PLANTED = "duplicate_bill%"
Pairs = set[tuple[str, frozenset[str]]]
BILLS = """
select client_id as ledger, vendor_id_qbo as party, bill_id_qbo as document, invoice_number as number,
    bill_date as day, total_minor as minor
from staging.stg_qbo__bills where total_minor > 0
"""


def results() -> Iterator[Result]:
    """The sandbox's planted copies (a world is made for it), then alert rates on a utility's real invoices."""
    from tests.bench.made_world import made_world

    with made_world() as (world, warehouse, name):
        yield from sandbox(world, warehouse, name)
    yield from utility()


def sandbox(world: Path, warehouse: Path, name: str) -> Iterator[Result]:
    """Recall per kind of planted copy, and alerts that are none."""
    with duckdb.connect(str(warehouse), read_only=True) as database:
        bills = database.sql(BILLS).pl()
        ours = _pairs(
            database.sql(
                "select client_id, bill_id_qbo, duplicate_of_bill_id_qbo from intermediate.int_duplicates__bills"
            )
        )
        paid = {row[:2] for row in database.sql(
            "select client_id, record_id from intermediate.int_duplicates__payments where object_type = 'purchase'"
        ).fetchall()}  # fmt: skip
        alerts = database.sql("select count(*) from intermediate.int_duplicates__payments").fetchall()[0][0]
        payments = database.sql("select count(*) from staging.stg_qbo__purchases").fetchall()[0][0]
        payments += database.sql("select count(*) from staging.stg_qbo__bill_payments").fetchall()[0][0]
    truth = _planted(world, bills)
    for method, found in (
        ("ours", ours),
        ("naive: vendor and amount within 90 days", naive(bills)),
        ("library: rapidfuzz, number ratio ≥ 90 and amount within 1 %", library(bills)),
        ("rival: same vendor and same number", rival(bills)),
    ):
        yield Result(TOPIC, name, method, _figures(truth, found, bills.height))
    for kind in sorted({kind for kind, _ in truth}):
        some = [(name, pair) for name, pair in truth if name == kind]
        yield Result(TOPIC, f"{name}: {kind}", "ours", {"planted": len(some), "recall": _recall(some, ours)})
    twice = _planted_payments(world)
    figures: dict[str, float | int | str] = {"planted": len(twice), "recall": len(twice & paid) / max(1, len(twice))}
    figures["alerts"] = int(alerts)
    figures["false alerts per 1,000"] = (alerts - len(twice & paid)) * 1000 / payments
    yield Result(TOPIC, f"{name}: duplicate_payment", "ours", figures)


def utility() -> Iterator[Result]:
    """No labels: how often each rule would ask on a utility's invoices of 2010, and how much of it is exact repeats."""
    path = DATA / "ap_invoices_utility_2010" / "invoices.csv.gz"
    if not path.is_file():
        yield Result(TOPIC, "ap_invoices_utility_2010", "ours", note="the data set is not beside the project")
        return
    given = pl.read_csv(path, infer_schema=False).with_row_index("row")
    bills = given.select(
        pl.lit("utility").alias("ledger"),
        pl.col("vendor_number").alias("party"),
        pl.col("row").cast(pl.String).str.zfill(7).alias("document"),
        pl.col("invoice_number").alias("number"),
        pl.col("date").str.to_date().alias("day"),
        (pl.col("amount_usd").cast(pl.Float64) * 100).round().cast(pl.Int64).alias("minor"),
    ).filter(pl.col("minor") > 0)
    found = copies(bills.with_columns(**_unknown()))
    facts = bills.select("document", "number", "minor")
    told = found.join(facts, on="document").join(facts, left_on="other", right_on="document", suffix="_other")
    exact = told.filter(
        (pl.col("number") == pl.col("number_other")) & (pl.col("minor") == pl.col("minor_other"))
    ).height
    yield Result(
        TOPIC,
        f"ap_invoices_utility_2010 ({bills.height:,} invoices, no labels)",
        "ours",
        {
            "alerts": found.height,
            "alerts per 1,000": found.height * 1000 / bills.height,
            "exact repeats": exact / max(1, found.height),
        },
        "exact repeats are lines of one number, vendor and amount",
    )
    for method, rule in (
        ("naive: vendor and amount within 90 days", naive),
        ("rival: same vendor and same number", rival),
    ):
        copied = {max(pair) for _, pair in rule(bills)}
        yield Result(
            TOPIC,
            f"ap_invoices_utility_2010 ({bills.height:,} invoices, no labels)",
            method,
            {"alerts": len(copied), "alerts per 1,000": len(copied) * 1000 / bills.height},
        )


def naive(bills: pl.DataFrame) -> Pairs:
    """Same vendor and amount within 90 days."""
    pairs = _joined(bills, ["ledger", "party", "minor"]).filter(_days() <= 90)
    return _as_pairs(pairs)


def rival(bills: pl.DataFrame) -> Pairs:
    """Ledgers warn when a vendor's number is entered again, letter by letter."""
    return _as_pairs(_joined(bills.drop_nulls("number"), ["ledger", "party", "number"]))


def library(bills: pl.DataFrame) -> Pairs:
    """rapidfuzz's ratio of the numbers and a near amount, within a vendor and 90 days."""
    pairs = _joined(bills.drop_nulls("number"), ["ledger", "party"]).filter(
        (_days() <= 90) & ((pl.col("minor") - pl.col("minor_right")).abs() <= 0.01 * pl.col("minor"))
    )
    ratio = cpdist(pairs["number"].to_list(), pairs["number_right"].to_list(), scorer=fuzz.ratio)
    return _as_pairs(pairs.filter(pl.Series(ratio) >= 90))


def _unknown() -> dict[str, pl.Expr]:
    no = pl.lit(value=False)
    unknown = {"currency": pl.lit("USD"), "entered": pl.col("day"), "debt": pl.lit(None, pl.String)}
    return unknown | {"is_kept": no, "is_credited": no}


def _days() -> pl.Expr:
    return (pl.col("day") - pl.col("day_right")).dt.total_days().abs()


def _joined(bills: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    return bills.join(bills, on=on, suffix="_right").filter(pl.col("document") < pl.col("document_right"))


def _as_pairs(frame: pl.DataFrame) -> Pairs:
    return {(ledger, frozenset((a, b))) for ledger, a, b in frame.select("ledger", "document", "document_right").rows()}


def _pairs(relation: duckdb.DuckDBPyRelation) -> Pairs:
    return {(client, frozenset((one, other))) for client, one, other in relation.fetchall()}


def _planted(world: Path, bills: pl.DataFrame) -> list[tuple[str, tuple[str, frozenset[str]]]]:
    """Planted pairs of which the books show both sides."""
    seen = set(bills.select("ledger", "document").iter_rows())
    found = []
    for client, kind, records in _defects(world, PLANTED):
        bill, *others = [record["id"] for record in records if record["kind"] == "Bill"]
        found += [
            (kind, (client, frozenset((bill, other)))) for other in others if {(client, bill), (client, other)} <= seen
        ]
    return found


def _planted_payments(world: Path) -> set[tuple[str, str]]:
    return {
        (client, record["id"])
        for client, _, records in _defects(world, "duplicate_payment")
        for record in records
        if record["kind"] == "Purchase"
    }


def _defects(world: Path, kind: str) -> list[tuple[str, str, list[dict[str, str]]]]:
    with sqlite3.connect(f"file:{world}?mode=ro", uri=True) as source:
        rows = source.execute("select client_key, kind, records from truth_defect where kind like ?", [kind])
        return [(client, name, json.loads(records)) for client, name, records in rows]


def _recall(truth: list[tuple[str, tuple[str, frozenset[str]]]], found: Pairs) -> float:
    return sum(pair in found for _, pair in truth) / max(1, len(truth))


def _figures(
    truth: list[tuple[str, tuple[str, frozenset[str]]]], found: Pairs, bills: int
) -> dict[str, float | int | str]:
    false = len(found - {pair for _, pair in truth})
    return {
        "bills": bills,
        "planted": len(truth),
        "recall": _recall(truth, found),
        "alerts": len(found),
        "false alerts per 1,000": false * 1000 / bills,
    }


def main() -> int:
    """Score a built warehouse."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--warehouse", type=Path, required=True)
    given = parser.parse_args()
    print(tables(sandbox(given.world, given.warehouse, given.world.stem)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
