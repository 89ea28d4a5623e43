"""Killed anywhere, whatever Ramp answers: nothing is paid twice, nothing is lost, nothing leaves without an intent.

    python -m tests.bench.bench_kill --cases 1650 --databases sqlite postgresql --seed 1

Each case ends real executor processes with SIGKILL at named places, hands over to the next one, and lets days pass. The
naive row is a client that sends again when no good answer came, on the same bed: it shows that the bed can see a
payment made twice. A case that fails prints what replays it, and the run exits with 1.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from tests.bench.result import Result
from tests.execution.kill.bed import Bed, Told
from tests.execution.kill.cases import FIRST, SECOND, cases
from tests.execution.kill.naive import PLACES, paid_by_naive
from tests.execution.kill.rails import FAULTS
from tests.postgres_server import postgres as server

CASES, SEED = 1650, 1  # Every answer with every place once.
MEMORY = Path("/dev/shm")  # A killed process loses nothing there either, and the disk is no part of this.
TOPIC = "Killed at every place, whatever Ramp answers"


def results(count: int = CASES, databases: tuple[str, ...] = ("sqlite", "postgresql"), seed: int = SEED,
            only: int | None = None) -> Iterator[Result]:  # fmt: skip
    """One row for the executor, one for the naive client; raises SystemExit when a case failed."""
    logging.disable(logging.CRITICAL)
    postgres = server() if "postgresql" in databases else nullcontext(None)
    with (
        tempfile.TemporaryDirectory(prefix="rowcol-kill-", dir=MEMORY if MEMORY.is_dir() else None) as folder,
        postgres as socket,
    ):
        bed = Bed(Path(folder), socket)
        try:
            chosen = [c for c in cases(seed, list(databases), count) if only is None or c.number == only]
            began = time.monotonic()
            told = []
            for case in chosen:
                told.append(bed.run(case))
                for fault in told[-1].faults:
                    print(f"seed {seed} case {case}: {told[-1].state}: {fault}", flush=True)
                if len(told) % 100 == 0:
                    print(f"  {len(told)} cases, {sum(t.kills for t in told)} kills", file=sys.stderr, flush=True)
            took = time.monotonic() - began
            yield _row(told, seed, databases, took)
            if only is None:
                yield _naive(bed, Path(folder))
            if any(one.faults for one in told):
                raise SystemExit(f"{sum(bool(one.faults) for one in told)} cases failed; replay one with --only NUMBER")
        finally:
            bed.close()


def _row(told: list[Told], seed: int, databases: tuple[str, ...], took: float) -> Result:
    faults = [fault for one in told for fault in one.faults]
    places = {place for one in told for place in one.reached}
    ends = Counter(one.state for one in told)
    return Result(
        TOPIC, f"seed {seed}, {len({t.case.fault for t in told})} answers, {' and '.join(databases)}", "ours",
        {
            "cases": len(told), "kills": sum(one.kills for one in told),
            "places died in": f"{len(places)} of {len(FIRST + SECOND)}",
            "double payments": sum(one.twice for one in told),
            "lost": sum(fault.startswith(("lost", "paid at the bank", "stands as")) for fault in faults),
            "without intent": sum("intents in the store" in fault for fault in faults),
            "chains broken": sum(fault.startswith("chain") for fault in faults),
            "other faults": sum(not fault.startswith(("lost", "paid", "stands", "chain")) and "intents" not in fault
                                for fault in faults),
        },
        f"ended as {', '.join(f'{n} {end}' for end, n in ends.most_common())}; {took / max(len(told), 1):.2f} s a case",
    )  # fmt: skip


def _naive(bed: Bed, folder: Path) -> Result:
    twice = kills = tried = 0
    for fault in FAULTS:
        if fault in ("late", "connect"):
            continue  # Both need a client that waits or reads; this one does neither.
        for place in PLACES:
            tried += 1
            kills += bool(place)
            twice += paid_by_naive(bed, fault, place, folder, tried) > 1
    return Result(TOPIC, "the same bed", "naive: sends again after a failure",
                  {"cases": tried, "kills": kills, "double payments": twice})  # fmt: skip


def main() -> int:
    """Print the table; 1 when a case failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", type=int, help="replay this one case")
    given = parser.parse_args()
    for row in results(given.cases, tuple(given.databases), given.seed, given.only):
        print(row.method, row.figures, row.note, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
