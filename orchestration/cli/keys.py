"""`rowcol keys`: the keys that the rails' tokens are sealed under."""

from __future__ import annotations

import getpass

import typer
from rich.table import Table

from orchestration.cli.screen import console, plain_errors

ABOUT = """The keys that the rails' tokens are sealed under.

They stand in `data/control/kek`, or in AWS Secrets Manager (`ROWCOL_KEK_AWS_SECRET`). Older
keys stay: backups need them.
"""
app = typer.Typer(help=ABOUT, no_args_is_help=True)


@app.command("list")
def list_keys() -> None:
    """List the keys by id, and how many tokens each seals."""
    from execution.service import connect

    with plain_errors():
        found = connect().keys.in_use()
    table = Table(box=None)
    for head in ("key", "tokens", ""):
        table.add_column(head)
    for one in found:
        table.add_row(one.kek_id, str(one.tokens), "newest" if one.is_newest else "needed until the next rotation")
    console.print(table)


@app.command("rotate")
def rotate() -> None:
    """Draw a new key and wrap every token's own key under it; go on where a rotation was stopped.

    Tokens stay as they are, running processes go on, and the audit log of every firm gets an event.
    """
    from execution.service import connect

    with plain_errors():
        done = connect().keys.rotate(getpass.getuser())
    said = "the rotation that was stopped is finished" if done.was_resumed else "a new key seals from now on"
    console.print(f"[green]✓[/] {said}: {done.kek_id}, {done.tokens} tokens wrapped anew", soft_wrap=True)
    console.print("Back the keys up apart from the store; backups taken before today need the older ones.")
