"""`rowcol score transfers`: which payment that left is the one that arrived, learned from the two files themselves."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from execution.errors import Invalid
from orchestration.cli.score.files import Map, read_table, renamed, to_date, to_minor, unique, whole, write_table
from orchestration.cli.screen import errors, plain_errors

if TYPE_CHECKING:
    import polars as pl

COLUMNS = ("transaction_date", "amount", "memo")


def transfers(
    origin: Annotated[Path, typer.Argument(help="Payments that left: origin_id, transaction_date, amount, memo.")],
    destination: Annotated[Path, typer.Argument(help="Payments that arrived: destination_id and the same columns.")],
    out: Annotated[Path, typer.Argument(help="Where to write origin_id, destination_id and score.")],
    above: Annotated[
        float, typer.Option(min=0, max=1, help="Leave a row unlinked when its best link is less probable than this.")
    ] = 0.5,
    mapping: Map = None,
) -> None:
    """Link the two sides of payments, one to one, however days, amounts and memos differ.

    `score` is the probability that the link is right. No link need be known before: how far days and amounts move is
    read off the files. Amounts may have either sign.
    """
    began = time.monotonic()
    with plain_errors():
        import polars as pl

        from dbt_project.methods.linkage import link

        known = {"origin_id", "destination_id", *COLUMNS}
        if strange := sorted(renamed(mapping).keys() - known):
            raise Invalid(f"--map names {', '.join(strange)}; the columns here are {', '.join(sorted(known))}")
        left = _side(origin, "origin_id", mapping)
        right = _side(destination, "destination_id", mapping)
        found = link(left, right, threshold=above, progress=_tell)
        result = pl.DataFrame(
            {
                "origin_id": left["origin_id"].gather(found["origin"]),
                "destination_id": right["destination_id"].gather(found["destination"]),
                "score": found["score"],
            }
        )
        write_table(result, out)
    seconds = time.monotonic() - began
    alone = f"{left.height - result.height:,} and {right.height - result.height:,} left alone"
    typer.echo(
        f"{left.height:,} origins, {right.height:,} destinations: {result.height:,} links, {alone} ({seconds:.1f} s)"
    )


def _side(path: Path, key: str, mapping: Sequence[str] | None) -> pl.DataFrame:
    """One file as its key, day, minor and memo."""
    import polars as pl

    mine = [f"{ours}={theirs}" for ours, theirs in renamed(mapping).items() if ours == key or ours in COLUMNS]
    table = read_table(path, (key, "transaction_date", "amount"), ("memo",), mine)
    if "memo" not in table.columns:
        table = table.with_columns(memo=pl.lit(None, pl.String))
    whole(unique(table, path, key), path, "transaction_date", "amount")
    table = to_minor(to_date(table, path, "transaction_date"), path, "amount")
    return table.rename({"transaction_date": "day", "amount_minor": "minor"})


def _tell(what: str, share: float) -> None:
    errors.print(f"{share:4.0%} {what} …")
