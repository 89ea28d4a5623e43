"""What happens while the executor looks elsewhere: the simulator and the stateful test found each of these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from execution.domain.facts import BalanceFacts
from execution.domain.states import State
from execution.executor import Executor
from execution.payouts import sending
from execution.payouts.leases import LIFE, Leases
from execution.payouts.rows import lock_payout
from execution.store import tables as t
from tests.execution.payouts.world import World


@pytest.fixture
def world(store_url: str) -> Iterator[World]:
    made = World(store_url)
    yield made
    made.store.dispose()


def while_asking(world: World, name: str, act: Callable[[], None], *, first: bool = False) -> None:
    """Something happens once, while a rail is asked: before it answers, or after."""
    real = getattr(world.rails, name)

    def asked(*given: Any) -> Any:
        setattr(world.rails, name, real)
        if first:
            act()
        answer = real(*given)
        if not first:
            act()
        return answer

    setattr(world.rails, name, asked)


def prove(world: World, payout_id: str) -> None:
    """Another executor finds the payout's debit at the bank: its hold ends."""
    proof = {"candidate_count": 1, "posting_id_plaid": "tx1", "posted_date": "2026-12-01",
             "posting_description": "", "bill_payment_id_qbo": None}  # fmt: skip
    with world.store.begin() as cx:
        sending.settle(cx, lock_payout(cx, "firm", payout_id), proof, world.clock.now())


def test_cash_that_left_between_the_balance_and_the_earmark_is_not_spent_twice(world: World) -> None:
    world.rails.available = 100_000
    first = world.released(world.bill(1, 60_000))
    world.run()
    second = world.released(world.bill(2, 60_000))

    def debited_and_proven() -> None:
        world.rails.available = 40_000
        prove(world, first)

    world.restart()
    while_asking(world, "balance", debited_and_proven)
    world.executor.one_pass()
    assert (world.state(first), world.state(second)) == ("settled", "approved")
    world.executor.one_pass()
    assert world.state(second) == "blocked"
    assert "below its buffer" in world.row(second)["state_reason"]


def test_a_foreign_bill_that_is_debited_while_the_rails_are_read_is_never_missed(world: World) -> None:
    world.rails.available, world.rails.foreign = 100_000, 60_000
    payout_id = world.released(world.bill(1, 60_000))

    def debited() -> None:
        world.rails.available, world.rails.foreign = 40_000, 0

    real = world.rails.balance

    def balance(account_id: str, asked_at: datetime) -> BalanceFacts:
        answer = real(account_id, asked_at)
        debited()
        return answer

    world.rails.balance = balance  # type: ignore[method-assign]
    world.run()
    assert world.state(payout_id) == "blocked"
    assert "payout.reserved" not in world.actions()


@pytest.mark.parametrize("stop", ["frozen", "halted"])
def test_nothing_leaves_when_the_client_is_frozen_while_ramp_is_searched(world: World, stop: str) -> None:
    payout_id = world.released(world.bill(1))

    def stopped() -> None:
        with world.store.begin() as cx:
            if stop == "frozen":
                cx.execute(sa.insert(t.client_freeze).values(
                    advisor_id="firm", client_id="acme", freeze_id="f", reason="two bills", frozen_by="executor",
                    frozen_at=world.clock.now()))  # fmt: skip
            else:
                cx.execute(sa.insert(t.halt).values(
                    advisor_id="firm", client_id="acme", halt_id="h", cause="restored",
                    began_at=world.clock.now()))  # fmt: skip

    while_asking(world, "search", stopped)
    world.run()
    assert world.rails.posts == 0
    assert world.state(payout_id) == "reserved"


def test_looks_by_a_clock_that_differs_from_ramps_do_not_count(world: World) -> None:
    payout_id = world.released(world.bill(1, 90_000))
    world.rails.fault = "lost"
    world.run()
    world.rails.skew = 3_600
    for _ in range(5):
        world.run(minutes=31)
    assert (world.state(payout_id), world.row(payout_id)["scans_clean"]) == ("unconfirmed", 0)
    world.rails.skew = 0
    for _ in range(4):
        world.run(minutes=31)
    assert world.state(payout_id) in (State.RESERVED, State.AT_RAIL)
    assert world.rails.posts == 2


@pytest.mark.parametrize(("asked", "left_as"), [("vendor", "approved"), ("search", "reserved")])
def test_an_executor_that_was_stopped_after_it_asked_asks_again(world: World, asked: str, left_as: str) -> None:
    """What the rails said holds for as long as the lease; the clock here is the process's own, it cannot jump."""
    payout_id, seconds = world.released(world.bill(1)), [0.0]
    leases = Leases(world.store, "one", monotonic=lambda: seconds[0])
    executor = Executor(world.store, world.clock, rails_for=lambda row: world.rails, open_snapshot=world.snapshot,
                        fingerprint_key=b"k" * 32, leases=leases)  # fmt: skip

    def stopped() -> None:
        seconds[0] += LIFE.total_seconds()

    while_asking(world, asked, stopped)
    executor.one_pass()
    assert (world.state(payout_id), world.rails.posts) == (left_as, 0)
    executor.one_pass()
    assert (world.state(payout_id), world.rails.posts) == ("at_rail", 1)


def test_what_another_executor_took_to_ramp_meanwhile_is_taken_as_it_stands(world: World) -> None:
    """The list of what is due is older than what stands: the second payout was sent while the first was searched."""
    first, second = world.released(world.bill(1)), world.released(world.bill(2))
    world.restart()
    one = world.executor
    world.restart()
    while_asking(world, "search", lambda: world.executor.one_pass() and None, first=True)
    one.one_pass()
    assert (world.state(first), world.state(second), world.rails.posts) == ("at_rail", "at_rail", 2)
