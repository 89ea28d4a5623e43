"""One hot client, eight processes, fifty controllers, a thousand bills: nothing over-reserved, nothing stuck, how fast.

    python -m tests.bench.bench_concurrency [--bills 1000] [--races 1000] [--database sqlite|postgresql]

A whole payout is propose, approve, release, reserve, intent, record and settle through the real service and executor,
each its own transaction; only the rails are made up and answer at once. Its pace is set against a bare loop in the
same run: six commits of one statement each, by as many processes, through the same engine. Beside it stands the ratio
to a loop of as many commits as a payout really makes, which is more than six. Exit code 1 when a cent was
over-reserved, a transaction ended in a deadlock, or a race let more win than there was cash for.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from execution.audit.verify import verify_chain
from execution.store import Store
from tests.bench import rushing
from tests.bench.hot_client import FIRM, make_firm
from tests.bench.result import Result
from tests.postgres_server import fresh_database, postgres

BILLS, RACES, CENTS, WINS = 1000, 1000, 10_000, 5
PAYOUTS, CASH = "Whole payouts at one hot client", "Races for the same cash"
DATABASES = ("sqlite", "postgresql")


def results(
    bills: int = BILLS, races: int = RACES, databases: Sequence[str] = DATABASES
) -> Iterator[Result]:  # fmt: skip
    """Payouts calm and beside a build, then the races, on each database."""
    with postgres(is_durable=True) as server:
        for database in databases:
            root = Path(tempfile.mkdtemp(prefix="rowcol-rush-"))
            url = f"sqlite:///{root / 'control.db'}" if database == "sqlite" else fresh_database(server)
            yield from _on(database, root, url, bills, races)


def _on(database: str, root: Path, url: str, bills: int, races: int) -> Iterator[Result]:
    beside = max(bills // 4, rushing.PROCESSES)
    of_both = bills + beside + 2 * rushing.PROCESSES  # Each process pays one bill before each of the two rushes.
    cash = CENTS * of_both
    make_firm(root, url, of_both, CENTS, cash)
    before = rushing.commit_bare(url, bills // 2)
    calm = rushing.pay_all(root, url, 0, bills, CENTS, cash)
    after = rushing.commit_bare(url, bills // 2)
    bare = (before.done + after.done) / (before.seconds + after.seconds)
    yield _row(database, f"{bills:,} bills, calm", calm, bare, url)
    with rushing.beside_a_build():
        bare_beside = rushing.commit_bare(url, beside).a_second
        slow = rushing.pay_all(root, url, bills + rushing.PROCESSES, beside, CENTS, cash)
    yield _row(database, f"{beside:,} bills beside a build", slow, bare_beside, url)
    rushing.make_races(url, races, CENTS, WINS)
    raced = rushing.race_for_cash(url, races)
    kept, exact = rushing.races_kept(url, races, CENTS, WINS)
    figures: dict[str, float | int | str] = {
        "races": races,
        "held ≤ spendable": kept,
        "exactly as many won as there was cash for": exact,
        "reserves won": raced.done,
        "deadlocks": rushing.deadlocks(url),
    }
    yield Result(CASH, f"{database}, {rushing.PROCESSES} processes", "ours", figures)


def _row(database: str, data: str, rush: rushing.Rush, bare: float, url: str) -> Result:
    store = Store(url)
    with store.read() as cx:
        report = verify_chain(cx, FIRM)
    store.dispose()
    assert report.ok, report
    figures: dict[str, float | int | str] = {
        "over-reserved cents": rush.over_reserved,
        "deadlocks": rushing.deadlocks(url),
        "payouts a second": round(rush.a_second, 1),
        "bare loop": round(bare, 1),
        "ratio": round(rush.a_second / bare, 2),
        "commits a payout": round(len(rush.waits) / rush.done, 1),
        "ratio to as many bare commits": round(
            rush.a_second * len(rush.waits) / rush.done / (bare * rushing.COMMITS), 2
        ),
        "median ms": round(rush.slowest(0.5) * 1000),
        "p99 ms": round(rush.slowest(0.99) * 1000),
        "audit events": report.events,
    }
    return Result(PAYOUTS, f"{database}, {data}", "ours", figures)


def main() -> int:
    """Prints each row; 1 when something happened that must never happen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bills", type=int, default=BILLS)
    parser.add_argument("--races", type=int, default=RACES)
    parser.add_argument("--database", choices=DATABASES, action="append")
    given = parser.parse_args()
    bad = 0
    for row in results(given.bills, given.races, given.database or DATABASES):
        print(row.data_set, row.figures, flush=True)
        f = row.figures
        bad += int(f["deadlocks"]) + int(f.get("over-reserved cents", 0))
        bad += int(f.get("races", 0)) - int(f.get("held ≤ spendable", 0))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
