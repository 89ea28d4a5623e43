"""`rowcol audit`: prove the log, hand it to an auditor."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.screen import console, errors, plain_errors

app = typer.Typer(help="The audit log: verify its chains, export the evidence.", no_args_is_help=True)


@app.command()
def verify(
    advisor: Annotated[str | None, typer.Option(help="Only this firm's chain.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="A signed note, or the folder of notes, that was kept outside.")
    ] = None,
    semantic: Annotated[bool, typer.Option(help="Also check that every event has a legal predecessor.")] = True,
) -> None:
    """Check every chain, row by row; exits with 1 and names the first bad row."""
    from execution.service import connect

    with plain_errors():
        reports = connect().audit.verify(advisor, checkpoint=checkpoint, semantic=semantic)
    for report in reports:
        if report.ok:
            console.print(f"[green]✓[/] {report.chain_id}: {report.events} events, chain whole")
        else:
            told = f"{report.chain_id}: event {report.first_bad_seq}: {report.problem}"
            errors.print("[bold red]✗[/]", end=" ")
            # Parts of the row may stand in the text, and are no markup.
            errors.print(told, markup=False, soft_wrap=True)
    if not reports:
        console.print("The audit log holds no event yet.")
    raise typer.Exit(0 if all(report.ok for report in reports) else 1)


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="Where to write the zip.")],
    advisor: Annotated[str | None, typer.Option(help="Whose chain; needed when there are several firms.")] = None,
) -> None:
    """Write a firm's events, signed note, public key and a verifier that stands alone; the export is an event too."""
    from execution.errors import Conflict, Invalid
    from execution.service import connect

    with plain_errors():
        plane = connect()
        firms = [one.advisor_id for one in plane.clients.advisors()]
        if advisor is None and len(firms) != 1:
            raise Invalid(f"name the firm with --advisor; the firms are {', '.join(firms) or 'none yet'}")
        pack = plane.audit.export_at_machine(getpass.getuser(), advisor or firms[0])
        try:
            # Evidence is not overwritten, and is nobody else's to read.
            with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(pack)
        except FileExistsError:
            raise Conflict(f"{out} is there already; choose another name") from None
        except OSError as error:
            raise Invalid(f"{out} cannot be written ({error.strerror}); choose another place") from error
    console.print(f"[green]✓[/] {out}: check it with `python verify.py` after unpacking", soft_wrap=True)
