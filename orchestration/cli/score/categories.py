"""`rowcol score categories`: what kind of spend each line is, learned from lines that are labelled."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from execution.errors import Invalid
from orchestration.cli.score.files import Map, column_names, read_table, renamed, unique, write_table
from orchestration.cli.screen import errors, plain_errors

if TYPE_CHECKING:
    import polars as pl

# Columns that are never a label; the rest of TRAIN's columns that IN lacks are.
OURS = ("row_id", "descriptor", "amount", "date", "txn_number", "confidence")
# A column with more values than this names things (a person, an order), not kinds.
VALUES_MAX = 400
KINDS_OF_FEW = 25


def categories(
    train: Annotated[Path, typer.Argument(help="Labelled lines: descriptor, amount and one or more label columns.")],
    lines: Annotated[Path, typer.Argument(metavar="IN", help="Lines to label: row_id, descriptor, amount.")],
    out: Annotated[Path, typer.Argument(help="Where to write row_id, the labels and confidence.")],
    label: Annotated[
        list[str] | None,
        typer.Option(help="A label column of TRAIN; repeat for several. Else every column that IN does not have."),
    ] = None,
    below: Annotated[
        float, typer.Option(min=0, max=1, help="Abstain: leave a label empty when its confidence is lower than this.")
    ] = 0.0,
    mapping: Map = None,
) -> None:
    """Label lines of spend by what their descriptors were before.

    `confidence` is the probability that the first label is right; each further label has a confidence of its own.
    TRAIN is read oldest line first, by its `date` column where it has one, else as it stands.
    """
    began = time.monotonic()
    with plain_errors():
        import polars as pl

        from dbt_project.methods.categories import categorize

        asked = unique(
            read_table(lines, ("row_id", "descriptor"), ("amount",), _of(mapping, "row_id", "descriptor", "amount")),
            lines,
            "row_id",
        )
        known, labels, notes = _labelled(train, column_names(lines), label, mapping)
        found = categorize(known, asked, labels, tell=lambda text: errors.print(f"{text} …"))
        result = pl.concat([asked.select("row_id"), found], how="horizontal")
        weak = {name: pl.col(f"confidence_{name}") < below for name in labels}
        abstained = result.filter(weak[labels[0]]).height
        result = result.select(
            "row_id",
            *(pl.when(~weak[name]).then(pl.col(name)).alias(name) for name in labels),
            pl.col(f"confidence_{labels[0]}").alias("confidence"),
            *(f"confidence_{name}" for name in labels[1:]),
        )
        write_table(result, out)
    for note in notes:
        errors.print(note, markup=False)
    seconds = time.monotonic() - began
    told = f"{result.height:,} lines: {result.height - abstained:,} labelled, {abstained:,} abstained"
    typer.echo(f"{told} ({', '.join(labels)} from {known.height:,} lines, {seconds:.1f} s)")


def _of(mapping: Sequence[str] | None, *columns: str) -> list[str]:
    """The pairs for these columns; a name that neither file knows is refused."""
    pairs = renamed(mapping)
    if strange := sorted(pairs.keys() - {*OURS}):
        raise Invalid(f"--map names {', '.join(strange)}; the columns here are {', '.join(OURS[:-2])}")
    return [f"{ours}={theirs}" for ours, theirs in pairs.items() if ours in columns]


def _labelled(
    path: Path, asked: Sequence[str], chosen: Sequence[str] | None, mapping: Sequence[str] | None
) -> tuple[pl.DataFrame, list[str], list[str]]:
    """TRAIN oldest line first, its label columns, and what to tell about columns that were left out."""
    names = column_names(path)
    if chosen:
        labels = [_named(name, names, path) for name in dict.fromkeys(chosen)]
    else:
        taken = {*OURS, *(theirs.lower() for theirs in renamed(mapping).values())}
        others = [name for name in names if name.lower() not in taken]
        there = {name.lower() for name in asked}
        # A file to label that has every column of TRAIN has the labels' places too, filled or not.
        labels = [name for name in others if name.lower() not in there] or others
    if not labels:
        raise Invalid(f"{path}: no label column; it has {', '.join(names)}. Name one with --label")
    known = read_table(path, ("descriptor", *labels), ("amount", "date"), _of(mapping, "descriptor", "amount", "date"))
    notes: list[str] = []
    if not chosen:
        kinds = [name for name in labels if _is_kind(known[name])]
        if kinds and len(kinds) < len(labels):
            left_out = ", ".join(name for name in labels if name not in kinds)
            notes.append(f"not learned: {left_out} (names things, not kinds, or is empty); ask for it with --label")
            labels = kinds
    for name in labels:
        if known[name].null_count() == known.height:
            raise Invalid(f"{path}: {name} has no value in any row; nothing can be learned from it")
    return _oldest_first(known, path, notes), labels, notes


def _is_kind(column: pl.Series) -> bool:
    values = column.drop_nulls()
    return 0 < values.n_unique() <= max(KINDS_OF_FEW, min(VALUES_MAX, values.len() // 2))


def _named(wanted: str, names: Sequence[str], path: Path) -> str:
    found = [name for name in names if name.lower() == wanted.strip().lower()]
    if not found:
        raise Invalid(f"{path}: no column {wanted}; it has {', '.join(names)}")
    return found[0]


def _oldest_first(known: pl.DataFrame, path: Path, notes: list[str]) -> pl.DataFrame:
    from orchestration.cli.score.files import to_date

    if "date" not in known.columns:
        return known
    try:
        return to_date(known, path, "date").sort("date", maintain_order=True, nulls_last=False)
    except Invalid as error:
        # The order of lines helps and is not needed.
        notes.append(f"{error}; lines are taken in file order")
        return known
