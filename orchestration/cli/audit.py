"""`rowcol audit`: prove the log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.screen import console, errors, plain_errors

app = typer.Typer(help="The audit log: verify its chains, export the evidence.", no_args_is_help=True)


@app.command()
def verify(
    advisor: Annotated[str | None, typer.Option(help="Only this firm's chain.")] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="A signed checkpoint note to verify up to.")] = None,
    semantic: Annotated[bool, typer.Option(help="Also check that every event has a legal predecessor.")] = True,
) -> None:
    """Check every chain, row by row; exits with 1 and names the first bad row."""
    from execution.service import connect

    with plain_errors():
        note = checkpoint.read_text() if checkpoint else None
        reports = connect().audit.verify(advisor, checkpoint=note, semantic=semantic)
    for report in reports:
        if report.ok:
            console.print(f"[green]✓[/] {report.chain_id}: {report.events} events, chain whole")
        else:
            errors.print(f"[bold red]✗[/] {report.chain_id}: event {report.first_bad_seq}: {report.problem}")
    raise typer.Exit(0 if all(report.ok for report in reports) else 1)
