"""Whatever Ramp says of a bill, somebody is named who moves it on, and nothing outlives its time unnamed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from execution.domain.rail_status import APPROVER, EXECUTOR, KEEPER, PAYER, known_statuses, read_status
from execution.domain.states import ENDED, State
from execution.service.executor import ExecutorDesk
from execution.store import tables as t
from tests.execution.payouts.world import World


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.store.dispose()


def owner(world: World) -> str:
    link = t.custody_link.c
    with world.store.read() as cx:
        found = cx.execute(sa.select(link.owner).where(link.link == "bank_posting", link.closed_at.is_(None)))
        return str(found.scalar_one())


def test_the_owner_follows_ramps_word(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.run()
    for status, who in (
        ("AWAITING_RELEASE", PAYER), ("PAYMENT_SCHEDULED", EXECUTOR), ("PAYMENT_ERROR", KEEPER), ("ON_HOLD", KEEPER),
        ("APPROVAL_PENDING", APPROVER), ("A_WORD_OF_TOMORROW", KEEPER),
    ):  # fmt: skip
        world.rails.becomes(payout_id, status)
        world.run(minutes=2)
        assert (world.state(payout_id), owner(world)) == ("at_rail", who), status


@pytest.mark.parametrize("status", sorted(known_statuses()))
def test_every_word_leads_to_a_named_state_and_is_overdue_in_time(world: World, status: str) -> None:
    payout_id = world.released(world.bill(1))
    world.run()
    world.rails.becomes(payout_id, status)
    world.run(minutes=2)
    state, desk = State(world.state(payout_id)), ExecutorDesk(world.store, world.clock)
    assert state is read_status(status).state and desk.overdue() == []
    world.run(days=21)
    late = desk.overdue()
    assert late or state in ENDED  # An archived bill is watched on, for it may have been paid all the same.
    assert all(one.owner and one.payout_id == payout_id for one in late)


@pytest.mark.parametrize("fault", ["lost", "silent", "never", "refused"])
def test_no_reply_leaves_a_payout_without_an_owner(world: World, fault: str) -> None:
    world.rails.fault = fault
    payout_id = world.released(world.bill(1, 200_000))
    world.run()
    state = State(world.state(payout_id))
    world.run(days=21)
    late = ExecutorDesk(world.store, world.clock).overdue()
    assert state in ENDED or State(world.state(payout_id)) in ENDED or late
