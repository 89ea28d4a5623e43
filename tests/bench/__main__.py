"""`make bench`: every accuracy benchmark, each beside the naive rule, a well-kept library and rivals' published rules.

python -m tests.bench                 all of them
python -m tests.bench vendors cards   only these

A module `tests.bench.bench_<name>` with a function `results()` that yields `Result` rows takes part.
"""

from __future__ import annotations

import sys
from importlib import import_module

from tests.bench.result import tables

NAMES: tuple[str, ...] = ("categories", "vendors", "names_speed", "missing_bills", "transfers", "reconcile")


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; prints each table as soon as it is known."""
    for name in names or NAMES:
        print(tables(import_module(f"tests.bench.bench_{name}").results()), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
