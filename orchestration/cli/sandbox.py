"""`rowcol sandbox`: the local rails. Runs the sandbox as a program of its own and speaks to its control port."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import httpx
import typer

from orchestration.cli.screen import console, errors
from orchestration.paths import ROOT, Paths

app = typer.Typer(help="The sandbox: four local rails that speak the real protocols.", no_args_is_help=True)

Clients = Annotated[int, typer.Option(help="How many client businesses the simulated firm serves.")]
Months = Annotated[int, typer.Option(help="Months of history.")]
Seed = Annotated[int, typer.Option(help="Same seed, same world, byte for byte.")]


@app.command()
def serve(
    clients: Clients = 12,
    months: Months = 18,
    seed: Seed = 7,
    port: Annotated[int, typer.Option(help="Control port; the rails take the four after it.")] = 8800,
) -> None:
    """Serve the four rails (the world is simulated first when there is none). Ctrl-C stops it."""
    raise typer.Exit(subprocess.call(serve_command(clients, months, seed, port), cwd=ROOT))


def serve_command(clients: int, months: int, seed: int, port: int) -> list[str]:
    """The command that starts the sandbox as its own process."""
    command = [sys.executable, "-m", "sandbox", "serve", "--world", str(Paths.from_env().world)]
    command += ["--clients", str(clients), "--months", str(months), "--seed", str(seed)]
    return [*command, "--base-port", str(port)]


@app.command()
def advance(days: Annotated[int, typer.Option(min=1, max=120, help="How many days to move the clock on.")] = 1) -> None:
    """Move the sandbox's clock forward: payments settle, bills fall due, webhooks fire."""
    answer = ask("POST", "/clock/advance", {"days": days})
    console.print(f"The sandbox's clock now reads {answer['now'][:16]} UTC. `rowcol run` loads what has happened.")


@app.command()
def fault(
    rail: Annotated[str, typer.Argument(help="qbo, ramp, plaid or stripe")],
    kind: Annotated[str, typer.Argument(help="token_revoked, malformed_page, rail_down, throttled, server_error …")],
    client: Annotated[str | None, typer.Option(help="Only this client; all by default.")] = None,
    times: Annotated[int | None, typer.Option(help="How often; until cleared by default.")] = None,
) -> None:
    """Plant a fault on a rail."""
    ask("POST", "/faults", {"rail": rail, "kind": kind, "client_key": client, "times": times})
    console.print(f"{rail}: {kind} planted{f' for {client}' if client else ''}. `rowcol sandbox heal` clears it.")


@app.command()
def heal() -> None:
    """Clear every planted fault."""
    ask("DELETE", "/faults")
    console.print("All faults cleared.")


@app.command()
def truth() -> None:
    """Print the hidden truth (events, defects, ledger) as JSON, for scoring only."""
    command = [sys.executable, "-m", "sandbox", "truth", "--world", str(Paths.from_env().world)]
    raise typer.Exit(subprocess.call(command, cwd=ROOT))


def ask(method: str, path: str, body: dict | None = None) -> dict:  # type: ignore[type-arg]
    """Call the sandbox's control port; one clear line when it is not running."""
    base = os.environ.get("ROWCOL_SANDBOX_URL", "http://127.0.0.1:8800")
    try:
        answer = httpx.request(method, base + path, json=body, timeout=120)
        answer.raise_for_status()
    except httpx.HTTPStatusError as error:
        errors.print(f"[bold red]✗[/] the sandbox refused: {error.response.text}")
        raise typer.Exit(1) from error
    except httpx.TransportError as error:
        errors.print(f"[bold red]✗[/] no sandbox answers at {base}; start one with `rowcol sandbox serve`")
        raise typer.Exit(1) from error
    return dict(answer.json()) if answer.content else {}
