"""`rowcol status`: what is published, what failed, what waits."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from orchestration import run_log
from orchestration.cli.screen import ago, console
from orchestration.paths import Paths
from orchestration.steps.publish import current


def status(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Show each firm's snapshot and its age, the last run, and every connection that failed.

    Exits with 1 when the last run published nothing or a connection failed, so that a monitor can call it.
    """
    paths = Paths.from_env()
    report = run_log.newest(paths.runs)
    firms = [(home.name, current(home), home / "refused.json") for home in sorted(paths.published.glob("*/"))]
    failed = report.failed_connections() if report else []
    if as_json:
        snapshots = {name: pointer for name, pointer, _ in firms}
        last = {"run_id": report.run_id, "status": report.status, "failures": report.failures} if report else None
        console.print_json(data={"snapshots": snapshots, "last_run": last, "failed_connections": failed})
    else:
        _print(firms, report, failed)
    raise typer.Exit(1 if failed or (report and report.status == "refused") else 0)


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
