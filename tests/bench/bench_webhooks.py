"""Webhooks as hints: what our mirror has wrong after a day of them, how many a second reach the disk, and kills.

python -m tests.bench.bench_webhooks --events 100000 --kills 50 --seed 1 --database sqlite
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.bench.result import Result
from tests.bench.webhook_load import Load, ReceiverProcess, Told, stored_keys, stores, take_on, told
from tests.bench.webhook_truth import run

FORGED_SHARE, COPY_SHARE = 0.02, 0.20
SPEED_MIN = 1_500
PER_KILL = 2_000  # Deliveries that come new before each kill: about as many as are answered till then.
DATABASES = ("sqlite", "postgresql")


class Broken(AssertionError):
    """What was promised did not hold."""


def results(
    events: int = 100_000, kills: int = 50, seed: int = 1, databases: tuple[str, ...] = DATABASES
) -> Iterator[Result]:
    """All three parts. Raises Broken naming the seed that shows it again."""
    yield from truth(events, seed)
    for database in databases:
        yield from speed(database, seed)
    for database in databases:
        yield from killed(database, kills, seed)


def truth(events: int, seed: int) -> Iterator[Result]:
    """A day of late, doubled, shuffled and lost webhooks; how many objects are wrong at its end."""
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(events, seed, Path(folder))
    title = "Objects that are wrong after a day of webhooks, 10 % of them lost"
    data = f"{events:,} events on {outcome.objects:,} objects, {outcome.deliveries:,} deliveries, seed {seed}"
    yield Result(title, data, "naive: believe the body", {"wrong": outcome.wrong_trusting})
    yield Result(title, data, "read again when told", {"wrong": outcome.wrong_rereading})
    yield Result(
        title, data, "ours: read again, and sweep over what is open",
        {"wrong": outcome.wrong_swept, "stored once": outcome.stored, "reads": outcome.reads},
    )  # fmt: skip
    if outcome.wrong_swept or not outcome.wrong_trusting or not outcome.wrong_rereading:
        raise Broken(f"{outcome}; again with --events {events} --seed {seed}")


def deliveries(count: int, rng: random.Random, first: int = 0) -> list[Told]:
    """Shuffled deliveries, some forged, some twice."""
    made: list[Told] = []
    for number in range(first, first + count):
        if made and rng.random() < COPY_SHARE:
            made.append(rng.choice(made[-1000:]))
        else:
            made.append(told(rng, number, is_forged=rng.random() < FORGED_SHARE))
    return made[::-1]


def speed(database: str, seed: int, requests: int = 20_000) -> Iterator[Result]:
    """Requests a second that are on disk when they are answered; the control commits each alone."""
    title = f"Deliveries a second, on disk when answered ({database})"
    for method, batch, count in (("one commit each", 1, requests // 4), ("ours: shared commits", 0, requests)):
        with tempfile.TemporaryDirectory() as folder, stores(database, Path(folder)) as env:
            take_on(env)
            own = env | ({"ROWCOL_INBOX_BATCH": str(batch)} if batch else {})
            load = Load(deliveries(count, random.Random(seed)))
            sent = list(load.left)
            with ReceiverProcess(own, Path(folder) / "log") as receiver:
                Load(deliveries(500, random.Random(seed), first=10**9)).send(receiver.port)
                began = time.perf_counter()
                load.send(receiver.port)
                seconds = time.perf_counter() - began
                receiver.stop()
            keys = stored_keys(env)
        _check(load, keys, sent, f"speed, {database}, seed {seed}")
        took = sorted(load.took)
        forged = sum(one.key is None for one in sent)
        wanted = {one.key for one in sent if one.key}
        yield Result(
            title, f"{count:,} requests, seed {seed}", method,
            {"requests/s": round(count / seconds), "p50 ms": round(1000 * took[len(took) // 2], 1),
             "p99 ms": round(1000 * took[len(took) * 99 // 100], 1), "forged refused": load.statuses.get(401, 0),
             "copies stored once": count - forged - len(wanted)},
        )  # fmt: skip


def killed(database: str, kills: int, seed: int, per_kill: int = PER_KILL) -> Iterator[Result]:
    """SIGKILL under load, again and again; then every acknowledged delivery must be there, once."""
    rng = random.Random(seed)
    load, sent = Load([]), list[Told]()
    with tempfile.TemporaryDirectory() as folder, stores(database, Path(folder)) as env:
        take_on(env)
        for number in range(kills):
            fresh = deliveries(per_kill, rng, first=number * per_kill)
            sent += fresh
            # A rail sends again what was not answered.
            load.left[:0] = fresh
            with ReceiverProcess(env, Path(folder) / "log") as receiver:
                load.send(receiver.port, partial(_kill_after, rng.uniform(0.05, 0.8), receiver))
        with ReceiverProcess(env, Path(folder) / "log") as receiver:
            load.send(receiver.port)
            receiver.stop()
        keys = stored_keys(env)
    if load.left:
        raise Broken(f"{len(load.left)} deliveries were never answered; again with --kills {kills} --seed {seed}")
    _check(load, keys, sent, f"{kills} kills, {database}, seed {seed}")
    yield Result(
        "Receiver killed with SIGKILL under load", f"{database}, seed {seed}", "ours",
        {"kills": kills, "acknowledged": len(load.acknowledged), "missing": 0, "twice": 0, "forged taken": 0},
    )  # fmt: skip


def _kill_after(seconds: float, receiver: ReceiverProcess) -> None:
    time.sleep(seconds)
    receiver.kill()


def _check(load: Load, keys: list[str], sent: list[Told], where: str) -> None:
    stored, wanted = set(keys), {one.key for one in sent if one.key}
    if missing := load.acknowledged - stored:
        raise Broken(f"{len(missing)} acknowledged deliveries are missing ({where}): {sorted(missing)[:3]}")
    if len(keys) != len(stored):
        raise Broken(f"{len(keys) - len(stored)} events are stored twice ({where})")
    if load.forged_taken:
        raise Broken(f"{load.forged_taken} forged deliveries were taken ({where})")
    if lost := wanted - stored:
        raise Broken(f"{len(lost)} deliveries were answered and not stored ({where}): {load.statuses}")


def main() -> int:
    """Run all parts and print them; 1 when a promise broke or the speed is below the bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=DATABASES, help="both when left out")
    given = parser.parse_args()
    slow = False
    try:
        for row in results(given.events, given.kills, given.seed, (given.database,) if given.database else DATABASES):
            print(row.topic, "|", row.data_set, "|", row.method, "|", row.figures, flush=True)
            reached = row.figures.get("requests/s", SPEED_MIN)
            slow |= row.method.startswith("ours") and float(reached) < SPEED_MIN
    except Broken as error:
        print(f"BROKEN: {error}", file=sys.stderr)
        return 1
    if slow:
        print(f"SLOW: below {SPEED_MIN} requests/s; is the machine otherwise idle?", file=sys.stderr)
    return int(slow)


if __name__ == "__main__":
    raise SystemExit(main())
