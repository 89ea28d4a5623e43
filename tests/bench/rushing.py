"""Eight processes at one store: whole payouts, the bare commits they are compared with, and races for the same cash."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from execution.payouts import holds
from execution.payouts.rows import lock_payout
from execution.store import Store
from execution.store import tables as t
from tests.bench.hot_client import ACCOUNT, CLIENT, FIRM, START, HotClient

PROCESSES = 8
COMMITS = 6  # One-statement commits that stand for a payout in the bare loop.
SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Rush:
    """What all processes together did. `waits`: seconds of each write transaction, its wait for a turn included."""

    done: int
    seconds: float
    waits: list[float]
    over_reserved: int = 0

    @property
    def a_second(self) -> float:
        """How many a second."""
        return self.done / self.seconds

    def slowest(self, share: float) -> float:
        """Below how many seconds that share of the transactions stayed."""
        return sorted(self.waits)[int(share * (len(self.waits) - 1))] if self.waits else 0.0


def _all(work: Callable[..., dict[str, Any]], *given: Any) -> Rush:
    """Runs the work in every process at once; the clock starts when all of them are ready."""
    barrier, queue = SPAWN.Barrier(PROCESSES), SPAWN.Queue()
    processes = [
        SPAWN.Process(target=_one, args=(work, place, barrier, queue, given)) for place in range(PROCESSES)
    ]  # fmt: skip
    for process in processes:
        process.start()
    told = [queue.get(timeout=1800) for _ in processes]
    for process in processes:
        process.join(60)
    if failed := [one["error"] for one in told if "error" in one]:
        raise RuntimeError(f"{len(failed)} of {PROCESSES} processes failed: {failed[0]}")
    return Rush(
        done=sum(one["done"] for one in told),
        seconds=max(one["ended"] for one in told) - min(one["began"] for one in told),
        waits=[wait for one in told for wait in one.get("waits", [])],
        over_reserved=sum(one.get("over", 0) for one in told),
    )


def _one(work: Callable[..., dict[str, Any]], place: int, barrier: Barrier, queue: Any, given: Any) -> None:
    try:
        queue.put(work(place, barrier, *given))
    except BaseException as error:
        barrier.abort()
        queue.put({"error": repr(error)})


def pay_all(root: Path, url: str, first: int, bills: int, cents: int, available_minor: int) -> Rush:
    """Every process pays its share of the bills from proposal to proof.

    Before the clock starts each pays one of PROCESSES more bills, from `first` on: an executor runs for weeks, and a
    second of importing and compiling its statements belongs to none of its payouts.
    """
    return _all(_pay, root, url, first, bills, cents, available_minor)


def _pay(
    place: int, barrier: Barrier, root: Path, url: str, first: int, bills: int, cents: int, available_minor: int
) -> dict[str, Any]:
    last = first + PROCESSES + bills
    firm = HotClient(root, url, last, cents, available_minor)
    firm.pay(first + place)
    mine = range(first + PROCESSES + place, last, PROCESSES)
    firm.store.seconds.clear()
    barrier.wait(300)
    began, over = time.time(), 0
    a = t.account_cash.c
    for number in mine:
        firm.pay(number)
        with firm.store.read() as cx:
            cash = cx.execute(sa.select(a.available_minor - a.buffer_minor - a.foreign_minor - a.held_minor)).scalar()
        over += max(0, -int(cash or 0))
    # Bank lines come with the next load, for all payouts that it shows.
    barrier.wait(1800)
    firm.executor.take_proofs(FIRM)
    for number in mine:
        firm.settle(number)
    ended = time.time()
    firm.store.dispose()
    return {"done": len(mine), "began": began, "ended": ended, "waits": firm.store.seconds, "over": over}


def commit_bare(url: str, payouts: int) -> Rush:
    """As many times six commits of one statement each, through the same engine with the same queue and durability."""
    return _all(_commit, url, payouts)


def _commit(place: int, barrier: Barrier, url: str, payouts: int) -> dict[str, Any]:
    store, e, mine = Store(url), t.executor_state, range(place, payouts, PROCESSES)
    bump = sa.update(e).where(e.c.key == sa.bindparam("which"))
    with store.begin() as cx:
        cx.execute(sa.insert(e).values(key=f"bare-{place}-{os.getpid()}", value="0", updated_at=START))
    barrier.wait(300)
    began = time.time()
    for number in mine:
        for step in range(COMMITS):
            with store.begin() as cx:
                cx.execute(bump, {"which": f"bare-{place}-{os.getpid()}", "value": f"{number}.{step}"})
    ended = time.time()
    store.dispose()
    return {"done": len(mine), "began": began, "ended": ended}


def make_races(url: str, races: int, cents: int, wins: int) -> None:
    """An account for each race with cash for some, and an approved payout of it for each process."""
    store = Store(url)
    with store.begin() as cx:
        model = dict(cx.execute(sa.select(t.payout).limit(1)).mappings().one())
        accounts, payouts = [], []
        for race in range(races):
            accounts.append({
                "advisor_id": FIRM, "client_id": CLIENT, "account_id_plaid": f"race-{race}",
                "available_minor": cents * wins + cents - 1, "buffer_minor": 0, "foreign_minor": 0, "held_minor": 0,
                "currency_code": "USD", "as_of_at": START})  # fmt: skip
            payouts += [
                {**model, "payout_id": f"race-{race}-{place}", "source_bill_id": f"race:{race}:{place}",
                 "account_id_plaid": f"race-{race}", "amount_minor": cents, "state": "approved", "verdicts": [],
                 "created_at": START - timedelta(days=30)}
                for place in range(PROCESSES)
            ]  # fmt: skip
        cx.execute(sa.insert(t.account_cash), accounts)
        cx.execute(sa.insert(t.payout), payouts)
    store.dispose()


def race_for_cash(url: str, races: int) -> Rush:
    """All processes reserve from the account of each race at the same moment."""
    return _all(_race, url, races)


def _race(place: int, barrier: Barrier, url: str, races: int) -> dict[str, Any]:
    store, won = Store(url), 0
    cutoff = START - timedelta(minutes=15)
    barrier.wait(300)
    began = time.time()
    for race in range(races):
        barrier.wait(120)
        with store.begin() as cx:
            row = lock_payout(cx, FIRM, f"race-{race}-{place}")
            won += holds.take(cx, row, now=START, cutoff=cutoff)
    ended = time.time()
    store.dispose()
    return {"done": won, "began": began, "ended": ended}


def races_kept(url: str, races: int, cents: int, wins: int) -> tuple[int, int]:
    """(races whose account holds no more than it may, races that let exactly as many win as there was cash for)."""
    store, a = Store(url), t.account_cash.c
    with store.read() as cx:
        rows = cx.execute(sa.select(a.account_id_plaid, a.available_minor, a.held_minor)).all()
        kept = exact = 0
        for account_id, available, held in rows:
            if account_id != ACCOUNT:
                counted = holds.held_minor(cx, FIRM, CLIENT, account_id)
                kept += counted == held <= available
                exact += held == cents * wins
    store.dispose()
    return kept, exact


def deadlocks(url: str) -> int:
    """How often PostgreSQL had to end a transaction so that another could go on; 0 on SQLite, which has one writer."""
    if url.startswith("sqlite"):
        return 0
    store = Store(url)
    with store.read() as cx:
        found = cx.execute(sa.text("select deadlocks from pg_stat_database where datname = current_database()"))
        told = int(found.scalar_one())
    store.dispose()
    return told


# A stand-in for the nightly build: DuckDB on both cores, joining and sorting without end.
_BUILD = """
import duckdb
db = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
db.execute("set enable_progress_bar = false")
while True:
    db.execute("create or replace table t as select i % 9973 k, hash(i) h from range(3000000) r(i)")
    db.execute("select k, count(*), max(h) from (select a.k, a.h from t a order by a.h) group by k").fetchall()
"""


@contextmanager
def beside_a_build() -> Iterator[None]:
    """Something that takes both cores as a dbt build does."""
    build = subprocess.Popen([sys.executable, "-c", _BUILD])
    try:
        time.sleep(2)
        yield
    finally:
        build.kill()
        build.wait()
