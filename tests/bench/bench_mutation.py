"""Mutation testing of the money rules: would the unit tests notice a small fault in any line of domain and guards?

python -m tests.bench.bench_mutation                          everything (minutes)
python -m tests.bench.bench_mutation limits near_miss         only these modules
python -m tests.bench.bench_mutation --match "after < 0"      only mutants of this very code (may be repeated)
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from hypothesis import HealthCheck, settings

from tests.bench.equivalent_mutants import EQUIVALENT
from tests.bench.mutants import Mutant
from tests.bench.mutation_run import ROOT, Fate, run
from tests.bench.result import Result

BAR = 0.95
TREES = ("execution/domain", "execution/guards")
TESTS = ("tests/execution/domain", "tests/execution/guards")


def targets(names: Sequence[str] = ()) -> list[Path]:
    """The modules under test, all or those named."""
    files = [file for tree in TREES for file in sorted((ROOT / tree).glob("*.py"))]
    return [file for file in files if not names or file.stem in names]


def fates(
    names: Sequence[str] = (), wanted: Callable[[Mutant], bool] = lambda one: True, tests: Sequence[str] = TESTS
) -> list[Fate]:
    """What became of each mutant. Random examples are the same in every run."""
    os.chdir(ROOT)
    settings.register_profile(
        "mutation", derandomize=True, database=None, deadline=None, max_examples=20,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    settings.load_profile("mutation")
    return run(targets(names), tests, wanted, _tell, jobs=os.cpu_count() or 1)


def _tell(fate: Fate) -> None:
    if fate.outcome == "survived" and fate.mutant.name not in EQUIVALENT:
        print(f"survived  {fate.mutant.file}:{fate.mutant.line}  {fate.mutant.name.split('::')[1]}", flush=True)


def results(names: Sequence[str] = ()) -> Iterator[Result]:
    """A row per module and the sum."""
    started = time.monotonic()
    found = fates(names)
    judged = [fate for fate in found if fate.mutant.name not in EQUIVALENT]
    by_file = Counter(fate.mutant.file for fate in judged)
    lost = Counter(fate.mutant.file for fate in judged if fate.outcome == "survived")
    print(f"{len(found)} mutants in {time.monotonic() - started:.0f} s", flush=True)
    for file, total in by_file.items():
        yield _row("per module", file, total, lost[file])
    equal = f"{len(found) - len(judged)} mutants that change nothing are left out, each with its reason"
    yield _row("all", f"{' and '.join(TREES)}", sum(by_file.values()), sum(lost.values()), equal)


def _row(topic: str, what: str, total: int, survived: int, note: str = "") -> Result:
    share = (total - survived) / total if total else 1.0
    figures: dict[str, float | int | str] = {
        "mutants": total, "killed": total - survived, "survived": survived, "share killed": share,
    }  # fmt: skip
    return Result(f"Mutation testing, {topic} (bar {BAR:.0%})", what, "ours", figures, note)


def main() -> int:
    """Exit 1 below the bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--match", action="append", help="only mutants of this code, as it reads before the fault")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="the tests that judge; a few files make it quick")
    given = parser.parse_args()
    if given.match:
        found = fates(given.modules, lambda one: one.before in given.match, given.tests)
        for fate in found:
            print(f"{fate.outcome:9} {fate.mutant.file}:{fate.mutant.line}  {fate.mutant.name.split('::')[1]}")
        missed = set(given.match) - {fate.mutant.before for fate in found}
        return int(bool(missed) or any(fate.outcome == "survived" for fate in found))
    *_, last = results(given.modules)
    print("total {mutants}, killed {killed}, survived {survived}: {share killed:.1%}".format(**last.figures))
    return int(float(last.figures["share killed"]) < BAR)


if __name__ == "__main__":
    raise SystemExit(main())
