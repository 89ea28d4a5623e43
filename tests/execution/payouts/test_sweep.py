"""Two bills under one reference are found before they pay: the later archived, the client frozen, people told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from execution.domain.payload import Payload
from execution.store import tables as t
from tests.execution.payouts.world import World


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.store.dispose()


def with_a_twin(world: World) -> str:
    payout_id = world.released(world.bill(1))
    world.run()
    early = world.clock.now() - timedelta(minutes=5)
    (bill,) = world.rails.bills
    world.rails.becomes(payout_id, "PAYMENT_SCHEDULED", created_at=early)
    world.rails.lands(Payload.from_row(world.row(payout_id)), created_at=world.clock.now())
    assert world.row(payout_id)["rail_bill_id"] == bill
    return payout_id


def test_the_later_is_archived_and_the_client_frozen(world: World) -> None:
    payout_id = with_a_twin(world)
    world.run(days=1)
    assert [bill.is_archived for bill in world.rails.bills.values()] == [False, True]
    assert world.state(payout_id) == "mismatched" and world.count(t.client_freeze) == 1
    assert "bill-1 stays, bill bill-2 is archived" in world.row(payout_id)["state_reason"]
    with world.store.read() as cx:
        calls = cx.execute(sa.select(t.rail_call.c.method, t.rail_call.c.path, t.rail_call.c.outcome)
                           .order_by(t.rail_call.c.seq)).all()  # fmt: skip
    assert [tuple(call) for call in calls] == [("POST", "/bills", "done"), ("DELETE", "/bills/bill-2", "done")]
    before = world.actions()
    world.run(hours=2)
    assert world.actions() == before, "one bill is left: nothing more is done"


def test_what_ramp_will_not_archive_is_named_and_tried_again(world: World) -> None:
    payout_id = with_a_twin(world)
    world.rails.archive_refused = "Ramp refused: it is in a batch"
    world.run(days=1)
    assert world.row(payout_id)["state_reason"] == "Archive bill bill-2 in Ramp: Ramp refused: it is in a batch"
    world.rails.archive_refused = ""
    world.run(hours=2)
    assert world.rails.bills["bill-2"].is_archived and world.count(t.client_freeze) == 1


def test_the_bill_on_record_changes_when_the_other_came_first(world: World) -> None:
    payout_id = with_a_twin(world)
    for number, minutes in ((1, 0), (2, -9)):
        world.rails.bills[f"bill-{number}"] = world.rails.bills[f"bill-{number}"].__class__(
            **{f: getattr(world.rails.bills[f"bill-{number}"], f) for f in world.rails.bills["bill-1"].__slots__}
            | {"created_at": world.clock.now() + timedelta(minutes=minutes)}
        )
    world.run(days=1)
    assert world.row(payout_id)["rail_bill_id"] == "bill-2" and world.rails.bills["bill-1"].is_archived


def test_a_payout_sent_once_is_swept_daily_and_hourly_near_its_date(world: World) -> None:
    world.released(world.bill(1))
    world.run()
    looks: list[str] = []
    search = world.rails.search
    world.rails.search = lambda payload: looks.append("look") or search(payload)  # type: ignore[func-returns-value,method-assign,assignment]

    def passes(hours: int) -> int:
        looks.clear()
        for _ in range(hours):
            world.clock.at += timedelta(hours=1)
            world.executor.one_pass()
        return len(looks)

    assert passes(24) == 1
    world.clock.at += timedelta(days=4)
    assert passes(6) == 6
