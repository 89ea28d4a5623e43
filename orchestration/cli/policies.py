"""`rowcol clients policy`: a client's rules, what changes them, and who agreed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from orchestration.cli.people import Firm, acting
from orchestration.cli.screen import console, plain_errors

ABOUT = """A client's payment rules.

Acts as the operator of this machine, who may draft; with a person's API token in `ROWCOL_API_TOKEN`, as that person.
Changed rules wait for a second person, who agrees here with their own token, or over the API. Money is in minor units.
Every version stays, and each guard's verdict names the one it judged by.
"""
app = typer.Typer(help=ABOUT, no_args_is_help=True)
Client = Annotated[str, typer.Argument(help="The client's id.")]


@app.command("show")
def show(client: Client, firm: Firm = None) -> None:
    """Show the rules in force, their bounds, and the drafts that wait."""
    with plain_errors():
        plane, by = acting(firm)
        fields = plane.policies.fields()
        rules, drafts = plane.policies.in_force(by, client), plane.policies.drafts(by, client)
    by_whom = f"by {rules.written_by}" + (f", agreed by {rules.approved_by}" if rules.approved_by else "")
    console.print(f"version {rules.version}, {escape(by_whom)}, since {_instant(rules.effective_at)}", soft_wrap=True)
    table = Table("rule", "value", "default", "bounds", "meaning", box=None)
    for one in fields:
        value = rules.body.get(one.name, one.default)
        shown = _shown(value)
        table.add_row(one.name, f"[bold]{shown}[/]" if value != one.default else shown, _shown(one.default),
                      one.bounds, f"{one.meaning} ({one.unit})")  # fmt: skip
    console.print(table)
    for draft in drafts:
        _print_draft(draft)


@app.command("history")
def history(client: Client, firm: Firm = None) -> None:
    """List every version with what it changed."""
    with plain_errors():
        plane, by = acting(firm)
        versions = plane.policies.versions(by, client)
    table = Table("version", "in force from", "written by", "agreed by", "changes", box=None)
    for newer, older in zip(versions, [*versions[1:], None], strict=True):
        changed = plane.policies.changes(older, newer)
        said = ", ".join(f"{rule} {_shown(a)} → {_shown(b)}" for rule, a, b in changed) or "the client's set-up"
        table.add_row(str(newer.version), _instant(newer.effective_at), escape(newer.written_by),
                      escape(newer.approved_by or ""), said)  # fmt: skip
    console.print(table)


@app.command("draft")
def draft(
    client: Client,
    changes: Annotated[list[str], typer.Argument(help="RULE=VALUE, for instance runway_days_floor=7.")],
    reason: Annotated[str, typer.Option(help="Why the rules change; kept with them.")],
    firm: Firm = None,
    begins: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%dT%H:%M%z"], help="2026-12-01T09:00+0000")
    ] = None,
) -> None:
    """Put changed rules up for a second person."""
    with plain_errors():
        plane, by = acting(firm)
        made = plane.policies.draft(by, client, _parsed(changes), reason=reason, effective_at=begins)
    _print_draft(made)


@app.command("approve")
def approve(
    client: Client, draft_id: Annotated[str, typer.Argument(help="The draft's id.")], firm: Firm = None
) -> None:
    """Agree to a colleague's draft; needs your own API token in ROWCOL_API_TOKEN."""
    from execution.service import AtMachine, Forbidden

    with plain_errors():
        plane, by = acting(firm)
        if isinstance(by, AtMachine):
            raise Forbidden("the machine's operator may draft and not agree; put your API token into ROWCOL_API_TOKEN")
        made = plane.policies.approve_draft(by, client, draft_id)
    console.print(
        f"[green]✓[/] version {made.version} of {escape(client)} is in force from {_instant(made.effective_at)}"
    )


@app.command("withdraw")
def withdraw(
    client: Client, draft_id: Annotated[str, typer.Argument(help="The draft's id.")], firm: Firm = None
) -> None:
    """Take a draft back."""
    with plain_errors():
        plane, by = acting(firm)
        plane.policies.withdraw_draft(by, client, draft_id)
    console.print(f"[green]✓[/] draft {escape(draft_id)} is withdrawn")


def _print_draft(draft: Any) -> None:
    begins = _instant(draft.effective_at) if draft.effective_at else "when a second person agrees"
    console.print(
        f"[yellow]![/] draft {draft.draft_id} by {escape(draft.written_by_name)}: {escape(draft.reason)}; "
        f"begins {begins}", soft_wrap=True,
    )  # fmt: skip
    for rule, before, after in draft.changes:
        console.print(f"    {rule}: {_shown(before)} → [bold]{_shown(after)}[/]")
    console.print(
        f"    agree: rowcol clients policy approve {escape(draft.client_id)} {draft.draft_id}", soft_wrap=True
    )


def _parsed(changes: list[str]) -> dict[str, Any]:
    from execution.errors import Invalid

    parsed: dict[str, Any] = {}
    for one in changes:
        name, equals, text = one.partition("=")
        if not equals:
            raise Invalid(f"{one!r} is no change; write RULE=VALUE, for instance runway_days_floor=7")
        lowered = text.strip().lower()
        if lowered in ("yes", "true", "no", "false"):
            parsed[name.strip()] = lowered in ("yes", "true")
        else:
            digits = lowered.replace("_", "").replace(",", "")
            parsed[name.strip()] = int(digits) if digits.lstrip("-").isdecimal() else text
    return parsed


def _shown(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value:,}"


def _instant(at: Any) -> str:
    return "ever" if at.year == 1 else f"{at:%Y-%m-%d %H:%M} UTC"
