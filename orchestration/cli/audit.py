"""`rowcol audit`: prove the log, hand it to an auditor."""

from __future__ import annotations

import getpass
import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.screen import console, errors, plain_errors

if TYPE_CHECKING:
    from execution.service import ControlPlane

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
    advisor: Annotated[str | None, typer.Option(help="Whose log; needed when there are several firms.")] = None,
    payout: Annotated[str | None, typer.Option(help="Only this payout, by its whole id.")] = None,
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, UTC.")] = None,
) -> None:
    """Write an evidence pack: the whole log, one payout, or a period; the export is an event too.

    Events with proofs, approvals as the screen stood, requests, custody, an index for auditors, and a verifier that
    stands alone.
    """
    from execution.service import connect

    with plain_errors():
        plane = connect()
        pack = plane.audit.export_at_machine(
            getpass.getuser(), _firm(plane, advisor), payout_id=payout,
            since=since.date() if since else None, until=until.date() if until else None,
        )  # fmt: skip
        _write(out, pack)
    console.print(f"[green]✓[/] {out}: unpack it, read index.md, check it with `python verify.py`", soft_wrap=True)


@app.command()
def prove(
    event: Annotated[int, typer.Argument(help="The event's number in the log.")],
    out: Annotated[Path, typer.Option(help="Where to write the proof, as JSON.")],
    advisor: Annotated[str | None, typer.Option(help="Whose log; needed when there are several firms.")] = None,
) -> None:
    """Prove that one event stands in the signed log, without showing any other; `verify.py` of a pack checks it."""
    from execution.service import connect

    with plain_errors():
        plane = connect()
        proof = plane.audit.prove(_firm(plane, advisor), event)
        _write(out, (json.dumps(proof, indent=1, ensure_ascii=False) + "\n").encode())
    told = proof["says"]
    size = proof["note"].split("\n")[1]
    console.print(f"[green]✓[/] event {event} of {size}, {told['action']} at {told['at']}: {out}", soft_wrap=True)


def _firm(plane: ControlPlane, advisor: str | None) -> str:
    from execution.errors import Invalid

    firms = [one.advisor_id for one in plane.clients.advisors()]
    if advisor is None and len(firms) != 1:
        raise Invalid(f"name the firm with --advisor; the firms are {', '.join(firms) or 'none yet'}")
    return advisor or firms[0]


def _write(out: Path, content: bytes) -> None:
    """Evidence is not overwritten, and is nobody else's to read."""
    from execution.errors import Conflict, Invalid

    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except FileExistsError:
        raise Conflict(f"{out} is there already; choose another name") from None
    except OSError as error:
        raise Invalid(f"{out} cannot be written ({error.strerror}); choose another place") from error
