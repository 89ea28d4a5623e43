"""`rowcol payouts`: what waits for whom and until when, the lists decided lately, and the templates that propose."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from orchestration.cli.people import acting
from orchestration.cli.screen import console, plain_errors

ABOUT = """Payouts, for reading: what is next, who does it and by when.

Acts for the person whose API token is in `ROWCOL_API_TOKEN` and sees what they see. Deciding is done in the console or
over the API, where what is signed stands in full on the screen.
"""
app = typer.Typer(help=ABOUT, no_args_is_help=True)
Client = Annotated[str | None, typer.Option(help="The client's id; left out, every client you serve.")]


@app.command("waiting")
def waiting(client: Client = None) -> None:
    """List what waits for you, the most urgent first."""
    with plain_errors():
        plane, person = _person()
        found = plane.payouts.waiting(person, client)
    table = Table("payout", "client", "vendor", "amount", "you", "because", "by", box=None)
    for one in found:
        table.add_row(*_of(one.payout), one.act.replace("_", " "), escape(one.what), _instant(one.due_at))
    console.print(table if found else "Nothing waits for you.")


@app.command("list")
def list_payouts(
    client: Client = None,
    state: Annotated[list[str] | None, typer.Option(help="Only this state; may be given several times.")] = None,
) -> None:
    """List payouts with their next step: what, who, by when."""
    with plain_errors():
        plane, person = _person()
        found = plane.payouts.list(person, client, state)
    table = Table("payout", "client", "vendor", "amount", "state", "next", "who", "by", box=None)
    for one in found:
        step = one.next_step
        table.add_row(*_of(one), one.state, escape(step.what), escape(step.who), _instant(step.due_at))
    console.print(table if found else "There is no such payout.")


@app.command("recurring")
def recurring(client: Annotated[str, typer.Argument(help="The client's id.")]) -> None:
    """List a client's templates, their next day, and what became of the last ones."""
    with plain_errors():
        plane, person = _person()
        found = plane.payouts.recurring(person, client)
    table = Table("template", "vendor", "at most", "state", "next day", "owner", "latest day", box=None)
    for one in found:
        latest = f"{one.runs[0].arrival_date} {one.runs[0].outcome}: {one.runs[0].reason}" if one.runs else ""
        table.add_row(escape(one.name), escape(one.vendor_name), _money(one.cap_minor, one.currency_code), one.state,
                      str(one.next_arrival_date or "none"), escape(one.owner_name), escape(latest))  # fmt: skip
    console.print(table if found else "This client has no template.")


def _person() -> tuple[Any, Any]:
    from execution.errors import Unauthenticated
    from execution.service import Principal

    plane, by = acting(None)
    if not isinstance(by, Principal):
        raise Unauthenticated(
            "payouts are shown to people: put your API token into ROWCOL_API_TOKEN (`rowcol people token issue`)"
        )
    return plane, by


def _of(payout: Any) -> tuple[str, str, str, str]:
    amount = _money(payout.amount_minor, payout.currency_code)
    return payout.payout_id[:8], escape(payout.client_id), escape(payout.vendor_name), amount


def _money(minor: int, currency_code: str) -> str:
    return f"{minor / 100:,.2f} {currency_code}"


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at is not None else ""
