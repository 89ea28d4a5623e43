"""Make a whole world: client after client, each from its own seed, into one file."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import orjson

from sandbox.world import (
    bank_side,
    cash,
    chart,
    defects,
    income,
    mishaps,
    outlays,
    parties,
    payables,
    plants,
    reimbursed,
    stripe_side,
)
from sandbox.world.model import Client
from sandbox.world.packing import Row, pack
from sandbox.world.store import WorldFile

FORMAT = "3"
# Below this many clients a second process costs more than it brings.
_ALONE_BELOW = 6
_PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Made:
    """One finished client as rows of the world file's tables."""

    key: str
    profile: str
    objects: list[Row]
    dictionaries: list[Row]
    truth: list[tuple[str, str, str, str, str, str]]
    defects: list[tuple[str, str, str, str, str, int]]
    ledger: list[tuple[str, str, str, int, str, str, str]]


def make_client(seed: int, position: int, months: int, end: date, defect_level: str = "default") -> Client:
    """One client's world; the same for any number of other clients."""
    client = Client(seed, position, months, end)
    parties.settle(client)
    payables.arise(client)
    defects.spoil_bills(client)
    payables.pay(client)
    payables.show(client)
    payables.edges(client)
    outlays.regular(client)
    outlays.card(client)
    reimbursed.arise(client)
    defects.name_bills(client)
    out = income.monthly_outflow(client)
    parts = income.shares(client)
    wanted = round(out * 1.05)
    income.invoices(client, round(wanted * parts["invoices"]))
    income.daily_sales(client, round(wanted * parts["daily"]))
    stripe_side.sell(client, round(wanted * parts["stripe"] * 1.03))
    plants.grow(client, defect_level)
    cash.steer(client, out)
    plants.lose_a_day(client, defect_level)
    chart.open_books(client)
    mishaps.deleted_entries(client)
    mishaps.stale_feed(client)
    chart.show(client)
    bank_side.show(client)
    return client


def _made(seed: int, position: int, months: int, end: date, defect_level: str) -> Made:
    client = make_client(seed, position, months, end, defect_level)
    objects, dictionaries = pack(client.rows)
    profile = orjson.dumps(client.profile).decode()
    return Made(client.key, profile, objects, dictionaries, client.truth, client.defects, client.ledger)


def _all_made(seed: int, clients: int, months: int, end: date, defect_level: str) -> Iterator[Made]:
    """Every client in order of position; two processes at a time, and few results waiting, whatever the size."""
    if clients < _ALONE_BELOW or (os.cpu_count() or 1) < _PROCESSES:
        yield from (_made(seed, position, months, end, defect_level) for position in range(clients))
        return
    waiting: deque[Future[Made]] = deque()
    # A fork starts at once; it is safe only where no other thread can hold a lock.
    forks = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if forks else "spawn")
    with ProcessPoolExecutor(_PROCESSES, mp_context=context) as pool:
        for position in range(clients):
            waiting.append(pool.submit(_made, seed, position, months, end, defect_level))
            if len(waiting) > _PROCESSES * 2:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def generate(
    path: Path, *, clients: int, months: int, seed: int, end: date, firms: int = 1, defect_level: str = "default"
) -> None:  # fmt: skip
    """Write a world file; an earlier one under that name is replaced whole. `defect_level`: `default` or `all`."""
    world = WorldFile(path)
    # 14:00 UTC is the firm's morning: the bank's night run is in, the day is still open.
    now = int(datetime.combine(end, time(14), UTC).timestamp())
    world.note(
        {
            "format": FORMAT,
            "seed": str(seed),
            "clients": str(clients),
            "months": str(months),
            "firms": str(firms),
            "defects": defect_level,
            "end_date": end.isoformat(),
            "now": str(now),
            "start_at": str(now),
        }
    )
    names = ("Rowan & Cole Advisory", "Northgate CAS", "Bellwether Books", "Fairview Ledger")
    world.add(
        "firm", [(f"firm-{at + 1}", f"{names[at % 4]}{'' if at < 4 else f' {at + 1}'}") for at in range(firms)], 2
    )
    for position, made in enumerate(_all_made(seed, clients, months, end, defect_level)):
        world.add("client", [(made.key, f"firm-{position % firms + 1}", position, made.profile)], 4)
        world.add_objects(made.objects)
        world.add("body_dictionary", made.dictionaries, 4)
        world.add("truth_event", made.truth, 6)
        world.add("truth_defect", made.defects, 6)
        world.add("truth_ledger", made.ledger, 7)
    world.finish()
