"""`rowcol score days-to-pay`: when each invoice will be paid, learned from invoices that were settled before it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from execution.errors import Invalid
from orchestration.cli.score.files import (
    Map,
    column_names,
    read_table,
    renamed,
    same_days,
    to_minor,
    whole,
    write_table,
)
from orchestration.cli.screen import console, errors, plain_errors

if TYPE_CHECKING:
    import polars as pl

# Our names, and what files of invoices call the same; the first that is there is taken.
NAMES = {
    "invoice": ("invoice_number", "invoice_id", "invoice_no", "document", "id"),
    "customer": ("customer_id", "customer_number", "customer_name", "vendor_number", "vendor_id", "vendor", "supplier"),
    "invoice_date": ("date", "issue_date", "issued_date", "bill_date"),
    "due_date": ("due",),
    "amount": ("amount_usd", "invoice_amount", "total"),
    "segment": ("country_code", "country", "region"),
    "paperless_bill": ("paperless",),
    "settled_date": ("paid_date", "payment_date"),
}
NEEDED = ("customer", "invoice_date")
ELECTRONIC = ("electronic", "paperless", "yes", "true", "y", "1", "e")
# A target is counted from where nearly all rows agree with it.
AGREE_LEAST = 0.9


def days_to_pay(
    train: Annotated[
        Path,
        typer.Argument(
            help="Past invoices: customer_id, invoice_date, the target, and if there due_date, amount, country_code, "
            "paperless_bill, settled_date. Without a target an invoice is still open."
        ),
    ],
    test: Annotated[Path, typer.Argument(help="Invoices to judge: invoice_number and the same columns.")],
    out: Annotated[Path, typer.Argument(help="Where to write the invoice's key, days, lo80, hi80 and p_late.")],
    target: Annotated[
        str,
        typer.Option(help="TRAIN's column of days that it took, from invoice or from due date; or of the day itself."),
    ] = "settled_date",
    learn_from_test: Annotated[
        bool, typer.Option("--learn-from-test", help="Let TEST's invoices teach too, each once it was settled.")
    ] = False,
    mapping: Map = None,
) -> None:
    """Say when each invoice of TEST will be paid, with a range that holds four times in five, and if it will be late.

    An invoice is judged by what was settled before the day it was issued, and by its own terms, amount, form and date;
    never by a target, settled_date, days_late or disputed of its own. A new customer is judged by its country and all.
    """
    began = time.monotonic()
    with plain_errors():
        import polars as pl

        from dbt_project.methods.days_to_pay import days_to_pay as judge

        pairs = renamed(mapping)
        if strange := sorted(pairs.keys() - NAMES.keys()):
            raise Invalid(f"--map names {', '.join(strange)}; the columns here are {', '.join(NAMES)}")
        there = {name.lower() for path in (train, test) for name in column_names(path)}
        if absent := sorted(theirs for theirs in pairs.values() if theirs.lower() not in there):
            raise Invalid(f"--map names {', '.join(absent)}, which neither {train} nor {test} has")
        past = _read(train, pairs, NEEDED, target)
        asked = _read(test, pairs, ("invoice", *NEEDED), target if learn_from_test else None)
        whole(asked, test, "invoice_date")
        past, asked = same_days([(past, train), (asked, test)], ("invoice_date", "due_date", "settled_date"))
        past, floor, from_due = _settled(past, train)
        history = [_shaped(past)]
        if learn_from_test:
            history.append(_shaped(_settled(asked, test)[0]))
        rows = _shaped(asked).drop("settled_date").with_columns(asked_date="invoice_date")
        found = judge(pl.concat(history).drop_nulls(["party", "invoice_date"]), rows)
        if from_due:
            found = found.with_columns(pl.col("days", "lo80", "hi80") - rows["term_days"])
        if floor is not None:
            found = found.with_columns(pl.col("days", "lo80", "hi80").clip(lower_bound=floor))
        key = _header(test, pairs, "invoice")
        result = found.select(
            asked["invoice"].alias(key), pl.col("days", "lo80", "hi80").round(2), pl.col("p_late").round(6)
        )
        write_table(result, out)
    known = found["party_settled"].gt(0).sum()
    console.print(
        f"{out}: {result.height:,} invoices, {known:,} of customers seen before; {time.monotonic() - began:.1f} s",
        markup=False,
    )
    if silent := result["days"].null_count():
        errors.print(f"{silent:,} were issued before 10 others were settled (or lack terms to count from): left empty")
    if late := result["p_late"].null_count() - silent:
        errors.print(f"{late:,} have no due date: p_late is empty")
    if (lost := past.height - past.drop_nulls(NEEDED).height) > 0:
        errors.print(f"{lost:,} rows of {train} have no customer or no invoice date and were left out", markup=False)


def _read(path: Path, pairs: dict[str, str], needed: Sequence[str], target: str | None) -> pl.DataFrame:
    """The file's columns under our names, as text; those that are not there are null. `target` as `target`."""
    import polars as pl

    names = {name.lower() for name in column_names(path)}
    chosen = {ours: _chosen(ours, names, pairs) for ours in NAMES}
    wanted = [ours for ours in NAMES if ours in needed or chosen[ours].lower() in names]
    # A name that the user gave and that this file lacks is missed where it is needed; the other file may have it.
    mapped = [f"{ours}={chosen[ours]}" for ours in wanted]
    if target is None:
        wanted = [ours for ours in wanted if ours != "settled_date"]
        mapped = [pair for pair in mapped if not pair.startswith("settled_date=")]
        table = read_table(path, wanted, (), mapped)
    elif target.lower() not in names:
        raise Invalid(f"{path}: no column {target}; it has {', '.join(column_names(path))}. Name yours with --target")
    else:
        table = read_table(path, [*wanted, "target"], (), [*mapped, f"target={target}"])
    absent = [name for name in (*NAMES, "target") if name not in table.columns]
    return table.with_columns(pl.lit(None, pl.String).alias(name) for name in absent).pipe(to_minor, path, "amount")


def _chosen(ours: str, names: set[str], pairs: dict[str, str]) -> str:
    """What the file calls our column: as told, by our name, or by a usual one."""
    if ours in pairs:
        return pairs[ours]
    return next((name for name in (ours, *NAMES[ours]) if name in names), NAMES[ours][0])


def _header(path: Path, pairs: dict[str, str], ours: str) -> str:
    names = column_names(path)
    wanted = _chosen(ours, {name.lower() for name in names}, pairs).lower()
    return next(name for name in names if name.lower() == wanted)


def _settled(table: pl.DataFrame, path: Path) -> tuple[pl.DataFrame, int | None, bool]:
    """`settled_date` of each row by whatever the file tells; the target's least value, and whether it counts from due.

    Raises:
        Invalid: a target that is neither days nor a day, or that disagrees with settled_date.
    """
    import polars as pl

    number = table["target"].cast(pl.Float64, strict=False)
    if number.null_count() > table["target"].null_count():
        # No number, so the target is the day itself.
        day = same_days([(table.select(settled_date="target"), path)], ("settled_date",))[0]["settled_date"]
        return table.with_columns(day), None, False
    days = number.round(0).cast(pl.Int64)
    rows = table.with_columns(days.alias("days"))
    if rows["settled_date"].null_count() == rows.height:
        from_due = bool(days.lt(0).any())
        start = pl.col("due_date" if from_due else "invoice_date")
        return rows.with_columns(settled_date=start + pl.duration(days=pl.col("days"))), None, from_due
    took, after = (pl.col("settled_date") - pl.col(start) for start in ("invoice_date", "due_date"))
    late = after.dt.total_days()
    choices = ((took.dt.total_days(), None, False), (late, None, True), (late.clip(lower_bound=0), 0, True))
    for counted, floor, from_due in choices:
        if (rows.select((counted == pl.col("days")).mean()).item() or 0) >= AGREE_LEAST:
            start = pl.col("due_date" if from_due else "invoice_date")
            told = start + pl.duration(days=pl.col("days"))
            return rows.with_columns(settled_date=pl.coalesce("settled_date", told)), floor, from_due
    raise Invalid(
        f"{path}: the target counts days neither from invoice_date nor from due_date to settled_date; "
        "name another column with --target"
    )


def _shaped(table: pl.DataFrame) -> pl.DataFrame:
    """The columns that the method reads."""
    import polars as pl

    form = pl.col("paperless_bill").str.to_lowercase()
    return table.select(
        pl.col("customer").alias("party"),
        pl.col("segment").fill_null(""),
        "invoice_date",
        (pl.col("due_date") - pl.col("invoice_date")).dt.total_days().alias("term_days"),
        (pl.col("amount_minor") / 100).alias("amount"),
        form.is_in(ELECTRONIC).alias("is_electronic"),
        "settled_date",
    )
