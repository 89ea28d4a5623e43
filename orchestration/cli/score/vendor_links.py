"""`rowcol score vendor-links`: which name of one list is which name of another, when it is sure enough to say."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.score.files import Map, read_table, unique, write_table
from orchestration.cli.screen import errors, plain_errors


def vendor_links(
    left: Annotated[Path, typer.Argument(metavar="LEFT", help="id, name: each gets one link at most.")],
    right: Annotated[Path, typer.Argument(metavar="RIGHT", help="id, name: the list that is searched.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Written: left_id, right_id, score.")],
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Also write the runner-up and what speaks for it.")
    ] = False,
    mapping: Map = None,
) -> None:
    """Link each left name to the right name that is the same party; close calls and strangers get no row."""
    began = time.monotonic()
    with plain_errors():
        from dbt_project.methods.names.links import link_names
        from dbt_project.methods.names.scorer import AUTOMATIC

        mine, theirs = (unique(read_table(path, ["id", "name"], mapping=mapping), path, "id") for path in (left, right))
        found = link_names(mine.drop_nulls(), theirs.drop_nulls(), tell=lambda text: errors.print(f"{text} …"))
        columns = ["left_id", "right_id", "score", *(["runner_up_score", "evidence"] if evidence else [])]
        write_table(found.select(columns), out)
    sure = found.filter(found["score"] >= AUTOMATIC).height
    seconds = time.monotonic() - began
    typer.echo(
        f"{out}: of {mine.height:,} names {sure:,} linked, {found.height - sure:,} proposed, "
        f"{mine.height - found.height:,} left alone, {seconds:.1f} s"
    )
