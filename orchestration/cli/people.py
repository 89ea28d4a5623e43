"""`rowcol people`: who works for a firm, in which role, for which clients, from when until when."""

from __future__ import annotations

import getpass
import os
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from orchestration.cli.screen import console, plain_errors

if TYPE_CHECKING:
    from execution.service import Changed, ControlPlane, Manager, Member

ABOUT = """The people of a firm.

Acts as the operator of this machine; with a firm admin's API token in `ROWCOL_API_TOKEN`, as that admin. Whoever is
added signs in by their e-mail. A further firm admin waits until a second person confirms it. Days are those of the
clients concerned, and both count whole. Every change is written to the audit log.
"""
app = typer.Typer(help=ABOUT, no_args_is_help=True)

Firm = Annotated[str | None, typer.Option(help="The firm's id; may be left out while there is one firm only.")]
Who = Annotated[str, typer.Argument(metavar="WHO", help="The person's e-mail or id, as `rowcol people list` shows it.")]
Clients = Annotated[list[str] | None, typer.Option("--client", help="A client they serve; repeat per client.")]
From = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; left out: at once.")
]
To = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day; left out: no end.")]


@app.command("list")
def list_people(firm: Firm = None) -> None:
    """List who works for the firm now or will, and which new admins wait for a second person."""
    with plain_errors():
        plane, by = acting(firm)
        found, waiting = plane.people.list_people(by), plane.people.list_requests(by)
    table = Table(box=None)
    for head in ("name", "e-mail", "role", "clients", "from", "until", "id"):
        # Folded, never cut: an e-mail or an id is copied into the next command.
        table.add_column(head, overflow="fold")
    for one in found:
        clients = "all" if one.client_ids is None else ", ".join(one.client_ids)
        begins = "" if one.is_live else _instant(one.from_at)
        table.add_row(
            *map(escape, (one.name, one.email, one.role, clients, begins, _instant(one.to_at), one.person_id))
        )
    console.print(table if found else "Nobody yet. Add somebody with `rowcol people add`.")
    for request in waiting:
        console.print(
            f"[yellow]![/] {escape(request.name)} ({escape(request.email)}) waits to become firm admin, asked for by "
            f"{escape(request.asked_by)}: `rowcol people confirm {request.request_id}`",
            soft_wrap=True,
        )


@app.command("add")
def add_person(
    name: Annotated[str, typer.Option(help="The person's name as screens show it.")],
    email: Annotated[str, typer.Option(help="The e-mail that your identity provider vouches for.")],
    role: Annotated[
        str, typer.Option(help="bookkeeper, controller, advisor, firm_admin, analyst, auditor, client_owner.")
    ],
    firm: Firm = None,
    client: Clients = None,
    begins: From = None,
    ends: To = None,
) -> None:
    """Add somebody, for all clients or only for those named with --client.

    What each role may do is in docs/reference/roles.md.
    """
    with plain_errors():
        plane, by = acting(firm)
        done = plane.people.add_person(by, name, email, role, client or None, _day(begins), _day(ends))
    _tell(done, f"{name} ({email.strip().lower()}) is added as {role.replace('_', ' ')}")


@app.command("assign")
def assign(
    who: Who,
    role: Annotated[str | None, typer.Option(help="The new role; left out: it stays.")] = None,
    firm: Firm = None,
    client: Clients = None,
    all_clients: Annotated[bool, typer.Option("--all-clients", help="They serve all of the firm's clients.")] = False,
    begins: From = None,
    ends: To = None,
) -> None:
    """Change somebody's role, clients or last day.

    What is not named stays: the role, the clients, the end. The clients named are all they serve from then on.
    """
    from execution.errors import Invalid

    with plain_errors():
        if client and all_clients:
            raise Invalid("give --client or --all-clients, not both")
        plane, by = acting(firm)
        held = held_by(plane, by, who)
        person_id = held.person_id if held else who
        first, last = _day(begins), _day(ends)
        named = client or None
        if role is not None:
            if not named and not all_clients and held and role != "firm_admin" and held.client_ids:
                named = list(held.client_ids)
            done = plane.people.change_role(by, person_id, role, named, first, last)
        elif named or all_clients:
            done = plane.people.assign_clients(by, person_id, named, first, last)
        elif last is not None and first is None:
            done = plane.people.end_membership(by, person_id, last)
        else:
            raise Invalid("say what changes: --role, --client, --all-clients or --to")
        now = held_by(plane, by, person_id)
    _tell(done, f"{now.name if now else who} is assigned; `rowcol people list` shows it")


@app.command("remove")
def remove(who: Who, firm: Firm = None) -> None:
    """End somebody's work at once, with every session and API token they have.

    What they did stays in the records. The last firm admin cannot be removed.
    """
    with plain_errors():
        plane, by = acting(firm)
        held = held_by(plane, by, who)
        done = plane.people.remove_person(by, held.person_id if held else who)
    _tell(done, f"{held.name if held else who} works for the firm no longer; sessions and tokens have ended")


@app.command("confirm")
def confirm(
    request: Annotated[str, typer.Argument(metavar="REQUEST", help="As `rowcol people list` shows it.")],
    firm: Firm = None,
) -> None:
    """Be the second person who agrees to a new firm admin.

    With two admins or more one of them confirms (ROWCOL_API_TOKEN); below that the operator may.
    """
    with plain_errors():
        plane, by = acting(firm)
        done = plane.people.confirm_admin(by, request)
        now = held_by(plane, by, done.person_id)
    _tell(done, f"{now.name if now else done.person_id} is firm admin")


@app.command("withdraw")
def withdraw(
    request: Annotated[str, typer.Argument(metavar="REQUEST", help="As `rowcol people list` shows it.")],
    firm: Firm = None,
) -> None:
    """Drop a request for a new firm admin."""
    with plain_errors():
        plane, by = acting(firm)
        plane.people.withdraw_admin(by, request)
    console.print("[green]✓[/] the request is withdrawn")


def acting(firm: str | None) -> tuple[ControlPlane, Manager]:
    """The control plane, and who asks: a firm admin by token, else the operator for the named or only firm."""
    from execution.errors import Invalid, NotFound
    from execution.service import AtMachine, connect

    plane = connect()
    if token := os.environ.get("ROWCOL_API_TOKEN"):
        admin = plane.people.principal_for_api_token(token)
        if firm not in (None, admin.advisor_id):
            raise NotFound(f"there is no firm {firm!r} that the token's owner works for; leave --firm out")
        return plane, admin
    if firm is None:
        firms = [one.advisor_id for one in plane.clients.advisors()]
        if not firms:
            raise NotFound("there is no firm yet; `rowcol clients add --firm-name …` makes it with its first admin")
        if len(firms) > 1:
            raise Invalid(f"--firm: there are several ({', '.join(firms)}); name one")
        firm = firms[0]
    return plane, AtMachine(getpass.getuser(), firm)


def held_by(plane: ControlPlane, by: Manager, who: str) -> Member | None:
    """The person whom an id or an e-mail means; None when nobody at the firm is."""
    wanted = who.strip().lower()
    for one in plane.people.list_people(by):
        if who == one.person_id or (one.email and wanted == one.email.lower()):
            return one
    return None


def _tell(done: Changed, what: str) -> None:
    if done.request_id is None:
        console.print(f"[green]✓[/] {escape(what)}", soft_wrap=True)
    else:
        console.print(
            "[yellow]![/] A firm admin takes two people. Nothing is given yet; another firm admin confirms it with "
            f"`rowcol people confirm {done.request_id}`",
            soft_wrap=True,
        )


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def _instant(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else ""
