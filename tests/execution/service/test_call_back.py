"""A call-back counts when the number was known before the account changed, and a second person made the call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from execution.errors import Invalid, Refused
from execution.facts.ramp_payee import RampVendor
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, World, world_with_bills

CARL, DAY = PEOPLE["carl"], timedelta(days=1)


@pytest.fixture
def world(store_url: str) -> Iterator[World]:
    with world_with_bills(store_url, 90_000) as made:
        yield made


def _changed(world: World) -> None:
    world.rails.vendors["v1"] = RampVendor("v1", True, "another-account", "ACH")
    world.clock.at += DAY
    world.learn()
    assert world.count(t.payee_change) == 1


def _call(world: World, known_since: object = None) -> None:
    world.payouts.record_call_back(
        CARL,
        "acme",
        "v1",
        number_source="their contract",
        number_known_since=known_since,  # type: ignore[arg-type]
    )


def test_without_a_change_no_day_is_asked(world: World) -> None:
    _call(world)
    assert world.count(t.payee, t.payee.c.verified_by == "carl") == 1


def test_a_number_that_may_have_come_with_the_request_is_refused_to_the_day(world: World) -> None:
    _changed(world)
    day = world.clock.now().date()
    with pytest.raises(Invalid, match="number_known_since: the account changed on"):
        _call(world)
    for late in (day, day + DAY):
        with pytest.raises(Refused, match="may have come with the request"):
            _call(world, late)
    assert world.count(t.payee_change, t.payee_change.c.released_at.is_not(None)) == 0
    _call(world, day - DAY)
    with world.store.read() as cx:
        kept = cx.execute(sa.select(t.payee_change.c.call_back_number_source, t.payee_change.c.called_by)).one()
    assert tuple(kept) == ("their contract", "carl")
    assert "payee.called_back" in world.actions() and "payout.record_call_back_refused" in world.actions()


def test_the_preparers_own_call_lets_nothing_go(world: World) -> None:
    _changed(world)
    world.payouts.record_call_back(PEOPLE["cleo"], "acme", "v1", number_source="contract",
                                   number_known_since=world.clock.now().date() - DAY)  # fmt: skip
    world.clock.at += 6 * DAY
    world.bill(1)
    assert world.payouts.propose(PEOPLE["cleo"], "acme", "qbo:1").state == "blocked"
