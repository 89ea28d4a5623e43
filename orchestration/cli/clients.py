"""`rowcol clients`: who a firm serves, and on which rails."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from orchestration.cli import policies
from orchestration.cli.screen import console, errors, plain_errors

app = typer.Typer(help="The client businesses of a firm.", no_args_is_help=True)
app.add_typer(policies.app, name="policy")


@app.command("list")
def list_clients(
    webhooks: Annotated[bool, typer.Option(help="Print the webhook path of each connection instead.")] = False,
) -> None:
    """List every client with its firm, mode and buffer, or where each rail delivers its webhooks."""
    from execution.service import connect

    with plain_errors():
        plane = connect()
        if webhooks:
            _print_webhooks(plane.connections.webhook_paths())
            return
        rows = plane.clients.all()
    table = Table("firm", "client", "name", "industry", "mode", "payout mode", "buffer", box=None)
    for row in rows:
        buffer = f"{row.currency_code} {row.buffer_minor / 100:,.0f}"
        table.add_row(
            row.advisor_id, row.client_id, row.client_name, row.industry, row.advisor_mode, row.payout_mode, buffer
        )
    console.print(table if rows else "No clients yet. Add one with `rowcol clients add`.")


@app.command("add")
def add_client(
    firm: Annotated[str, typer.Option(help="The firm's id.")],
    client: Annotated[str, typer.Option("--id", help="The client's id, yours to choose; it never changes.")],
    name: Annotated[str, typer.Option(help="The client's name as screens show it.")],
    time_zone: Annotated[str, typer.Option(help="Where the client's days begin, for instance America/New_York.")],
    industry: Annotated[str, typer.Option(help="The client's trade.")] = "",
    currency: Annotated[str, typer.Option(help="Currency of its books.")] = "USD",
    buffer: Annotated[str, typer.Option(help="Cash that payouts must leave untouched, as 25000.00.")] = "0",
    payout_mode: Annotated[str, typer.Option(help="draft: finished in Ramp by hand; direct: Ramp pays.")] = "draft",
    mode: Annotated[str, typer.Option(help="How closely the firm serves it: active, managed or silent.")] = "managed",
    credentials: Annotated[
        Path | None, typer.Option(help="JSON file with a section per rail (see docs/how_to/go_live.md).")
    ] = None,
    connect_rail: Annotated[
        list[str] | None, typer.Option("--connect", help="Ask for this rail's credentials now; repeat per rail.")
    ] = None,
    firm_name: Annotated[str | None, typer.Option(help="Makes the firm new, under this name.")] = None,
    admin_email: Annotated[str, typer.Option(help="With --firm-name: its first admin signs in by it.")] = "",
    admin_name: Annotated[str, typer.Option(help="With --firm-name: the first admin's name.")] = "",
) -> None:
    """Take a client on: who it is, its buffer, and its credentials on each rail.

    Secrets are read from the file or asked for without echo; they are sealed at once and never printed.
    """
    from execution.service import NewClient, connect

    with plain_errors():
        given = {**_from_file(credentials), **_asked(connect_rail or [])}
        new = NewClient(
            firm, client, name, time_zone, industry, currency, buffer, payout_mode, mode, given
        )  # fmt: skip
        account, plane = getpass.getuser(), connect()
        if firm_name is not None:
            plane.operator.add_firm(account, firm, firm_name, admin_name, admin_email)
            console.print(f"[green]✓[/] firm {firm}: {admin_email} signs in as its first admin", markup=True)
        made = plane.operator.add_client(account, new)
    rails = ", ".join(made.rails) or "no rail yet"
    console.print(f"[green]✓[/] client {made.client_id} of {firm}: {rails}")
    for path in made.webhook_paths:
        console.print(f"  webhooks: {path}", soft_wrap=True)
    console.print(f"Load it with `rowcol run --client {made.client_id}`.")


@app.command("webhook-secret")
def webhook_secret(
    firm: Annotated[str, typer.Option(help="The firm's id.")],
    client: Annotated[str, typer.Option("--id", help="The client's id.")],
    rail: Annotated[str, typer.Option(help="ramp, stripe, or qbo where the client has a path of its own.")],
) -> None:
    """Replace the secret that signs a client's webhooks; the old one stays good for three days.

    It is asked for without echo and sealed at once. The address stays as it is.
    """
    from execution.service import connect

    secret = typer.prompt(f"new {rail} webhook secret", hide_input=True)
    with plain_errors():
        connect().receiving.replace_secret(getpass.getuser(), firm, client, rail, secret)
    console.print(f"[green]✓[/] {rail} webhooks of {client}: both secrets are good for three days, then the new one")


def _print_webhooks(paths: list[tuple[str, str, str, str]]) -> None:
    if not paths:
        console.print("No connection takes webhooks yet; the schedules read everything without them.")
    for firm, client, rail, path_key in paths:
        # One plain line each, never wrapped or drawn: these are copied into the rails' dashboards.
        typer.echo(f"{firm}\t{client}\t{rail}\t/webhooks/{rail}/{path_key}")


def _from_file(path: Path | None) -> dict[str, Any]:
    from execution.errors import Invalid

    if path is None:
        return {}
    try:
        text = path.read_text(encoding="utf-8")
        given = json.loads(text)
    except OSError as error:
        raise Invalid(f"credentials: {path} cannot be read ({error.strerror}); give the path of a JSON file") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        # The parser's own words would quote the file, and the file holds secrets.
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Invalid(f"credentials: {path} is not JSON{line}; give an object with a section per rail") from None
    if not isinstance(given, dict):
        raise Invalid(f"credentials: {path} holds no object; give one with a section per rail")
    if path.stat().st_mode & 0o077:
        errors.print(f"[yellow]![/] {path} can be read by others on this machine; delete it when you are done")
    return given


def _asked(rails: list[str]) -> dict[str, dict[str, str]]:
    from execution.errors import Invalid
    from execution.service import CREDENTIAL_FIELDS

    sections: dict[str, dict[str, str]] = {}
    for rail in rails:
        if rail not in CREDENTIAL_FIELDS:
            raise Invalid(f"there is no rail {rail!r}; the rails are {', '.join(CREDENTIAL_FIELDS)}")
        sections[rail] = {}
        for field in CREDENTIAL_FIELDS[rail]:
            label = f"{rail} {field.name.replace('_', ' ')}" + ("" if field.is_needed else " (empty if none)")
            empty = None if field.is_needed else ""
            sections[rail][field.name] = typer.prompt(
                label, hide_input=field.is_secret, default=empty, show_default=False
            )
    return sections
