"""`rowcol score reconcile`: which bills each bank line pays, by the warehouse's own engine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from execution.errors import Invalid
from orchestration.cli.score.files import Map, read_table, renamed, to_date, to_minor, unique, whole, write_table
from orchestration.cli.screen import console, plain_errors

if TYPE_CHECKING:
    import polars as pl

BILL_COLUMNS = ("bill_id", "supplier", "amount", "month", "issued_date", "due_date", "date")
LINE_COLUMNS = ("bank_line_id", "date", "description", "amount")
# A due date stands about a month after the bill; the engine counts its window from the bill's own day.
DAYS_TO_DUE = 30
MONTH_FORMATS = ("%Y-%m", "%Y/%m", "%m/%Y", "%m-%Y", "%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%Y%m", "%Y-%m-%d", "%d/%m/%Y")

Bills = Annotated[
    Path,
    typer.Argument(help="bill_id, supplier, amount, and the month it was paid in or an issued_date, due_date or date."),
]
Lines = Annotated[Path, typer.Argument(help="bank_line_id, date, description, amount.")]
Out = Annotated[Path, typer.Argument(help="Where to write bill_id, bank_line_id, score, method.")]
Auto = Annotated[float, typer.Option(min=0.5, max=1.0, help="The score from which a pair's method starts with 'auto'.")]


def reconcile(bills: Bills, lines: Lines, out: Out, mapping: Map = None, auto: Auto = 0.985) -> None:
    """Say which bills each bank line pays: one, several, or a part, with the probability that it is right.

    A method that starts with "auto" may be applied unasked; "proposed" is for a person. Amounts of both files are in
    major units; lines may show payments as negative. In --map, bills.amount=GROSS renames in the bills alone.
    """
    import polars as pl

    with plain_errors():
        began = time.monotonic()
        given_bills = read_bills(bills, _mapping(mapping, "bills", BILL_COLUMNS))
        given_lines = read_lines(lines, _mapping(mapping, "lines", LINE_COLUMNS))
        console.print(f"read {given_bills.height:,} bills and {given_lines.height:,} bank lines")
        # The engine brings scipy and rapidfuzz, which no other command needs to wait for.
        from dbt_project.methods.reconciliation.engine import reconcile as settle

        with console.status("matching"):
            done = settle(
                given_bills.drop("bill_id").drop_nulls("month" if "month" in given_bills.columns else "day"),
                given_lines.drop("bank_line_id").drop_nulls("day"),
                auto,
            )
        named = done.pairs.join(given_bills.select("bill", "bill_id"), on="bill", maintain_order="left")
        named = named.join(given_lines.select("line", "bank_line_id"), on="line", maintain_order="left")
        write_table(named.select("bill_id", "bank_line_id", pl.col("score").round(6), "method"), out)
        is_auto = named["method"].str.starts_with("auto")
        explained = named["line"].n_unique()
        console.print(
            f"{out}: {named.height:,} pairs, {is_auto.sum():,} to apply and {(~is_auto).sum():,} to look at; "
            f"{given_lines.height - explained:,} lines and "
            f"{given_bills.height - named['bill'].n_unique():,} bills left open; "
            f"{time.monotonic() - began:.1f} s",
            soft_wrap=True,
        )
        if done.bounded:
            console.print(f"{done.bounded:,} of the pairs come from piles too large to list every possible sum")


def read_bills(path: Path, mapping: list[str]) -> pl.DataFrame:
    """Bills in the engine's columns, with bill_id; days win over a month where a file has both.

    Raises:
        Invalid: names the file, line, column and remedy.
    """
    import polars as pl

    table = read_table(path, BILL_COLUMNS[:3], BILL_COLUMNS[3:], mapping)
    table = to_minor(whole(unique(table, path, "bill_id"), path, "amount"), path, "amount")
    frame = table.with_row_index("bill").with_columns(pl.col("bill").cast(pl.Int64))
    columns = ["bill", "bill_id", "supplier", pl.col("amount_minor").alias("cents")]
    days = [name for name in ("issued_date", "date", "due_date") if name in table.columns]
    if not days and "month" not in table.columns:
        raise Invalid(
            f"{path}: a bill needs a month, issued_date, due_date or date; name yours with --map issued_date=THEIRS"
        )
    if not days:
        return _with_month(frame, path).select(*columns, "month")
    for name in days:
        frame = to_date(frame, path, name)
    known = [pl.col(name) - pl.duration(days=DAYS_TO_DUE if name == "due_date" else 0) for name in days]
    return frame.select(*columns, day=pl.coalesce(known))


def read_lines(path: Path, mapping: list[str]) -> pl.DataFrame:
    """Bank lines in the engine's columns, with bank_line_id.

    Raises:
        Invalid: names the file, line, column and remedy.
    """
    import polars as pl

    table = read_table(path, LINE_COLUMNS, (), mapping)
    table = to_minor(whole(unique(table, path, "bank_line_id"), path, "amount"), path, "amount")
    frame = to_date(table, path, "date").with_row_index("line")
    return frame.select(
        pl.col("line").cast(pl.Int64), "bank_line_id", "description", day="date", cents=pl.col("amount_minor")
    )


def _with_month(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    import polars as pl

    given = frame["month"]
    best: pl.Series | None = None
    for form in MONTH_FORMATS:
        # A day is put in front where the format has none, since a month alone is no date.
        text, full = (given, form) if "%d" in form else ("1|" + given, "%d|" + form)
        month = text.str.strptime(pl.Date, full, strict=False)
        if best is None or month.null_count() < best.null_count():
            best = month
    assert best is not None
    wrong = (best.is_null() & given.is_not_null()).arg_true()
    if len(wrong):
        at = wrong[0]
        raise Invalid(f"{path} line {at + 2}: month is {given[at]!r}, which is no month (2026-11)")
    return frame.with_columns(month=best.dt.truncate("1mo"))


def _mapping(mapping: list[str] | None, side: str, columns: tuple[str, ...]) -> list[str]:
    """The entries of --map for one file: `bills.x` and `lines.x` name a file, `x` any file that has the column."""
    chosen = {}
    known = {*BILL_COLUMNS, *LINE_COLUMNS}
    for ours, theirs in renamed(mapping).items():
        where, found, name = ours.rpartition(".")
        if name not in known or (found and where not in {"bills", "lines"}):
            raise Invalid(f"--map names {ours}; the columns here are {', '.join(sorted(known))}")
        if name in columns and (not found or where == side):
            chosen[name] = theirs
    return [f"{ours}={theirs}" for ours, theirs in chosen.items()]
