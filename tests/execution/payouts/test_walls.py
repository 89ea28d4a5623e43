"""Each wall alone: what must hold when every other wall that could hide its absence is taken away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from execution import guards
from execution.audit.verify import verify_chain
from execution.domain.facts import BalanceFacts, LimitFacts
from execution.domain.reference import payout_id_for
from execution.domain.verdict import Effect
from execution.payouts import holds
from execution.payouts.rows import lock_payout
from execution.store import tables as t
from tests.execution.guards.facts import facts
from tests.execution.payouts.world import PEOPLE, START, World

FRESH = START - timedelta(minutes=15)
# The order in which rows may be locked; whoever takes them in another one can stand in the way of everybody else.
LOCK_ORDER = ("payout", "account_cash", "limit_use", "chain_head")


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.store.dispose()


def proposed(world: World, number: int, minor: int) -> str:
    world.bill(number, minor)
    world.learn()
    return world.payouts.propose(PEOPLE["bea"], "acme", f"qbo:{number}").payout_id


def balance(world: World, payout_id: str, minor: int) -> None:
    with world.store.begin() as cx:
        told = BalanceFacts("acc", minor, "USD", START, is_live=True)
        holds.refresh_account(cx, lock_payout(cx, "firm", payout_id), told, buffer_minor=0, foreign_minor=0)


def test_the_accounts_own_statement_counts_live_holds(world: World) -> None:
    first, second = proposed(world, 1, 60_000), proposed(world, 2, 60_000)
    balance(world, first, 100_000)
    with world.store.begin() as cx:
        assert holds.take(cx, lock_payout(cx, "firm", first), now=START, cutoff=FRESH)
        assert not holds.take(cx, lock_payout(cx, "firm", second), now=START, cutoff=FRESH)


def test_the_accounts_own_statement_takes_no_old_balance(world: World) -> None:
    payout_id = proposed(world, 1, 60_000)
    balance(world, payout_id, 100_000)
    late = START + timedelta(minutes=16)
    with world.store.begin() as cx:
        row = lock_payout(cx, "firm", payout_id)
        assert not holds.take(cx, row, now=late, cutoff=late - timedelta(minutes=15))


def test_the_days_limit_is_counted_and_stops(world: World) -> None:
    payout_id = proposed(world, 1, 60_000)
    with world.store.begin() as cx:
        row = lock_payout(cx, "firm", payout_id)
        told = [holds.use_limit(cx, row, scope="client_day", key="acme", day=START.date(), limit_minor=100_000)
                for _ in range(2)]  # fmt: skip
    assert told == [True, False]


def test_one_bill_has_one_live_payout_in_the_database_itself(world: World) -> None:
    row = world.row(proposed(world, 1, 60_000))
    twin = {**row, "generation": 2, "payout_id": payout_id_for("firm", "acme", "ramp", "qbo:1", 2)}
    with pytest.raises(sa.exc.IntegrityError), world.store.begin() as cx:
        cx.execute(sa.insert(t.payout).values(**twin))


def test_the_same_person_twice_is_one_person() -> None:
    """The store keeps one signature a person; the guard must not lean on it."""
    twice = facts(signers=("ada", "ada"), limits=LimitFacts(0, 0, 2_000_000, 2_000_000))
    assert guards.ALL["signers"](twice).effect is Effect.BLOCKED


def test_every_step_is_in_the_log_with_its_predecessor(world: World) -> None:
    world.rails.available = 1_000_000
    payout_id = world.released(world.bill(1))
    world.run()
    states = [world.state(payout_id)]
    with world.store.read() as cx:
        assert verify_chain(cx, "firm", semantic=True).ok
    assert world.count(t.rail_call) == world.rails.posts == 1, "a request without a row that was there before it"
    told = [action for action in world.actions() if action.startswith("payout.")]
    assert told[-3:] == ["payout.reserved", "payout.sending", "payout.sent"] and states == ["at_rail"]


def test_rows_are_locked_in_one_order(world: World) -> None:
    payout_id = world.released(world.bill(1))
    seen: list[str] = []

    def executed(cx: Any, cursor: Any, statement: str, *given: Any) -> None:
        words = statement.split()
        table = words[1] if words[0] == "UPDATE" else words[2] if words[0] == "INSERT" else ""
        if words[0] == "BEGIN":
            seen.clear()
        if table in LOCK_ORDER[1:] and (not seen or seen[-1] != table):
            seen.append(table)
            assert seen == sorted(seen, key=LOCK_ORDER.index), f"locked in the order {seen}"

    engine = world.store.engine
    sa.event.listen(engine, "before_cursor_execute", executed)
    try:
        world.run()
    finally:
        sa.event.remove(engine, "before_cursor_execute", executed)
    assert world.state(payout_id) == "at_rail"
