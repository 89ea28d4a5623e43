"""`rowcol status`: what is published, what failed, what waits."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from orchestration import run_log
from orchestration.cli.screen import ago, console
from orchestration.paths import Paths
from orchestration.steps.publish import current


def status(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Show each firm's snapshot and its age, the last run, failed connections, and what payouts wait for.

    Exits with 1 when the last run published nothing, a connection failed, the executor is halted for a client or a
    payout is overdue, so that a monitor can call it.
    """
    paths = Paths.from_env()
    report = run_log.newest(paths.runs)
    firms = [(home.name, current(home), home / "refused.json") for home in sorted(paths.published.glob("*/"))]
    failed = report.failed_connections() if report else []
    webhooks, waiting = _webhooks(), _executor()
    permits = _permits() if firms else []
    if as_json:
        snapshots = {name: pointer for name, pointer, _ in firms}
        last = {"run_id": report.run_id, "status": report.status, "failures": report.failures} if report else None
        console.print_json(
            data={
                "snapshots": snapshots,
                "last_run": last,
                "failed_connections": failed,
                "webhooks": webhooks,
                "executor": waiting,
                "permits": permits,
            }
        )
    else:
        _print(firms, report, failed)
        _print_webhooks(webhooks)
        _print_executor(waiting)
        _print_permits(permits)
    is_stuck = waiting.get("halted") or waiting.get("overdue")
    raise typer.Exit(1 if failed or is_stuck or (report and report.status == "refused") else 0)


def _permits() -> list[dict[str, str]]:
    """Break-glass permits that are asked for or in force, in any firm: nobody shall overlook one."""
    from execution.service import RowcolError, connect

    try:
        found = connect().permits.open_anywhere()
    except RowcolError:
        return []  # Another schema or an unsafe key: the commands that need the store say so.
    return [
        {"client_id": one.client_id, "payout_id": one.payout_id, "guard_id": one.guard_id, "state": one.state,
         "reason": one.reason, "by": " and ".join(filter(None, (one.asked_by_name, one.confirmed_by_name))),
         "until": f"{one.expires_at:%Y-%m-%d %H:%M} UTC" if one.expires_at else ""}
        for one in found
    ]  # fmt: skip


def _print_permits(permits: list[dict[str, str]]) -> None:
    for one in permits:
        until = f", until {one['until']}" if one["until"] else ""
        console.print(
            f"[red]![/] permit {one['state']}: payout {one['payout_id'][:8]} past the guard {one['guard_id']}, by "
            f"{escape(one['by'])}{until}: {escape(one['reason'])}",
            soft_wrap=True,
        )


def _print(firms: list, report: run_log.RunReport | None, failed: list[dict]) -> None:  # type: ignore[type-arg]
    now = datetime.now(UTC)
    table = Table("firm", "snapshot", "published", "as of", "state", box=None)
    for name, pointer, refused in firms:
        if pointer is None:
            table.add_row(name, "none", "never", "", "nothing published yet")
            continue
        note = json.loads(refused.read_text()) if refused.exists() else None
        state = f"[red]a newer build was refused: {note['reason']}[/]" if note else "[green]current[/]"
        published = datetime.fromisoformat(pointer["published_at"])
        table.add_row(name, pointer["snapshot_id"], ago(published, now), pointer["as_of_at"][:16], state)
    console.print(table if firms else "Nothing published yet. Start with `rowcol up --demo`, or `rowcol run`.")
    if report is None:
        return
    console.print(f"\nlast run {report.run_id}: {report.status}, started {report.started_at[:19]} UTC")
    for text in report.failures[:8]:
        console.print(f"  [red]✗[/] {text}")
    if failed:
        console.print(f"\n{len(failed)} connections failed in it (the others loaded):")
        for row in failed:
            console.print(f"  [yellow]![/] {row['client_id']} / {row['rail']} ({row['reason_code']}): {row['reason']}")
    elif report.connections:
        console.print(f"all {len(report.connections)} connections loaded")


def _webhooks() -> dict[str, Any]:
    """What waits in the inbox, and what was refused of which something came within a day."""
    from sqlalchemy.exc import SQLAlchemyError

    from ingestion.inbox import Inbox

    since = datetime.now(UTC) - timedelta(days=1)
    try:
        with Inbox.from_env() as inbox:
            backlog, refused = inbox.backlog(), inbox.refusals()
            asked = inbox.challenges(since)
    except SQLAlchemyError as error:
        return {"unreadable": str(error).splitlines()[0]}
    return {
        "waiting": backlog.events,
        "oldest_at": backlog.oldest_at.isoformat() if backlog.oldest_at else None,
        "challenges": [{"rail": row.rail, "client_id": row.client_id, "challenge": row.object_id} for row in asked],
        "refused": [
            {"rail": told.rail, "client_id": told.client_id, "code": told.code, "times": count.times,
             "last_at": count.last_at.isoformat()}
            for told, count in refused if count.last_at >= since
        ],
    }  # fmt: skip


def _print_webhooks(webhooks: dict[str, Any]) -> None:
    if text := webhooks.get("unreadable"):
        console.print(f"\n[yellow]![/] the webhook inbox cannot be read: {text}")
        return
    now = datetime.now(UTC)
    oldest = (
        f", the oldest came {ago(datetime.fromisoformat(webhooks['oldest_at']), now)}" if webhooks["oldest_at"] else ""
    )
    console.print(f"\nwebhooks: {webhooks['waiting']} wait for the next load{oldest}")
    for row in webhooks["challenges"]:
        console.print(
            f"  [yellow]![/] {row['rail']} asks {row['client_id']} to confirm its subscription:"
            f" POST /webhooks/<id>/verify with the challenge {row['challenge']}", soft_wrap=True,
        )  # fmt: skip
    for row in webhooks["refused"][:8]:
        whose = row["client_id"] or "no client"
        console.print(
            f"  [yellow]![/] {row['rail']} / {whose}: refused ({row['code']}), {row['times']} times in all,"
            f" last {ago(datetime.fromisoformat(row['last_at']), now)}; see docs/runbooks/webhooks_are_refused.md"
        )


def _executor() -> dict[str, Any]:
    """How many clients the executor holds still for, lines that nobody closed, and overdue links of payouts."""
    from execution.errors import RowcolError
    from execution.service import connect, has_store

    if not has_store():
        return {}
    try:
        desk = connect().executor
        late = Counter(one.owner for one in desk.overdue())
        return {"halted": len(desk.halts()), "lines": len(desk.drift()), "overdue": late.total(), "owners": dict(late)}
    except RowcolError as error:
        return {"unreadable": str(error)}


def _print_executor(waiting: dict[str, Any]) -> None:
    if text := waiting.get("unreadable"):
        console.print(f"\n[yellow]![/] the control store cannot be read: {text}")
    if waiting.get("halted") or waiting.get("lines"):
        console.print(
            f"\n[red]■[/] the executor is halted for {waiting['halted']} clients, {waiting['lines']} lines about Ramp"
            " are open; see `rowcol executor status`"
        )
    if waiting.get("overdue"):
        owners = ", ".join(f"{owner} {count}" for owner, count in sorted(waiting["owners"].items()))
        console.print(f"\n[yellow]![/] {waiting['overdue']} links of payouts are overdue ({owners})")
