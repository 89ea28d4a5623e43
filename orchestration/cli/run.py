"""`rowcol run` and `rowcol publish`."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from orchestration.cli.screen import console, errors, parse_as_of, plain_errors
from orchestration.paths import Paths
from orchestration.run_log import RunReport

Rails = Annotated[list[str] | None, typer.Option("--rail", help="Load only this rail; repeat for several.")]
Clients = Annotated[list[str] | None, typer.Option("--client", help="Load only this client; repeat for several.")]
AsOf = Annotated[str | None, typer.Option(help="Build as of this day or instant instead of now.")]


def run_command(rail: Rails = None, client: Clients = None, as_of: AsOf = None) -> None:
    """Load what is new, build and test the warehouse, publish.

    Narrow the load with --rail and --client; the build is always whole. A connection that fails is named and the
    others go on; a failed test or gate publishes nothing.
    """
    with plain_errors():
        report = run_with_progress(rails=rail, client_ids=client, as_of=parse_as_of(as_of))
    raise typer.Exit(0 if report.status == "published" else 1)


def publish_command(as_of: AsOf = None) -> None:
    """Build, test and publish what the warehouse already holds, without asking any rail."""
    with plain_errors():
        report = run_with_progress(load=False, as_of=parse_as_of(as_of))
    raise typer.Exit(0 if report.status == "published" else 1)


def run_with_progress(**options: Any) -> RunReport:
    """Do one run, drawing what it does, and print how it ended."""
    from execution.service import connect
    from orchestration.run import run

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        line = progress.add_task("starting")
        rows: dict[tuple[str, str, str], int] = {}

        def on_progress(event: Any) -> None:
            rows[(event.rail, event.client_id, event.resource)] = event.rows
            progress.update(line, description=f"load: {sum(rows.values()):,} rows, {event.client_id} {event.rail}")

        def say(text: str) -> None:
            if text.startswith("  "):
                console.print(f"[yellow]![/]{text[1:]}")
            progress.update(line, description=text)

        report = run(
            Paths.from_env(),
            connect(),
            say=say,
            on_progress=on_progress,
            on_line=lambda text: progress.update(line, description=f"build: {text[-90:].strip()}"),
            **options,
        )
    print_report(report)
    return report


def print_report(report: RunReport) -> None:
    """Rows, seconds and verdict of a run, then what failed."""
    loaded = sum(row["rows_read"] for row in report.connections)
    seconds = ", ".join(f"{name} {took:.1f} s" for name, took in report.steps.items())
    console.print(f"{loaded:,} rows from {len(report.connections)} connections; {seconds}")
    if failed := report.failed_connections():
        errors.print(f"[yellow]![/] {len(failed)} of {len(report.connections)} connections failed:")
        for row in failed:
            errors.print(f"    {row['client_id']} / {row['rail']}: {row['reason']}")
    if report.status == "published":
        console.print(f"[green]✓[/] published {', '.join(f'{a}/{s}' for a, s in report.snapshots.items())}")
        return
    errors.print("[bold red]✗[/] nothing was published; the last good snapshot stays. What failed:")
    for text in report.failures[:12]:
        errors.print(f"    {text}")
    if len(report.failures) > 12:
        errors.print(f"    … and {len(report.failures) - 12} more in {Paths.from_env().runs}/{report.run_id}.json")
