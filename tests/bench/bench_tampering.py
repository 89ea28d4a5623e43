"""The audit log against whoever has the database in hand: found or not, the first bad event named or not, how fast.

    python -m tests.bench.bench_tampering [--cases 10500] [--seed 7] [--events 300000]

Every attack of `tests/bench/tampering.py` and its neighbours, as often as the others, on SQLite and a share on
PostgreSQL. A miss prints the seed that replays it, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from execution.audit import Actor, Event, append_all
from execution.audit.seals import seals_of
from execution.audit.signer import Signer
from execution.audit.verify import verify_chain
from execution.store import Store
from execution.store.migrate import migrate
from tests.bench.result import Result
from tests.bench.tampered_log import Found, TamperedLog
from tests.postgres_server import fresh_database, postgres

CASES, SEED, EVENTS, BATCH = 10_500, 7, 300_000, 1000
TOPIC, SPEED = "Audit log: tampering found", "Audit log: speed"


def results(cases: int = CASES, seed: int = SEED, events: int = EVENTS) -> Iterator[Result]:
    """Attacks by group on each database, then speeds."""
    with postgres(is_durable=True) as server:
        for name, url, many in (("SQLite", None, cases), ("PostgreSQL", fresh_database(server), cases // 5)):
            log = TamperedLog(url)
            told = log.run(many, seed)
            log.close()
            yield from _rows(told, f"{name}, seed {seed}")
        for name, url in (("SQLite", _file()), ("PostgreSQL", fresh_database(server))):
            yield _speed(name, url, events)


def _rows(told: Found, data_set: str) -> Iterator[Result]:
    groups = sorted({name.split(":")[0] for name in told.done})
    for group in [*groups, "all"]:
        names = [name for name in told.done if group in ("all", name.split(":")[0])]
        figures: dict[str, float | int | str] = {
            "kinds": len(names),
            "cases": sum(told.done[name] for name in names),
            "found": sum(told.found[name] for name in names),
            "first bad event named": sum(told.named[name] for name in names),
        }
        yield Result(TOPIC, data_set, f"ours: {group}", figures, "; ".join(told.missed[:3]) if group == "all" else "")


def _file() -> str:
    return f"sqlite:///{Path(tempfile.mkdtemp(prefix='rowcol-audit-')) / 'control.db'}"


def _speed(name: str, url: str, events: int) -> Result:
    migrate(url)
    store, signer = Store(url), Signer(Path(tempfile.mkdtemp(prefix="rowcol-signer-")))
    at, actor, rng = datetime(2026, 11, 24, tzinfo=UTC), Actor.process("executor"), random.Random(SEED)

    def event(number: int) -> Event:
        inputs = {"amount_minor": rng.randrange(10**7), "currency_code": "USD", "payload_sha256": f"{number:064x}",
                  "reason": "The bank shows the debit; matched by trace, amount and day",
                  "source_bill_id": f"qbo:{number}",
                  "verdicts": [{"guard_id": "balance_fresh", "passed": True, "inputs": {"age_seconds": number % 900}}],
                  }  # fmt: skip
        return Event(at, actor, "bill.seen", "bill", f"qbo:{number}", f"client-{number % 200}", inputs=inputs)

    made = [event(number) for number in range(events)]
    began = time.perf_counter()
    for start in range(0, events, BATCH):
        with store.begin() as cx:
            append_all(cx, "firm", made[start : start + BATCH])
    appended = time.perf_counter() - began
    signer.sign(store, "firm", at)
    with store.read() as cx:
        size: int = cx.execute(sa.text("select sum(length(body)) from audit")).scalar_one()
        seals = seals_of(cx, "firm", signer.public())
        began = time.perf_counter()
        report = verify_chain(cx, "firm", seals=seals, semantic=False)
        verified = time.perf_counter() - began
    assert report.ok and report.events == events == report.sealed, report
    store.dispose()
    figures: dict[str, float | int | str] = {
        "events": events,
        "bytes each": int(size) // events,
        "appended a second": round(events / appended),
        "verified a second": round(events / verified),
    }
    return Result(SPEED, f"{name}, {BATCH:,} events a transaction", "ours", figures)


def main() -> int:
    """Prints each row; 1 when an attack was not found or another event was named, with the seeds that replay it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--events", type=int, default=EVENTS)
    given = parser.parse_args()
    missed = 0
    for row in results(given.cases, given.seed, given.events):
        print(row.data_set, row.method, row.figures, row.note, flush=True)
        if row.topic == TOPIC and row.method == "ours: all":
            missed += int(row.figures["cases"]) - int(row.figures["first bad event named"])
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
