"""The executor fed with rows that somebody with the store's file in hand has edited: none of them reaches the rail."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from execution.domain.payload import Payload
from execution.store import tables as t
from tests.bench.bypass_attempts import Count
from tests.execution.payouts.world import PEOPLE, World

PER_WORLD = 25
# A field of the payment, and what it is turned into.
EDITS: dict[str, Callable[[random.Random, Any], Any]] = {
    "amount_minor": lambda rng, was: rng.choice((was + 1, was - 1, was * 10, 1, 10**12)),
    "currency_code": lambda rng, was: rng.choice(("EUR", "usd", "XXX")),
    "vendor_id_ramp": lambda rng, was: f"v{rng.randrange(10**6, 10**7)}",
    "vendor_account_id": lambda rng, was: f"account-{rng.randrange(10**6)}",
    "source_bank_account_id": lambda rng, was: "b2",
    "account_id_plaid": lambda rng, was: "acc2",
    "source_bill_id": lambda rng, was: f"qbo:{rng.randrange(10**6, 10**7)}",
    "bill_version": lambda rng, was: "7",
    "arrival_date": lambda rng, was: (was or "2026-12-01")[:8] + "28",
}
UNSIGNED = (*EDITS, "vendor_name", "invoice_number", "entity_id_ramp", "mode")
SIGNATURES = ("taken away", "of the preparer", "of a bookkeeper", "of another payload")
SKIPS = ("approved", "reserved", "sending", "released")


def forge(count: Count, seed: int, attempts: int) -> None:
    """So many forged payouts, each given to the executor in turn."""
    rng, done = random.Random(seed), 0
    while done < attempts:
        world = World()
        try:
            paid = world.released(world.bill(1))
            world.run(minutes=1)
            assert world.rails.posts == 1 and world.state(paid) == "at_rail", "the control: an honest payout is paid"
            for number in range(2, 2 + min(PER_WORLD, attempts - done)):
                _one(count, world, rng, number, seed)
                done += 1
        finally:
            world.store.dispose()
            shutil.rmtree(world.root, ignore_errors=True)


def _one(count: Count, world: World, rng: random.Random, number: int, seed: int) -> None:
    kind = rng.choice(("a field", "a field and its hash", "a field, hash and signature", "signature", "state"))
    bill = world.bill(number)
    world.learn()
    is_unsigned = kind == "state"
    made = world.payouts.propose(PEOPLE["bea"], "acme", bill).payout_id if is_unsigned else world.released(bill)
    before, posts, trail = set(world.rails.bills), world.rails.posts, len(world.actions())
    try:
        what = _edit(world, made, kind, rng)
    except sqlite3.Error as refused:
        # The store itself says no, a constraint or a trigger: the honest payout goes its way.
        world.run(minutes=1)
        count.add("forgery", f"the store refuses: {refused}", kind, moved=False, audited=True)
        return
    said = " ".join(f"{one.state} {one.reason}" for one in world.run(minutes=2)) or world.state(made)
    landed, wrote = set(world.rails.bills) - before, world.rails.posts != posts
    is_audited = len(world.actions()) > trail or world.state(made) in ("proposed", "blocked")
    count.add("forgery", f"{what}: {said}", f"seed {seed}: {kind}, {what}", moved=bool(landed) or wrote,
              audited=is_audited)  # fmt: skip


def _edit(world: World, payout_id: str, kind: str, rng: random.Random) -> str:
    """Edits past every wall of ours but the database's own; what was done."""
    with sqlite3.connect(str(world.store.engine.url.database)) as raw:
        raw.row_factory = sqlite3.Row
        if rng.random() < 0.5:
            # Whoever holds the file may take the triggers away first.
            for (name,) in raw.execute("select name from sqlite_master where type = 'trigger'").fetchall():
                raw.execute(f"drop trigger {name}")
        if kind == "signature":
            return _signature(raw, payout_id, rng)
        if kind == "state":
            state = rng.choice(SKIPS)
            now = world.clock.now().isoformat(timespec="microseconds")
            if state == "released":
                raw.execute(
                    "update payout set released_at = ?, released_by = 'cleo' where payout_id = ?", (now, payout_id)
                )
            else:
                raw.execute("update payout set state = ?, released_at = ?, released_by = 'cleo', attempt = 1 "
                            "where payout_id = ?", (state, now, payout_id))  # fmt: skip
            return f"state {state}"
        fields = tuple(EDITS) if kind == "a field, hash and signature" else UNSIGNED
        name = rng.choice(fields)
        row = raw.execute("select * from payout where payout_id = ?", (payout_id,)).fetchone()
        change = EDITS[name](rng, row[name]) if name in EDITS else f"{row[name]}9"
        raw.execute(f"update payout set {name} = ? where payout_id = ?", (change, payout_id))
    if kind != "a field":
        _rehash(world, payout_id, and_sign=kind == "a field, hash and signature")
    return f"{name} = {change}"


def _signature(raw: sqlite3.Connection, payout_id: str, rng: random.Random) -> str:
    how = rng.choice(SIGNATURES)
    change = {
        "taken away": "delete from approval where payout_id = ?",
        "of the preparer": "update approval set person_id = 'bea' where payout_id = ?",
        "of a bookkeeper": "update approval set role = 'bookkeeper' where payout_id = ?",
        "of another payload": f"update approval set payload_sha256 = '{'0' * 64}' where payout_id = ?",
    }[how]
    raw.execute(change, (payout_id,))
    return f"signature {how}"


def _rehash(world: World, payout_id: str, *, and_sign: bool) -> None:
    with world.store.read() as cx:
        row = dict(cx.execute(sa.select(t.payout).where(t.payout.c.payout_id == payout_id)).mappings().one())
    sha = Payload.from_row(row).sha256()
    with sqlite3.connect(str(world.store.engine.url.database)) as raw:
        raw.execute("update payout set payload_sha256 = ? where payout_id = ?", (sha, payout_id))
        if and_sign:
            raw.execute("update approval set payload_sha256 = ? where payout_id = ?", (sha, payout_id))
