"""A handful of named faults that the edges must find; all of them: `python -m tests.bench mutation`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = {
    "limits": "used + amount > limit",
    "spendable_cash": "after < 0",
    "signers": "len(people) < need.people",
    "velocity": "count > most",
    "runway": "days < floor",
    "balance_fresh": "age > limit",
    "clock_sane": "abs(clock.rail_skew_seconds) > allowed",
    "bill_open": "bill.open_minor != payload.amount_minor",
    "client_mode": "client.is_removed",
    "payload_unchanged": "now != facts.stored_payload_sha256",
}


def test_the_named_mutants_die() -> None:
    command = [sys.executable, "-m", "tests.bench.bench_mutation", *NAMED]
    for code in NAMED.values():
        command += ["--match", code]
    command += ["--tests", "tests/execution/guards/test_edges.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    killed = [line for line in done.stdout.splitlines() if line.startswith("killed")]
    assert len(killed) >= len(NAMED), done.stdout
