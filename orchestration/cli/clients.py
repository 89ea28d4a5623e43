"""`rowcol clients`: who a firm serves."""

from __future__ import annotations

import typer
from rich.table import Table

from orchestration.cli.screen import console, plain_errors

app = typer.Typer(help="The client businesses of a firm.", no_args_is_help=True)


@app.command("list")
def list_clients() -> None:
    """List every client with its firm, mode and buffer."""
    from execution.service import connect

    with plain_errors():
        rows = connect().clients.all()
    table = Table("firm", "client", "name", "industry", "mode", "payout mode", "buffer", box=None)
    for row in rows:
        buffer = f"{row.currency_code} {row.buffer_minor / 100:,.0f}"
        table.add_row(
            row.advisor_id, row.client_id, row.client_name, row.industry, row.advisor_mode, row.payout_mode, buffer
        )
    console.print(table if rows else "No clients yet. Add one with `rowcol clients add`.")
