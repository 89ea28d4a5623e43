"""Attempts to get past the rules, over every entry: all refused in a sentence, nothing moved, all audited.

python -m tests.bench.bench_bypass --attempts 50000 --seed 1
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.authorization.world import walls
from tests.bench.bypass_attempts import Count, run
from tests.bench.bypass_forgeries import forge
from tests.bench.result import Result

ATTEMPTS, SEED = 50_000, 1
# Of a hundred attempts; a forged payout takes an executor's pass, and a tool's call a protocol round.
SHARES = {"service": 60, "api": 33, "tool": 4, "command": 1, "forgery": 2}
PART = 5000


def measured(attempts: int, seed: int) -> Iterator[Result]:
    """One row per entry."""
    near = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
    sizes = {kind: attempts * share // 100 for kind, share in SHARES.items()}
    counts: list[Count] = []
    folder = Path(tempfile.mkdtemp(prefix="rowcol-bypass-", dir=near))
    try:
        with walls(folder) as world:
            for kind in ("service", "api", "tool", "command"):
                for part, begun in enumerate(range(0, sizes[kind], PART)):
                    counts.append(run(world, seed * 1000 + part, {kind: min(PART, sizes[kind] - begun)}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    forged = Count()
    forge(forged, seed, sizes["forgery"])
    for line in [line for one in (*counts, forged) for line in one.wrong][:20]:
        print(line, file=sys.stderr)
    for kind in SHARES:
        mine = [forged] if kind == "forgery" else [one for one in counts if kind in one.by_kind]
        figures: dict[str, float | int | str] = {
            "attempts": sum(one.attempts for one in mine),
            "refused": sum(one.refused for one in mine),
            "wrong": sum(len(one.wrong) for one in mine),
        }
        yield Result("Attempts to get past the rules", f"seed {seed}", kind, figures)


def results() -> Iterator[Result]:
    """The recorded run."""
    return measured(ATTEMPTS, SEED)


def main() -> int:
    """The run with a size and a seed of one's own; not 0 when one got through, moved anything or left no row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attempts", type=int, default=ATTEMPTS)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    bad = 0
    for row in measured(given.attempts, given.seed):
        print(f"{row.topic} · {row.data_set} · {row.method}: {row.figures}", flush=True)
        bad += bool(row.figures["wrong"])
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
