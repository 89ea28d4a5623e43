"""A backup of any age is put back: nothing is paid twice, what the store forgot is named, nothing leaves before that.

    python -m tests.bench.bench_restore --payouts 200 --backups 10 --databases sqlite postgresql --seed 1

A firm pays for days while backups are taken at random moments, some while a request is on the wire: by SQLite's backup
call, by pg_dump. Each is restored beside the rails and the machine's marks of the end. The naive row counts the bills
that a client which trusts its own store alone would send once more.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from tests.bench.result import Result
from tests.execution.kill.restoring import PayingFirm, naive_second_payments
from tests.postgres_server import postgres

PAYOUTS, BACKUPS, SEED = 200, 10, 1
TOPIC = "A restored backup of any age"


def results(payouts: int = PAYOUTS, backups: int = BACKUPS, databases: tuple[str, ...] = ("sqlite", "postgresql"),
            seed: int = SEED) -> Iterator[Result]:  # fmt: skip
    """A row per database and one for the naive client; raises SystemExit when a restore failed."""
    logging.disable(logging.CRITICAL)
    failed = naive = 0
    for database in databases:
        server = postgres() if database == "postgresql" else nullcontext(None)
        with tempfile.TemporaryDirectory(prefix="rowcol-restore-") as folder, server as socket:
            firm = PayingFirm(Path(folder), seed, payouts, backups, socket)
            told = [firm.restore(number) for number in range(len(firm.copies))]
            naive += sum(naive_second_payments(firm, number) for number in range(len(firm.copies)))
            firm.world.store.dispose()
        for number, one in enumerate(told):
            for fault in one.faults:
                failed += 1
                print(f"seed {seed} {database} backup {number} ({one.lost_events} events lost): {fault}", flush=True)
        lost = [one.lost_events for one in told]
        yield Result(
            TOPIC, f"{database}, seed {seed}, {payouts} payouts", "ours",
            {
                "restores": len(told), "events lost": f"{min(lost)}–{max(lost)}",
                "halted": sum(one.was_halted for one in told), "lines of drift": sum(one.lines for one in told),
                "taken over": sum(one.taken_over for one in told),
                "second payments": sum("times at Ramp" in fault for one in told for fault in one.faults),
                "not named": sum("unnamed" in fault for one in told for fault in one.faults),
                "sent while halted": sum("while the executor was halted" in f for one in told for f in one.faults),
            },
            "bills stay open in QBO, so no other guard helps",
        )  # fmt: skip
    yield Result(TOPIC, "the same restores", "naive: trusts its own store", {"second payments": naive})
    if failed:
        raise SystemExit(f"{failed} faults; each line above replays with its seed")


def main() -> int:
    """Print the table; 1 when a restore failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--payouts", type=int, default=PAYOUTS)
    parser.add_argument("--backups", type=int, default=BACKUPS)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    for row in results(given.payouts, given.backups, tuple(given.databases), given.seed):
        print(row.method, row.data_set, row.figures, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
