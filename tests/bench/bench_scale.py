"""Scale smoke: a whole firm from simulated rails to published snapshots; rows, seconds and peak memory per layer.

    python -m tests.bench.bench_scale --clients 200 --months 24

Each layer runs as a process of its own, so that its peak memory is its own. Wall seconds on whatever else the
machine does; read them as orders of magnitude.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import httpx

from orchestration.cli.up import app_credentials
from orchestration.environment import demo_environment
from orchestration.paths import ROOT
from orchestration.processes import port_is_free

BEGIN = """
import time
from orchestration.telemetry import switch_off
switch_off()
from execution.service import connect
from orchestration.paths import Paths
from orchestration.run import Run
run = Run(Paths.from_env(), connect(), None, lambda text: None)
"""
ONBOARD = (
    "import httpx, os; run.plane.bootstrap_demo(httpx.get(os.environ['ROWCOL_SANDBOX_URL'] + '/onboarding').json())"
)
LAYERS = {
    "onboard": ONBOARD,
    "load (rails → raw)": "run.load(None, None)\nassert not run.report.failed_connections()[5:]",
    "load again, nothing new": "run.load(None, None)",
    "gate entering": "assert run.check('entering'), run.report.failures",
    "build and test (raw → published)": "assert run.build(), run.report.failures",
    "gate leaving": "assert run.check('leaving'), run.report.failures",
    "publish": "run.publish()",
}


def timed(name: str, command: list[str], environment: dict[str, str]) -> None:
    """Run one layer; print its seconds and the peak memory of its largest process."""
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    seconds, peak = time.monotonic() - began, usage.ru_maxrss / 1024
    print(f"{name:<36} {seconds:8.1f} s {peak:8.0f} MB", flush=True)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{name} failed")


def rows_of(warehouse: Path) -> dict[str, int]:
    """Rows per layer of the warehouse."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' "
            "and table_name not like '_dlt%' and table_schema not like '%_staging'"
        ).fetchall()
        counts: dict[str, int] = {}
        for schema, table in tables:
            layer = "raw" if schema.startswith("raw_") else schema
            found = connection.execute(f'select count(*) from "{schema}"."{table}"').fetchone()
            counts[layer] = counts.get(layer, 0) + (found[0] if found else 0)
    return counts


def main() -> None:
    """Parse, run every layer, print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--clients", type=int, default=200)
    options.add_argument("--months", type=int, default=24)
    options.add_argument("--seed", type=int, default=7)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = Path(folder) / "world.db"
        base = next(port for port in range(21_000, 40_000, 7) if all(port_is_free(port + step) for step in range(5)))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ROWCOL_")}
        environment["ROWCOL_DATA"] = folder
        size = ["--clients", str(chosen.clients), "--months", str(chosen.months), "--seed", str(chosen.seed)]
        print(f"{chosen.clients} clients × {chosen.months} months, seed {chosen.seed}")
        timed(
            "simulate the firm", [sys.executable, "-m", "sandbox", "generate", *size, "--out", str(world)], environment
        )
        serve = [sys.executable, "-m", "sandbox", "serve", "--world", str(world), "--base-port", str(base)]
        server = subprocess.Popen(serve, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        try:
            control = f"http://127.0.0.1:{base}"
            while True:
                try:
                    onboarding = httpx.get(f"{control}/onboarding", timeout=60).json()
                    break
                except httpx.TransportError:
                    time.sleep(0.5)
            environment |= demo_environment(base, app_credentials(onboarding["app"]))
            for name, script in LAYERS.items():
                timed(name, [sys.executable, "-c", BEGIN + script], environment)
            peak = next(
                int(line.split()[1]) // 1024
                for line in Path(f"/proc/{server.pid}/status").read_text().splitlines()
                if line.startswith("VmHWM")
            )
            print(f"{'sandbox server':<36} {'':>10} {peak:8.0f} MB")
        finally:
            server.terminate()
            server.wait()
        for layer, rows in sorted(rows_of(Path(folder) / "warehouse" / "rowcol.duckdb").items()):
            print(f"rows in {layer:<28} {rows:>12,}")
        print(f"warehouse file {(Path(folder) / 'warehouse' / 'rowcol.duckdb').stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
