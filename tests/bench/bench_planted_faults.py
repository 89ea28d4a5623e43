"""Faults planted in the product, and which bed finds each: `tests/execution/planted`.

python -m tests.bench.bench_planted_faults                      every one, at most 60 s of CPU each
python -m tests.bench.bench_planted_faults --only "no quiet window"
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from tests.bench.result import Result
from tests.execution.planted.hunting import Found, hunt
from tests.execution.planted.table import FAULTS

SECONDS_MAX = 60.0


def _rows(found: list[Found]) -> Iterator[Result]:
    seen = [one for one in found if one.bed]
    slowest = round(max(one.seconds for one in found), 1)
    yield Result("Planted faults", f"{len(found)} faults", "ours", {
        "found": len(seen), "share": len(seen) / len(found), "slowest, seconds": slowest,
    })  # fmt: skip
    for one in found:
        yield Result("Each fault", one.name, one.bed or "not found", {"seconds": round(one.seconds, 2)}, one.how)


def results() -> Iterator[Result]:
    """Every planted fault. Ends with an error when one is not found."""
    found = [hunt(fault, SECONDS_MAX) for fault in FAULTS.values()]
    yield from _rows(found)
    if missed := [one.name for one in found if not one.bed]:
        raise SystemExit(f"not found: {', '.join(missed)}")


def main() -> int:
    """Hunt all faults, or those whose name holds a text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="faults whose name holds this text")
    given = parser.parse_args()
    missed = 0
    for fault in FAULTS.values():
        if given.only in fault.name:
            found = hunt(fault, SECONDS_MAX)
            missed += not found.bed
            print(f"{found.name:45} {found.bed or 'NOT FOUND':12} {found.seconds:6.2f} s  {found.how}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
