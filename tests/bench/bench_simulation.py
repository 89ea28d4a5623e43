"""The executor's rules under every kind of fault, seed after seed: `tests/execution/simulation` at length.

python -m tests.bench.bench_simulation --steps 100000000 --seed 1 --processes 2
python -m tests.bench.bench_simulation --replay 4711        one seed, told step by step
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from execution.domain.states import State
from tests.bench.result import Result
from tests.execution.simulation.run import STEPS, Run, Violation, play
from tests.execution.simulation.swarm import FAULTS

STEPS_WANTED, SEED, PROCESSES = 100_000_000, 20_261_124, 2
# Seeds of one task; every tenth of them goes on without faults until nothing waits for the executor (I11).
PER_TASK = 200


@dataclass
class Told:
    """What some seeds came to. `digest` covers the audit heads of all of them, in order."""

    runs: int = 0
    steps: int = 0
    seconds: float = 0.0
    digest: str = ""
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)


def some_seeds(first: int, count: int) -> Told:
    """One task: `count` seeds from `first` on, in this process."""
    told, began, heads = Told(), time.process_time(), hashlib.sha256()
    for seed in range(first, first + count):
        try:
            head, counts = play(seed, to_the_end=seed % 10 == 0)
        except Violation as error:
            told.violations.append(str(error))
            continue
        heads.update(head)
        told.counts += counts
        told.runs += 1
        told.steps += STEPS
    told.seconds, told.digest = time.process_time() - began, heads.hexdigest()
    return told


def simulate(steps: int, seed: int, processes: int) -> Told:
    """As many whole runs as it takes for `steps`, on `processes` cores."""
    runs = -(-steps // STEPS)
    tasks = [(first, min(PER_TASK, seed + runs - first)) for first in range(seed, seed + runs, PER_TASK)]
    total, heads = Told(), hashlib.sha256()
    with ProcessPoolExecutor(processes) as pool:
        for number, told in enumerate(pool.map(some_seeds, *zip(*tasks, strict=True)), start=1):
            heads.update(bytes.fromhex(told.digest))
            total.runs, total.steps = total.runs + told.runs, total.steps + told.steps
            total.seconds += told.seconds
            total.counts += told.counts
            total.violations += told.violations
            if number % 20 == 0:
                print(f"{total.steps:,} steps, {len(total.violations)} violations", file=sys.stderr, flush=True)
    total.digest = heads.hexdigest()
    return total


def rows(told: Told, seed: int, processes: int) -> Iterator[Result]:
    """The tables of one simulation."""
    counts = told.counts
    yield Result("Simulated lives of payouts", f"{told.runs:,} runs from seed {seed}", "ours", {
        "steps": told.steps, "violations": len(told.violations), "steps/s a core": int(told.steps / told.seconds),
        "processes": processes, "hash of all audit heads": told.digest[:16],
    }, "; ".join(told.violations[:3]))  # fmt: skip
    sent = sum(times for (kind, _), times in counts.items() if kind == "reply")
    yield Result("What the runs went through", "requests that could move money", "ours", {
        "sent": sent, "unconfirmed": counts["from to", "sending → unconfirmed"],
        "adopted instead of sent": counts["event", "adopted before sending"],
        "sent again": counts["from to", "unconfirmed → reserved"], "settled": counts["state", "settled"],
        "returned": counts["state", "returned"], "client frozen": counts["state", "mismatched"],
    })  # fmt: skip
    for kind in FAULTS:
        if counts["fault", kind]:
            yield Result("Faults that happened", kind.replace("_", " "), "swarm", {"times": counts["fault", kind]})
    for state in State:
        if state is not State.PROPOSED:
            yield Result("States reached", str(state), "ours", {"times": counts["state", str(state)]})
    for (kind, what), times in sorted(counts.items()):
        if kind == "refused":
            yield Result("Refusals by guard", what, "ours", {"times": times})


def results() -> Iterator[Result]:
    """The published run."""
    told = simulate(STEPS_WANTED, SEED, PROCESSES)
    yield from rows(told, SEED, PROCESSES)
    if told.violations:
        raise SystemExit("\n".join(told.violations))


def main() -> int:
    """Simulate, or tell one seed's story."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS_WANTED)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--replay", type=int, metavar="SEED", help="play one seed and print what happened")
    given = parser.parse_args()
    if given.replay is not None:
        return _replay(given.replay)
    began = time.monotonic()
    told = simulate(given.steps, given.seed, given.processes)
    for row in rows(told, given.seed, given.processes):
        print(row.topic, "|", row.data_set, "|", *(f"{name} {value}" for name, value in row.figures.items()))
    print(f"{told.steps:,} steps in {time.monotonic() - began:.0f} s, {len(told.violations)} violations")
    print(*told.violations, sep="\n")
    return 1 if told.violations else 0


def _replay(seed: int) -> int:
    run = Run(seed, tells=True)
    print(run.swarm)
    try:
        run.play()
        run.settle_down()
    except Violation as error:
        print(*run.trace or (), sep="\n")
        print(error)
        return 1
    print(*run.trace or (), sep="\n")
    print(f"seed {seed}: {run.step} steps, audit head {run.ledger.head.hex()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
