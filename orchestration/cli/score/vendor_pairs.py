"""`rowcol score vendor-pairs`: the chance that two names are one vendor, for pairs that you give."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.score.files import Map, read_table, unique, write_table
from orchestration.cli.screen import errors, plain_errors


def vendor_pairs(
    pairs: Annotated[Path, typer.Argument(metavar="IN", help="pair_id, left, right.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Written: pair_id, score.")],
    evidence: Annotated[bool, typer.Option("--evidence", help="Also write what moved each score most.")] = False,
    mapping: Map = None,
) -> None:
    """How likely are left and right one vendor? A calibrated probability per pair."""
    began = time.monotonic()
    with plain_errors():
        import polars as pl

        from dbt_project.methods.names.scorer import AUTOMATIC, score_pairs

        given = unique(read_table(pairs, ["pair_id", "left", "right"], mapping=mapping), pairs, "pair_id")
        given = given.with_columns(pl.col("left", "right").fill_null(""))
        errors.print(f"{given.height:,} pairs …")
        result = given.select("pair_id").hstack(score_pairs(given["left"], given["right"], evidence=evidence))
        write_table(result, out)
    sure = result.filter(result["score"] >= AUTOMATIC).height
    seconds = time.monotonic() - began
    typer.echo(f"{out}: {given.height:,} pairs scored, {sure:,} sure enough to apply ({AUTOMATIC:g}), {seconds:.1f} s")
