"""Several processes reserve from one account at the same time: never more than it holds, on both databases."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta

import sqlalchemy as sa

from execution.domain.facts import BalanceFacts
from execution.payouts import holds
from execution.payouts.rows import lock_payout
from execution.store import Store
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, START, World

STEP, CASH, PROCESSES, EACH = 10_000, 100_000, 4, 5


def take_each(url: str, payout_ids: list[str]) -> int:
    """How many of the payouts got their cash; called in a process of its own."""
    store, taken = Store(url), 0
    for payout_id in payout_ids:
        with store.begin() as cx:
            row = lock_payout(cx, "firm", payout_id)
            taken += holds.take(cx, row, now=START, cutoff=START - timedelta(minutes=15))
    store.dispose()
    return taken


def test_a_thousand_dollars_in_hundreds_is_never_over_reserved(store_url: str) -> None:
    world = World(store_url)
    for number in range(PROCESSES * EACH):
        world.bill(number, STEP, invoice_number=f"N{number}")
    made = [world.payouts.propose(PEOPLE["bea"], "acme", bill).payout_id for bill in world.bills]
    with world.store.begin() as cx:
        balance = BalanceFacts("acc", CASH, "USD", START, is_live=True)
        holds.refresh_account(cx, lock_payout(cx, "firm", made[0]), balance, buffer_minor=0, foreign_minor=0)
    world.store.dispose()
    shares = [made[at::PROCESSES] for at in range(PROCESSES)]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
        taken = sum(pool.map(take_each, [store_url] * PROCESSES, shares, timeout=60))
    assert taken == CASH // STEP
    with world.store.read() as cx:
        assert holds.held_minor(cx, "firm", "acme", "acc") == CASH
        assert cx.execute(sa.select(t.account_cash.c.held_minor)).scalar_one() == CASH
    world.store.dispose()
