"""`rowcol up`: start what one machine needs, and keep it running until Ctrl-C."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import typer
from rich.panel import Panel
from rich.table import Table

from orchestration.cli.sandbox import serve_command
from orchestration.cli.screen import console, errors, plain_errors
from orchestration.environment import demo_environment, write_demo_environment
from orchestration.paths import ROOT, Paths
from orchestration.processes import Child, DidNotStart, Processes, port_is_free

SANDBOX_SECONDS = 600  # A world of 200 clients takes minutes to simulate.
START_SECONDS = 120


def up(
    demo: Annotated[bool, typer.Option(help="Start the sandbox rails too, with demo clients and sign-ins.")] = False,
    clients: Annotated[int, typer.Option(help="Demo: how many clients.")] = 12,
    months: Annotated[int, typer.Option(help="Demo: months of history.")] = 18,
    seed: Annotated[int, typer.Option(help="Demo: same seed, same world.")] = 7,
    console_port: Annotated[int, typer.Option(help="Port of the console.")] = 8501,
    api_port: Annotated[int, typer.Option(help="Port of the API.")] = 8600,
    receiver_port: Annotated[int, typer.Option(help="Port of the webhook receiver.")] = 8601,
    sandbox_port: Annotated[int, typer.Option(help="Demo: control port; the rails take the four after it.")] = 8800,
    with_dagster: Annotated[bool, typer.Option("--dagster", help="Start Dagster (port 3000) as well.")] = False,
) -> None:
    """Start the console, the API, the webhook receiver, the executor and the signer; Ctrl-C stops them all.

    With --demo the sandbox rails start first, every client is loaded, built, tested and published.
    """
    ports = [console_port, api_port, receiver_port, *([3000] if with_dagster else [])]
    ports += list(range(sandbox_port, sandbox_port + 5)) if demo else []
    if taken := [str(port) for port in ports if not port_is_free(port)]:
        errors.print(f"[bold red]✗[/] port {', '.join(taken)} is in use; stop what holds it or pass other ports")
        raise typer.Exit(1)
    began = time.monotonic()
    with Processes(Paths.from_env().logs) as group:
        try:
            people = _start_demo(group, clients, months, seed, sandbox_port) if demo else []
            _start_product(group, console_port, api_port, receiver_port, with_dagster)
            if demo:
                _webhooks_to(receiver_port)
        except DidNotStart as error:
            errors.print(f"[bold red]✗[/] {error}")
            raise typer.Exit(1) from error
        _welcome(console_port, api_port, with_dagster, people, time.monotonic() - began)
        _keep_running(group)


def _start_demo(group: Processes, clients: int, months: int, seed: int, port: int) -> list[dict[str, Any]]:
    """Start the rails, take their clients on, and do a first run; returns the demo people."""
    sandbox = group.start("sandbox", serve_command(clients, months, seed, port))
    base = f"http://127.0.0.1:{port}"
    with console.status(f"simulating {clients} clients × {months} months and starting the four rails …"):
        group.wait_until(sandbox, lambda: _answers(f"{base}/health"), SANDBOX_SECONDS)
    onboarding = httpx.get(f"{base}/onboarding", timeout=60).json()
    values = demo_environment(port, app_credentials(onboarding["app"]))
    write_demo_environment(values)
    os.environ.update(values)

    from execution.service import connect
    from orchestration.cli.run import run_with_progress

    console.print(f"[green]✓[/] four rails of {len(onboarding['clients'])} clients on ports {port + 1}–{port + 4}")
    with plain_errors():
        connect().bootstrap_demo(onboarding)
        run_with_progress()
    return list(onboarding["people"])


def app_credentials(app: dict[str, Any]) -> dict[str, str]:
    """The product's own keys at QBO and Plaid, and what signs QBO's webhooks, from the sandbox's onboarding answer."""
    return {
        "ROWCOL_QBO_CLIENT_ID": app["qbo"]["client_id"],
        "ROWCOL_QBO_CLIENT_SECRET": app["qbo"]["client_secret"],
        "ROWCOL_QBO_VERIFIER_TOKEN": app["qbo"]["verifier_token"],
        "ROWCOL_PLAID_CLIENT_ID": app["plaid"]["client_id"],
        "ROWCOL_PLAID_SECRET": app["plaid"]["secret"],
    }


def _start_product(group: Processes, console_port: int, api_port: int, receiver_port: int, with_dagster: bool) -> None:
    loopback = "127.0.0.1"
    web = [sys.executable, "-m", "streamlit", "run", "app/console.py", "--server.headless=true"]
    web += [f"--server.port={console_port}", f"--server.address={loopback}"]
    api = [sys.executable, "-m", "uvicorn", "app.api:api", "--host", loopback, "--port", str(api_port)]
    receiver = [sys.executable, "-m", "app.receiver", "--host", loopback, "--port", str(receiver_port)]
    started: list[tuple[Child, str]] = [
        (group.start("console", web), f"http://{loopback}:{console_port}/_stcore/health"),
        (group.start("api", api), f"http://{loopback}:{api_port}/health"),
        (group.start("receiver", receiver), f"http://{loopback}:{receiver_port}/health"),
    ]
    group.start("executor", [sys.executable, "-m", "execution.worker"])
    group.start("signer", [sys.executable, "-m", "execution.signer"])
    if with_dagster:
        graph = [sys.executable, "-m", "dagster", "dev", "-m", "orchestration.definitions", "--port", "3000"]
        started.append(
            (group.start("dagster", graph, {"DAGSTER_HOME": str(ROOT)}), f"http://{loopback}:3000/server_info")
        )
    with console.status("starting the console, the API, the receiver, the executor and the signer …"):
        for child, address in started:
            group.wait_until(child, lambda address=address: _answers(address), START_SECONDS)  # type: ignore[misc]


def _webhooks_to(receiver_port: int) -> None:
    """Ask the sandbox to deliver each rail's webhooks to our receiver; QuickBooks to one address, as Intuit does."""
    base = f"http://127.0.0.1:{receiver_port}/webhooks"
    targets = {rail: f"{base}/{rail}" for rail in ("qbo", "ramp", "plaid", "stripe")} | {"qbo_address": "app"}
    httpx.post(f"{os.environ['ROWCOL_SANDBOX_URL']}/webhooks/targets", json=targets, timeout=30)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2).status_code < 500
    except httpx.TransportError:
        return False


def _welcome(console_port: int, api_port: int, with_dagster: bool, people: list[dict[str, Any]], took: float) -> None:
    table = Table(box=None, show_header=False)
    table.add_row("console", f"[bold]http://127.0.0.1:{console_port}[/]")
    table.add_row("API", f"http://127.0.0.1:{api_port}/docs")
    if with_dagster:
        table.add_row("Dagster", "http://127.0.0.1:3000")
    for person in people:
        table.add_row(f"sign in as {person['name']}", f"{person['role'].replace('_', ' ')}")
    console.print(Panel(table, title=f"RowCol is up after {took:.0f} s", expand=False))
    if people:
        console.print(
            "Try it: as the bookkeeper propose a bill, as the controller approve and release it; then in a second\n"
            "terminal `.venv/bin/rowcol sandbox advance --days 14` and `.venv/bin/rowcol run`, and see it verified."
        )
    console.print("Ctrl-C stops everything. Logs: " + str(Paths.from_env().logs))


def _keep_running(group: Processes) -> None:
    try:
        while (ended := group.first_ended()) is None:
            time.sleep(1)
    except KeyboardInterrupt:
        console.print("\nstopping …")
        return
    at = datetime.now(UTC).strftime("%H:%M:%S")
    errors.print(f"[bold red]✗[/] {at} {ended.name} ended with code {ended.process.returncode}; see {ended.log}")
    raise typer.Exit(1)
