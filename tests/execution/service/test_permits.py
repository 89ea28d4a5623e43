"""Break-glass: two people, one guard, one payout, one day; and what no permit lifts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from execution.domain.permits import LIFTABLE
from execution.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from execution.guards import ALL
from execution.service.permits import Permits
from execution.settings import Settings
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, World, world_with_bills

BEA, CARL, CLEO, ADA = (PEOPLE[name] for name in ("bea", "carl", "cleo", "ada"))
WHY = "The landlord's yearly rent is due in one sum"


@pytest.fixture
def world(store_url: str) -> Iterator[World]:
    with world_with_bills(store_url, 90_000, policy={"day_limit_minor": 50_000}) as made:
        yield made


@pytest.fixture
def permits(world: World) -> Permits:
    return Permits(world.store, world.clock, Settings.from_env({"ROWCOL_DATA": str(world.root)}))


def _blocked(world: World) -> str:
    made = world.payouts.propose(BEA, "acme", "qbo:1")
    assert made.state == "blocked" and "above the limit" in made.state_reason
    return made.payout_id


def _given(permits: Permits, payout_id: str, guard_id: str = "limits", **more: Any) -> str:
    permit = permits.request(CARL, payout_id, guard_id, reason=WHY, **more)
    return permits.confirm(ADA, payout_id, permit.permit_id).permit_id


def test_two_people_let_one_payout_past_one_guard_to_the_bank(world: World, permits: Permits) -> None:
    payout_id = _blocked(world)
    before = world.row(payout_id)["version"]
    asked = permits.request(CARL, payout_id, "limits", reason=WHY)
    assert world.row(payout_id)["version"] == before + 1, "whoever judged it before judges it anew"
    assert asked.state == "asked" and world.payouts.propose(BEA, "acme", "qbo:1").state == "blocked"
    permits.confirm(ADA, payout_id, asked.permit_id)
    again = world.payouts.propose(BEA, "acme", "qbo:1")
    assert again.state == "proposed", again.state_reason
    said = {v.guard_id: v for v in world.payouts.get(CARL, payout_id).verdicts}["limits"]
    assert said.passed and str(said.effect) == "warning" and said.inputs["permit_id"] == asked.permit_id
    assert said.reason.startswith("Let past by permit") and said.inputs["permit_by"] == ["carl", "ada"]
    world.payouts.approve(CLEO, payout_id, payload_sha256=again.payload_sha256, reason="due")
    world.payouts.release(CARL, payout_id)
    world.run()
    assert world.state(payout_id) == "at_rail" and world.used("client_day") == 90_000
    assert {"permit.asked", "permit.given"} <= set(world.actions())
    assert [one.state for one in permits.of_payout(BEA, payout_id)] == ["in force"]
    with pytest.raises(Conflict, match="before it is sent"):
        permits.request(CARL, payout_id, "velocity", reason=WHY)


def test_it_ends_to_the_second_and_by_hand(world: World, permits: Permits) -> None:
    payout_id = _blocked(world)
    permit_id = _given(permits, payout_id, life_minutes=60)
    started = world.clock.at
    for later, state in ((timedelta(minutes=59, seconds=59), "proposed"), (timedelta(minutes=60), "blocked")):
        world.clock.at = started + later
        world.payouts.hold(CARL, payout_id, "look again")
        assert world.payouts.propose(BEA, "acme", "qbo:1").state == state
    assert permits.of_payout(CARL, payout_id)[0].state == "expired"
    with pytest.raises(Conflict, match="expired"):
        permits.revoke(CARL, payout_id, permit_id)
    second = _given(permits, payout_id)
    assert permits.revoke(CLEO, payout_id, second).state == "revoked"
    assert world.payouts.propose(BEA, "acme", "qbo:1").state == "blocked"
    third = permits.request(CARL, payout_id, "limits", reason=WHY)
    world.clock.at += timedelta(hours=24)
    with pytest.raises(Conflict, match="lapsed"):
        permits.confirm(ADA, payout_id, third.permit_id)


def test_what_nobody_lifts(world: World, permits: Permits) -> None:
    payout_id = _blocked(world)
    for guard_id in sorted(set(ALL) - LIFTABLE):
        with pytest.raises(Refused, match="Nobody lifts"):
            permits.request(CARL, payout_id, guard_id, reason=WHY)
    # Even a row that somebody wrote into the store past the service lifts nothing.
    with world.store.begin() as cx:
        cx.execute(sa.insert(t.permit).values(
            advisor_id="firm", client_id="acme", permit_id="forged", payout_id=payout_id, guard_id="spendable_cash",
            amount_minor=90_000, reason=WHY, life_minutes=60, asked_by="carl", asked_role="controller",
            asked_at=world.clock.now(), confirmed_by="ada", confirmed_at=world.clock.now(),
            expires_at=world.clock.now() + timedelta(hours=1)))  # fmt: skip
    _given(permits, payout_id)
    world.rails.available = world.available = 89_999
    stopped = world.payouts.propose(BEA, "acme", "qbo:1")
    assert stopped.state == "blocked" and "below its buffer" in stopped.state_reason


def test_the_issues_never_list_is_firm() -> None:
    never = {"payload_unchanged", "spendable_cash", "same_bill", "not_frozen", "executor_running", "separate_people"}
    assert not never & LIFTABLE and never <= set(ALL) and set(ALL) >= LIFTABLE


def test_who_may_not(world: World, permits: Permits) -> None:
    payout_id = _blocked(world)
    with pytest.raises(Forbidden):
        permits.request(BEA, payout_id, "limits", reason=WHY)
    asked = permits.request(CARL, payout_id, "limits", reason=WHY)
    with pytest.raises(Refused, match="may not confirm"):
        permits.confirm(CARL, payout_id, asked.permit_id)
    with pytest.raises(Refused, match="advisor or a firm admin"):
        permits.confirm(CLEO, payout_id, asked.permit_id)
    with pytest.raises(Conflict, match="already"):
        permits.request(CLEO, payout_id, "limits", reason=WHY)
    with pytest.raises(NotFound):
        permits.confirm(ADA, payout_id, "none")
    with pytest.raises(NotFound):
        permits.request(CARL, "f" * 32, "limits", reason=WHY)
    for wrong in ({"guard_id": "cash"}, {"reason": "soon"}, {"life_minutes": 1441}, {"life_minutes": 0}):
        with pytest.raises(Invalid, match=next(iter(wrong))):
            permits.request(CARL, payout_id, **{"guard_id": "velocity", "reason": WHY, **wrong})  # type: ignore[arg-type]
    assert "permit.confirm_refused" in world.actions() and "permit.request_refused" in world.actions()


def test_the_preparer_takes_no_part(world: World, permits: Permits) -> None:
    made = world.payouts.propose(CARL, "acme", "qbo:1")
    asked = permits.request(CARL, made.payout_id, "limits", reason=WHY)
    with pytest.raises(Refused, match="prepared"):
        permits.confirm(ADA, made.payout_id, asked.permit_id)


def test_another_amount_is_not_covered(world: World, permits: Permits) -> None:
    payout_id = _blocked(world)
    _given(permits, payout_id)
    world.bill(1, 90_001)
    assert world.payouts.propose(BEA, "acme", "qbo:1").state == "blocked"


def test_open_permits_are_shown_to_whoever_serves_the_client(world: World, permits: Permits) -> None:
    payout_id = _blocked(world)
    _given(permits, payout_id)
    assert (
        [one.payout_id for one in permits.open(BEA)]
        == [payout_id]
        == [one.payout_id for one in permits.open_anywhere()]
    )
    stranger = replace(BEA, person_id="nobody")
    with pytest.raises(Forbidden):
        permits.open(stranger)
    assert set(permits.liftable()) == LIFTABLE
