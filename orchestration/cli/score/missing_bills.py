"""`rowcol score missing-bills`: regular suppliers whose bill has not come, month by month."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.score.files import Map, column_names, read_table, renamed, to_date, to_minor, write_table
from orchestration.cli.screen import console, plain_errors

if TYPE_CHECKING:
    import polars as pl

ENTITIES = ("entity", "council", "client_id", "client", "company")
REQUIRED = ("date", "supplier")
OPTIONAL = ("document", "amount", "category")
Ledger = Annotated[
    Path,
    typer.Argument(
        help="Bills: date, supplier; if there, document, amount, category and whose ledger it is "
        "(entity, council, client_id, client or company)."
    ),
]
Out = Annotated[Path, typer.Argument(help="Where to write the entity, supplier, month (2026-11) and score.")]


def missing_bills(ledger: Ledger, out: Out, mapping: Map = None) -> None:
    """Name the bills that should have come and did not, in each of the last twelve months of every ledger.

    A month is judged with the rows up to its end alone. `score` is the chance that this supplier would have billed in
    the month, 0 to 1; only silences that come about by themselves less than once in ten are written.
    """
    began = time.monotonic()
    with plain_errors():
        import polars as pl

        from dbt_project.methods.recurrence import SCHEMA
        from dbt_project.methods.recurrence import missing_bills as judge

        entity, table = _read(ledger, mapping)
        usable = table.drop_nulls([*REQUIRED])
        bills = _per_document(usable)
        parts = bills.partition_by("entity", as_dict=True, maintain_order=True)
        found = []
        with console.status("judging") as status:
            for number, ((name,), part) in enumerate(parts.items(), 1):
                status.update(f"judging {name or ledger.name} ({number:,} of {len(parts):,})")
                found.append(judge(part).select(pl.lit(name, pl.String).alias("entity"), pl.all()))
        alerts = pl.concat(found) if found else pl.DataFrame(schema={"entity": pl.String, **SCHEMA})
        alerts = alerts.with_columns(pl.col("score").round(6))
        write_table(alerts.rename({"entity": entity}) if entity else alerts.drop("entity"), out)
    console.print(
        f"{out}: {alerts.height:,} alerts from {table.height:,} rows of {len(parts):,} "
        f"{'ledgers' if len(parts) != 1 else 'ledger'}; {time.monotonic() - began:.1f} s",
        markup=False,
    )
    if left_out := table.height - usable.height:
        console.print(f"{left_out:,} rows have no date or no supplier and were left out")


def _read(path: Path, mapping: Sequence[str] | None) -> tuple[str | None, pl.DataFrame]:
    """The name of the entity column, if there is one, and the ledger with entity, date, supplier, amount and so on."""
    import polars as pl

    names = {name.lower(): name for name in column_names(path)}
    wanted = renamed(mapping)
    given = {theirs.lower() for ours, theirs in wanted.items() if ours != "entity"}
    known = next((name for name in ENTITIES if name in names and name not in given), None)
    pairs = [f"{ours}={theirs}" for ours, theirs in wanted.items()]
    if "entity" not in wanted and known:
        pairs.append(f"entity={names[known]}")
    table = read_table(path, REQUIRED, (*OPTIONAL, "entity"), pairs)
    header = wanted.get("entity", known or "").lower()
    entity = names.get(header, header) if "entity" in table.columns else None
    absent = [name for name in (*OPTIONAL, "entity") if name not in table.columns]
    table = to_date(table.with_columns(pl.lit(None, pl.String).alias(name) for name in absent), path, "date")
    table = to_minor(table, path, "amount")
    return entity, table


def _per_document(table: pl.DataFrame) -> pl.DataFrame:
    """One row per document: the lines of one number, supplier and day add up; a line without a number stands alone."""
    import polars as pl

    ordered = table.with_row_index("line").with_columns(
        pl.col("amount_minor").fill_null(0).alias("amount"),
        pl.when(pl.col("document").is_null()).then("line").alias("line"),
    )
    keys = ["entity", "supplier", "date", "document", "line"]
    bills = ordered.group_by(keys).agg(pl.col("amount").sum(), pl.col("category").drop_nulls().sort().first())
    return bills.drop("document", "line").sort("entity", "supplier", "date")
