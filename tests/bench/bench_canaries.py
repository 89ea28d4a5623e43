"""0 foreign canaries: random people of 200 firms call every function, route and figure, and every answer is searched.

python -m tests.bench.bench_canaries --calls 1000000 --seed 1 [--firms 200] [--processes 2]

As a control walls are taken away one at a time; each gap must be seen.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.bench.canary_calls import Bench, Tally
from tests.bench.canary_faults import FAULTS
from tests.bench.canary_world import FIRMS, build
from tests.bench.result import Result

CALLS, SEED, PROCESSES = 1_000_000, 1, 2
CONTROL_CALLS = 20_000


def share(folder: Path, firms: int, calls: int, seed: int, fault: str | None = None) -> Tally:
    """One process's part, with a store of its own. With a fault no further than the first canary."""
    home = Path(tempfile.mkdtemp(prefix="canary-", dir=folder))
    shutil.copyfile(folder / "control" / "control.db", home / "control.db")
    bench = Bench(folder, home / "control.db", firms, seed)
    try:
        if fault is None:
            return bench.run(calls)
        with FAULTS[fault](bench):
            return bench.run(calls, until_found=True)
    finally:
        bench.close()
        shutil.rmtree(home)


def measured(calls: int, seed: int, firms: int = FIRMS, processes: int = PROCESSES) -> Iterator[Result]:
    """The run, then the controls."""
    near = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="rowcol-canaries-", dir=near))
    try:
        build(folder, firms)
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, mp_context=spawn) as pool:
            parts = [pool.submit(share, folder, firms, calls // processes, seed + n) for n in range(processes)]
            tallies = [part.result() for part in parts]
            yield _row(tallies, f"{firms} firms, seed {seed}")
            controls = {name: pool.submit(share, folder, firms, CONTROL_CALLS, seed, name) for name in FAULTS}
            for name, part in controls.items():
                yield _control(name, part.result(), f"{firms} firms, seed {seed}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _row(tallies: list[Tally], data: str) -> Result:
    for line in [line for one in tallies for line in (*one.foreign, *one.broke)][:20]:
        print(line, file=sys.stderr)
    kinds = [dict(one.by_kind) for one in tallies]
    figures: dict[str, float | int | str] = {
        "calls": sum(one.calls for one in tallies),
        "of functions": sum(kind.get("service", 0) for kind in kinds),
        "of routes": sum(kind.get("api", 0) for kind in kinds),
        "of figures": sum(kind.get("figures", 0) for kind in kinds),
        "of the agent's tools": sum(kind.get("tool", 0) for kind in kinds),
        "refused": sum(one.refused for one in tallies),
        "broke": sum(len(one.broke) for one in tallies),
        "foreign canaries": sum(len(one.foreign) for one in tallies),
        "calls/s": round(sum(one.calls / one.seconds for one in tallies)),
    }
    return Result("Foreign canaries", data, "ours", figures)


def _control(name: str, tally: Tally, data: str) -> Result:
    if not tally.foreign:
        print(f"the planted fault {name!r} was not seen in {tally.calls} calls", file=sys.stderr)
    figures: dict[str, float | int | str] = {"seen": int(bool(tally.foreign)), "after calls": tally.calls}
    return Result("Walls taken away: each must be seen", data, name, figures)


def results() -> Iterator[Result]:
    """The recorded run."""
    return measured(CALLS, SEED)


def main() -> int:
    """The run with sizes and a seed of one's own; not 0 when a canary was seen, a call broke or a control was blind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--firms", type=int, default=FIRMS)
    parser.add_argument("--processes", type=int, default=PROCESSES)
    given = parser.parse_args()
    bad = 0
    for row in measured(given.calls, given.seed, given.firms, given.processes):
        print(f"{row.topic} · {row.data_set} · {row.method}: {row.figures}", flush=True)
        bad += bool(row.figures.get("foreign canaries") or row.figures.get("broke") or row.figures.get("seen") == 0)
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
