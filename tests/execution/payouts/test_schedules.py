"""Payouts by the calendar: a planned release asks again, a template only proposes, and every day it missed is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from execution.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from execution.payouts.released_by_clock import release_due
from execution.service.schedules import Recurring
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, START, World

BEA, CARL, CLEO, ADA, FARID = (PEOPLE[name] for name in ("bea", "carl", "cleo", "ada", "farid"))
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.store.dispose()


def approved(world: World, minor: int = 90_000) -> str:
    world.bill(1, minor)
    world.learn()
    made = world.payouts.propose(BEA, "acme", "qbo:1")
    world.payouts.approve(CARL, made.payout_id, payload_sha256=made.payload_sha256, reason="due")
    return made.payout_id


def leaves(world: World, person_id: str) -> None:
    m = t.membership
    with world.store.begin() as cx:
        cx.execute(sa.update(m).where(m.c.person_id == person_id).values(to_at=world.clock.at))


def test_a_planned_release_goes_when_its_instant_comes(world: World) -> None:
    payout_id = approved(world)
    planned = world.payouts.plan_release(CLEO, payout_id, at=START + HOUR)
    assert planned.release_at == START + HOUR and planned.released_at is None
    assert world.payouts.plan_release(CLEO, payout_id, at=START + HOUR).version == planned.version, "a double click"
    assert release_due(world.store, world.clock) == []
    world.run(minutes=59)
    assert world.state(payout_id) == "approved" and world.rails.posts == 0
    world.clock.at += timedelta(minutes=1)
    [row] = release_due(world.store, world.clock)
    assert (row["released_by"], row["released_at"], row["release_at"]) == ("cleo", START + HOUR, None)
    assert release_due(world.store, world.clock) == []
    world.run()
    assert world.state(payout_id) == "at_rail"


def test_the_guards_are_asked_again_at_the_instant(world: World) -> None:
    payout_id = approved(world)
    world.payouts.plan_release(CLEO, payout_id, at=START + HOUR)
    world.bill(1, 89_999)
    world.clock.at += HOUR
    release_due(world.store, world.clock)
    world.run()
    assert world.state(payout_id) == "blocked" and world.rails.posts == 0


def test_who_plans_may_still_release_when_the_instant_comes(world: World) -> None:
    payout_id = approved(world)
    world.payouts.plan_release(CLEO, payout_id, at=START + HOUR)
    world.clock.at += timedelta(minutes=30)
    leaves(world, "cleo")
    world.clock.at += timedelta(minutes=30)
    [row] = release_due(world.store, world.clock)
    assert row["released_at"] is None and row["release_at"] is None and row["released_by"] is None
    assert "no longer works for this client; somebody else releases it" in row["state_reason"]
    assert "payout.release_dropped" in world.actions()
    assert world.payouts.release(CARL, payout_id).released_at is not None


def test_planning_keeps_people_apart_and_within_the_approvals_life(world: World) -> None:
    payout_id = approved(world, 600_000)
    with pytest.raises(Refused, match="other than the approvers"):
        world.payouts.plan_release(CARL, payout_id, at=START + HOUR)
    for at, said in (
        (START, "is past"),
        (START + timedelta(hours=73), "lasts until"),
        (START.replace(tzinfo=None), "zone"),
    ):
        with pytest.raises(Invalid, match=said):
            world.payouts.plan_release(CLEO, payout_id, at=at)
    with pytest.raises(Forbidden):
        world.payouts.plan_release(BEA, payout_id, at=START + HOUR)
    world.payouts.plan_release(CLEO, payout_id, at=START + HOUR)
    assert world.payouts.unplan_release(ADA, payout_id).release_at is None
    with pytest.raises(Conflict, match="No release"):
        world.payouts.unplan_release(ADA, payout_id)
    world.payouts.plan_release(CLEO, payout_id, at=START + HOUR)
    assert world.payouts.hold(CARL, payout_id, "wait").release_at is None
    world.clock.at += HOUR
    assert release_due(world.store, world.clock) == []


def template(world: World, **changes: Any) -> Recurring:
    """The rent: on the 14th of the month, up to $1,000. The clock stands on 24 November."""
    given: dict[str, Any] = {
        "name": "Rent", "vendor_id_qbo": "q1", "every": "month", "day": 14, "roll": "after", "cap_minor": 100_000,
    }  # fmt: skip
    return world.payouts.add_recurring(BEA, "acme", **{**given, **changes})


def on(world: World, day: date) -> list[Any]:
    """The nightly step on that day."""
    world.clock.at = START.replace(year=day.year, month=day.month, day=day.day)
    return list(world.payouts.propose_due("firm"))


def runs(world: World) -> list[tuple[str, str]]:
    [one] = world.payouts.recurring(BEA, "acme")
    return [(run.arrival_date.isoformat(), run.outcome) for run in reversed(one.runs)]


def test_a_template_proposes_in_time_for_its_day_and_no_more_than_that(world: World) -> None:
    world.bill(1, due_date=date(2026, 12, 20))
    world.learn()
    made = template(world)
    assert (made.state, made.next_arrival_date) == ("active", date(2026, 12, 14))
    assert on(world, date(2026, 12, 4)) == []
    world.learn()
    [payout] = on(world, date(2026, 12, 7))
    assert (payout.state, payout.arrival_date) == ("proposed", date(2026, 12, 14))
    assert (payout.preparer_id, payout.preparer_name) == ("bea", "Bea (recurring)")
    assert on(world, date(2026, 12, 8)) == []
    assert runs(world) == [("2026-12-14", "proposed")] and world.count(t.approval) == 0
    # Approved and guarded like every other: its owner may not approve, a colleague does.
    payout = world.payouts.get(CARL, payout.payout_id).payout
    world.payouts.approve(CARL, payout.payout_id, payload_sha256=payout.payload_sha256)
    world.bill(2, vendor_id_qbo="q1", due_date=date(2027, 1, 20))
    world.learn()
    [second] = on(world, date(2027, 1, 7))
    assert (second.source_bill_id, second.arrival_date) == ("qbo:2", date(2027, 1, 14))


def test_the_owner_of_a_template_approves_none_of_its_payouts(world: World) -> None:
    world.bill(1, due_date=date(2026, 12, 20))
    world.learn()
    made = template(world)
    world.payouts.pause_recurring(BEA, "acme", made.recurring_id, "holiday")
    assert world.payouts.resume_recurring(CARL, "acme", made.recurring_id).owner_id == "carl"
    [payout] = on(world, date(2026, 12, 7))
    world.learn()
    with pytest.raises(Refused, match="preparer may not approve"):
        world.payouts.approve(CARL, payout.payout_id, payload_sha256=payout.payload_sha256)


def test_each_day_without_a_proposal_says_why_and_is_tried_while_it_can_be_reached(world: World) -> None:
    world.bill(1, due_date=date(2026, 12, 30))
    template(world, invoice_prefix="RENT-")
    assert on(world, date(2026, 12, 7)) == [] and runs(world) == [("2026-12-14", "no_bill")]
    world.bill(1, 100_001, due_date=date(2026, 12, 30), invoice_number="RENT-12")
    assert on(world, date(2026, 12, 8)) == [] and runs(world) == [("2026-12-14", "over_cap")]
    [one] = world.payouts.recurring(BEA, "acme")
    assert "$1,000.01, above the cap of $1,000.00" in one.runs[0].reason
    world.bill(1, 100_000, due_date=date(2026, 12, 30), invoice_number="RENT-12")
    world.learn()
    assert len(on(world, date(2026, 12, 9))) == 1 and runs(world) == [("2026-12-14", "proposed")]


def test_a_day_that_nobody_ran_for_is_named_missed(world: World) -> None:
    world.bill(1, due_date=date(2027, 3, 1))
    world.learn()
    template(world)
    assert on(world, date(2027, 1, 13)) == []
    assert runs(world) == [("2026-12-14", "missed"), ("2027-01-14", "missed")]
    [one] = world.payouts.recurring(BEA, "acme")
    assert "by hand" in one.runs[0].reason and "2027-01-14 can no longer be reached" in one.runs[0].reason


def test_a_day_out_of_reach_when_the_template_was_made_is_not_missed(world: World) -> None:
    world.bill(1, due_date=date(2026, 12, 30))
    world.learn()
    template(world, day=27)
    assert on(world, date(2026, 11, 24)) == [] and runs(world) == []
    template(world, name="Later", day=28)  # Saturday: on Monday 30 November, which can be reached.
    assert [one.arrival_date for one in on(world, date(2026, 11, 24))] == [date(2026, 11, 30)]


def test_paused_resumed_ended(world: World) -> None:
    world.bill(1, due_date=date(2027, 3, 1))
    world.learn()
    made = template(world, end_date=date(2027, 1, 31))
    with pytest.raises(Invalid, match="write why you pause"):
        world.payouts.pause_recurring(BEA, "acme", made.recurring_id, " ")
    world.payouts.pause_recurring(BEA, "acme", made.recurring_id, "vendor moves")
    assert on(world, date(2026, 12, 10)) == [] and runs(world) == [("2026-12-14", "missed")]
    assert on(world, date(2027, 1, 8)) == [] and runs(world)[1:] == [("2027-01-14", "paused")]
    world.payouts.resume_recurring(BEA, "acme", made.recurring_id)
    assert len(on(world, date(2027, 1, 8))) == 1 and runs(world)[1:] == [("2027-01-14", "proposed")]
    on(world, date(2027, 2, 1))
    [one] = world.payouts.recurring(BEA, "acme")
    assert (one.state, one.next_arrival_date) == ("ended", None) and "2027-01-31" in one.state_reason
    for again in (world.payouts.resume_recurring,):
        with pytest.raises(Conflict, match="has ended"):
            again(BEA, "acme", made.recurring_id)


def test_a_template_whose_owner_left_waits_for_somebody_to_take_it_over(world: World) -> None:
    world.bill(1, due_date=date(2026, 12, 20))
    world.learn()
    made = template(world)
    world.clock.at += HOUR
    leaves(world, "bea")
    assert on(world, date(2026, 12, 7)) == []
    [one] = world.payouts.recurring(CARL, "acme")
    assert one.state == "paused" and "whoever resumes it takes it over" in one.state_reason
    world.payouts.resume_recurring(ADA, "acme", made.recurring_id)
    [payout] = on(world, date(2026, 12, 7))
    assert payout.preparer_id == "ada"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "name"),
        ({"every": "day"}, "every"),
        ({"roll": "never"}, "roll"),
        ({"day": 32}, "day"),
        ({"every": "week", "day": 8}, "day"),
        ({"cap_minor": 0}, "cap_minor"),
        ({"start_date": date(2026, 11, 23)}, "start_date"),
        ({"end_date": date(2026, 11, 23)}, "end_date"),
    ],
)
def test_a_template_that_makes_no_sense(world: World, changes: dict[str, Any], said: str) -> None:
    world.bill(1)
    with pytest.raises(Invalid, match=f"^{said}: "):
        template(world, **changes)
    assert world.count(t.recurring) == 0


def test_rights_and_unknown_records(world: World) -> None:
    world.bill(1)
    with pytest.raises(NotFound, match="No open bill of vendor q9"):
        template(world, vendor_id_qbo="q9")
    made = template(world)
    for nobody in (FARID,):
        with pytest.raises(Forbidden, match="may not schedule"):
            world.payouts.end_recurring(nobody, "acme", made.recurring_id, "no")
    with pytest.raises(NotFound):
        world.payouts.end_recurring(BEA, "acme", "nothing", "no")
    assert world.payouts.end_recurring(BEA, "acme", made.recurring_id, "moved out").state == "ended"
