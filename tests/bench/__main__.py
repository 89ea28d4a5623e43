"""`make bench`: what the product promises, measured.

Accuracy stands beside the naive rule, a well-kept library and rivals' published rules; the guarantees of payments
(never twice, never past a guard, never lost) are counted over many runs with faults.

python -m tests.bench                        every accuracy benchmark, printed
python -m tests.bench vendors simulation     only these
python -m tests.bench --record vendors       and keep the tables in docs/reference/accuracy/ (guarantees/, speed/)

A module `tests.bench.bench_<name>` with a function `results()` that yields `Result` rows takes part.
"""

from __future__ import annotations

import argparse
from datetime import date
from importlib import import_module
from pathlib import Path

from tests.bench.result import Result, tables

NAMES: tuple[str, ...] = (
    "matching",
    "categories",
    "vendors",
    "names_speed",
    "missing_bills",
    "duplicates",
    "transfers",
    "reconcile",
    "events",
    "tie_out",
    "quality",
    "days_to_pay",
    "bill_schedule",
    "forecast",
    "projection",
    "what_if",
)
# What payments keep to, whatever fails. Long runs: none of them belongs to the bare command.
GUARANTEES: tuple[str, ...] = (
    "simulation",
    "planted_faults",
    "webhooks",
    "tampering",
    "custody",
    "concurrency",
    "kill",
    "restore",
    "canaries",
    "bypass",
    "mutation",
)
# How long people wait.
SPEED: tuple[str, ...] = ("console",)
HOMES = dict.fromkeys(NAMES, "accuracy") | dict.fromkeys(GUARANTEES, "guarantees") | dict.fromkeys(SPEED, "speed")
REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def main() -> int:
    """Run the named benchmarks, or all; prints each table as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(HOMES)}; accuracy when none is named")
    parser.add_argument("--record", action="store_true", help="also write each table to its page in docs/reference/")
    given = parser.parse_args()
    if unknown := sorted(set(given.names) - set(HOMES)):
        parser.error(f"no benchmark called {', '.join(unknown)}; there are {', '.join(HOMES)}")
    for name in given.names or NAMES:
        rows, broken = list[Result](), None
        try:
            rows.extend(import_module(f"tests.bench.bench_{name}").results())
        except SystemExit as error:
            broken = error  # A promise was not kept: what was measured is shown and recorded, and says so.
        shown = tables(rows) + (f"\n**Not met:** {broken.code}\n" if broken and rows else "")
        print(shown, flush=True)
        if given.record and not any(row.figures for row in rows):
            print(f"{name} measured nothing here, so its page stays as it was", flush=True)
        elif given.record:
            pages = REFERENCE / HOMES[name]
            pages.mkdir(exist_ok=True)
            head = f"<!-- Measured {date.today()} by `python -m tests.bench --record {name}`; not written by hand. -->"
            (pages / f"{name}.md").write_text(f"{head}\n\n{shown}", encoding="utf-8")
        if broken:
            raise broken
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
