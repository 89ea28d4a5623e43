"""`rowcol executor`: for whom the executor holds still, what is overdue, and the word to go on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from orchestration.cli.screen import ago, console, plain_errors

if TYPE_CHECKING:
    from execution.service.executor import ExecutorDesk

ABOUT = """The executor: what it holds still for, and what waits for somebody.

It halts a client by itself when its store was restored or an executor was killed, looks through Ramp from end to end,
and goes on by itself when everything there is known. What is not is named here and waits for a person.
"""
app = typer.Typer(help=ABOUT, no_args_is_help=True)


@app.command("status")
def executor_status() -> None:
    """Show halted clients, what Ramp holds that was not known, and overdue payouts; exits with 1 when there is any."""
    from execution.service import connect

    with plain_errors():
        is_calm = show(connect().executor)
    if is_calm:
        console.print("[green]✓[/] the executor is halted for nobody, and nothing is overdue")
    raise typer.Exit(0 if is_calm else 1)


@app.command()
def resume(
    client: Annotated[str, typer.Option(help="The client's id; `all` for every halted client of the firm.")],
    reason: Annotated[str, typer.Option(help="What you compared in Ramp and found; it is kept.")],
    firm: Annotated[str | None, typer.Option(help="The firm's id; may be left out while there is one only.")] = None,
) -> None:
    """Send again for a client after you compared the lines with Ramp; closes its lines, and is an audit event."""
    from execution.errors import NotFound
    from execution.service import AtMachine
    from orchestration.cli.people import acting

    with plain_errors():
        plane, by = acting(firm)
        if not isinstance(by, AtMachine):
            raise NotFound("the executor is resumed at its own machine; leave ROWCOL_API_TOKEN out")
        halted = [one.client_id for one in plane.executor.halts() if one.advisor_id == by.advisor_id]
        for client_id in halted if client == "all" else [client]:
            lines = plane.executor.resume(by, client_id, reason)
            console.print(f"[green]✓[/] {escape(client_id)}: sending again, {lines} lines closed")


def show(desk: ExecutorDesk) -> bool:
    """Print what holds still or is late; whether there is nothing of the kind."""
    now = datetime.now(UTC)
    halted, lines, late = desk.halts(), desk.drift(), desk.overdue()
    for one in halted:
        looked = "Ramp not looked through yet" if one.scanned_at is None else f"looked {ago(one.scanned_at, now)}"
        console.print(
            f"  [red]■[/] {escape(one.client_id)} is halted since {one.began_at:%Y-%m-%d %H:%M} UTC: "
            f"{escape(one.cause)} ({looked}, {one.waiting} lines wait for a person)",
            soft_wrap=True,
        )
    for line in lines:
        console.print(f"  [yellow]![/] {escape(line.client_id)}: {escape(line.sentence)}", soft_wrap=True)
    if halted:
        console.print("  see docs/runbooks/the_executor_is_halted.md")
    if late:
        table = Table("payout", "client", "state", "open link", "who moves it", "since", box=None)
        for row in late:
            table.add_row(*map(escape, (row.payout_id[:8], row.client_id, row.state, row.link, row.owner)),
                          f"{row.due_at:%Y-%m-%d %H:%M}")  # fmt: skip
        console.print(f"\n{len(late)} links of payouts are overdue:")
        console.print(table)
    return not (halted or lines or late)
