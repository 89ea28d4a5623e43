"""A sandbox world loaded and built into a warehouse of its own, by the product's own doors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path

import duckdb
import httpx

from ingestion import RAILS, Connection, MemoryTokens, ensure_raw_tables, load

ROOT = Path(__file__).resolve().parents[2]
IDS = {"qbo": "realm_id", "ramp": "business_id", "plaid": "item_id", "stripe": "account_id"}


def secrets(rail: str, profile: dict[str, str]) -> dict[str, str]:
    """What a connection of the rail signs in with."""
    return {
        "qbo": lambda: {"refresh_token": profile["refresh_token"]},
        "ramp": lambda: {"client_id": profile["reader_client_id"], "client_secret": profile["reader_client_secret"]},
        "plaid": lambda: {"access_token": profile["access_token"]},
        "stripe": lambda: {"api_key": profile["restricted_key"]},
    }[rail]()


@contextmanager
def served_firm(world: Path, warehouse: Path, data: Path) -> Iterator[Callable[[int], datetime]]:
    """Serve the world; gives `load(days)`: move the clock on, load what is new of all rails, say the world's now."""
    sys.path.append(str(ROOT / "tests"))
    from rails_server import running_sandbox

    os.environ["ROWCOL_DATA"], os.environ["ROWCOL_PATIENCE_SCALE"] = str(data), "0.01"
    ensure_raw_tables(warehouse)
    with running_sandbox(world, paused=True) as urls:
        for rail in RAILS:
            os.environ[f"ROWCOL_{rail.upper()}_URL"] = urls[rail]
        onboarding = httpx.get(urls["control"] + "/onboarding", timeout=60).json()
        apps = onboarding.get("apps") or onboarding.get("app_credentials") or onboarding["app"]
        for rail in ("qbo", "plaid"):
            secret = apps[rail].get("client_secret") or apps[rail]["secret"]
            os.environ[f"ROWCOL_{rail.upper()}_CLIENT_ID"] = apps[rail]["client_id"]
            os.environ[f"ROWCOL_{rail.upper()}_CLIENT_SECRET"] = os.environ[f"ROWCOL_{rail.upper()}_SECRET"] = secret
        clients = [(entry["client_key"], entry["profile"]) for entry in onboarding["clients"]]
        connections = [
            Connection("firm", name, rail, f"{rail}-{name}", str(of[IDS[rail]]), secrets(rail, of))
            for name, profile in clients
            for rail in RAILS
            if (of := profile.get(rail))
        ]
        enter_clients(warehouse, clients)
        tokens, runs = MemoryTokens(), count()

        def load_on(days: int) -> datetime:
            if days:
                httpx.post(urls["control"] + "/clock/advance", json={"days": days}, timeout=600).raise_for_status()
            now = datetime.fromisoformat(httpx.get(urls["control"] + "/clock", timeout=60).json()["now"])
            run_id = f"bench-{next(runs)}"
            outcomes = load(connections, warehouse=warehouse, run_id=run_id, as_of=now, tokens=tokens, control_url=None)
            # A world may hold a client whose bank login is gone on purpose: no rule sees its postings.
            for outcome in outcomes:
                if outcome.outcome != "ok":
                    print(f"not loaded: {outcome.client_id} {outcome.rail} ({outcome.reason_code})")
            return now

        yield load_on


def enter_clients(warehouse: Path, clients: list[tuple[str, dict[str, str]]]) -> None:
    """The firm and its clients as the control store would tell them."""
    with duckdb.connect(str(warehouse)) as database:
        database.execute("insert into raw_control.advisors values ('firm', 'Firm')")
        for name, profile in clients:
            row = [name, profile["client_name"], profile["industry"], profile["time_zone"], profile["currency_code"]]
            row += [profile["advisor_mode"].lower(), profile["buffer_minor"]]
            database.execute("insert into raw_control.clients values ('firm', ?, ?, ?, ?, ?, ?, ?, 80, true)", row)


def load_world(world: Path, warehouse: Path, data: Path) -> datetime:
    """Serve the world, load all of its rails once, and enter its clients; gives the world's now."""
    with served_firm(world, warehouse, data) as load_on:
        return load_on(0)


def build(warehouse: Path, as_of: datetime, target: Path, only: Sequence[str] = (), **variables: int) -> None:
    """Seeds and every model, as of the world's now; with `only`, dbt's selection, just those models."""
    said = {"as_of_date": str(as_of.date()), "as_of_at": as_of.isoformat(), **variables}
    for verb in ("run",) if only else ("seed", "run"):
        command = [str(Path(sys.executable).with_name("dbt")), verb, "--target-path", str(target), *only]
        command += ["--vars", json.dumps(said)]
        environment = os.environ | {
            "DBT_PROFILES_DIR": ".",
            "ROWCOL_WAREHOUSE": str(warehouse),
            "DO_NOT_TRACK": "1",
            "DBT_LOG_PATH": str(target),
        }
        done = subprocess.run(command, cwd=ROOT / "dbt_project", env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"dbt {verb} failed:\n{done.stdout[-3000:]}")
