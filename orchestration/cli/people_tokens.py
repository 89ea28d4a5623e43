"""`rowcol people token`: the API tokens that act in people's names: issue, list, replace, end."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from orchestration.cli.people import Firm, Who, acting, held_by
from orchestration.cli.screen import console, plain_errors

ABOUT = """API tokens: a program acts in one person's name.

Acts as the operator of this machine; with an API token in `ROWCOL_API_TOKEN`, as its owner, who lists and ends
everybody's tokens as firm admin, and may replace the very token in use. A token lives ninety days. It is shown once.
"""
app = typer.Typer(help=ABOUT, no_args_is_help=True)

TokenId = Annotated[str, typer.Argument(metavar="TOKEN_ID", help="As `rowcol people token list` shows it.")]


@app.command("issue")
def issue(
    who: Who,
    name: Annotated[str, typer.Option(help="What the token is for; lists and the audit log show it.")],
    agent: Annotated[
        bool, typer.Option("--agent", help="An agent's: it reads and proposes, whatever the person may.")
    ] = False,
    firm: Firm = None,
) -> None:
    """Issue a token that acts in somebody's name, with their role and clients."""
    from execution.errors import Forbidden
    from execution.service import AtMachine

    with plain_errors():
        plane, by = acting(firm)
        if not isinstance(by, AtMachine):
            raise Forbidden("an API token gives out no further ones; unset ROWCOL_API_TOKEN to act as the operator")
        held = held_by(plane, by, who)
        person_id = held.person_id if held else who
        token = plane.people.issue_api_token_at_machine(by, person_id, name, is_agent=agent)
    _show(token, f"for {held.name if held else who}{' (agent)' if agent else ''}, good for ninety days")


@app.command("list")
def list_tokens(firm: Firm = None) -> None:
    """List the firm's live tokens; none of them can be read again."""
    with plain_errors():
        plane, by = acting(firm)
        found = plane.people.list_api_tokens(by)
    table = Table(box=None)
    for head in ("id", "person", "name", "kind", "issued", "ends"):
        table.add_column(head, overflow="fold")
    for one in found:
        kind = "agent" if one.is_agent else "person"
        days = [f"{at:%Y-%m-%d %H:%M} UTC" for at in (one.created_at, one.ended_at)]
        table.add_row(*map(escape, (one.token_id, one.person_name, one.name, kind, *days)))
    console.print(table if found else "No API token is live. Issue one with `rowcol people token issue`.")


@app.command("rotate")
def rotate(token_id: TokenId, firm: Firm = None) -> None:
    """Replace a token: the new one is shown, the old one opens for another hour."""
    from execution.service import AtMachine

    with plain_errors():
        plane, by = acting(firm)
        if isinstance(by, AtMachine):
            token = plane.people.rotate_api_token_at_machine(by, token_id)
        else:
            token = plane.people.rotate_own_api_token(by, token_id)
    _show(token, f"in place of {token_id}, which ends within the hour")


@app.command("revoke")
def revoke(token_id: TokenId, firm: Firm = None) -> None:
    """End a token at once."""
    with plain_errors():
        plane, by = acting(firm)
        plane.people.end_api_token(by, token_id)
    console.print(f"[green]✓[/] token {escape(token_id)} has ended")


def _show(token: str, what: str) -> None:
    console.print(f"[green]✓[/] A token {escape(what)}. It is shown this once:", soft_wrap=True)
    # Plain, so that it can be piped and never wraps.
    print(token)
