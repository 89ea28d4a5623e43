"""Days for open bills: proposed by the road of every proposal, late only where a person allowed it, terms audited."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from execution.errors import Conflict, Forbidden, Invalid, NotFound, StaleData
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, START, World

BEA, CARL, ADA, FARID = (PEOPLE[name] for name in ("bea", "carl", "ada", "farid"))
TODAY = START.date()
MONDAY = TODAY - timedelta(days=TODAY.weekday())


def weeks(world: World, *nets: int, opening: int = 5_000_000, spread: int = 12_816) -> None:
    """A projection of the given nets; the bills stand in it on the weeks that `lines` names."""
    world.weeks, balance = [], opening
    for number, net in enumerate(nets, 1):
        row = {"week_number": number, "week_start_date": MONDAY + timedelta(days=7 * (number - 1)), "is_forecast": True,
               "opening_balance_minor": balance, "inflow_minor": max(net, 0), "outflow_minor": min(net, 0),
               "closing_balance_minor": balance + net, "closing_balance_minor_low": balance + net - spread,
               "buffer_minor": 0}  # fmt: skip
        world.weeks.append(row)
        balance += net


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    made.bill(1, 400_000, due_date=MONDAY + timedelta(days=18))
    made.learn()
    weeks(made, 0, 500_000, -900_000, 0)
    made.lines = [{"flow": "bills", "source_id": "qbo:1", "week_number": 3, "amount_minor": -400_000}]
    yield made
    made.store.dispose()


def friday(week: int) -> date:
    return MONDAY + timedelta(days=7 * week + 4)


def test_reading_a_schedule_says_what_would_change_and_changes_nothing(world: World) -> None:
    found = world.payouts.schedule_proposals(CARL, "acme")
    [one] = found.dates
    assert (one.old_date, one.new_date) == (friday(2), friday(1))
    assert found.before.volatility_minor > found.after.volatility_minor and found.after.late_count == 0
    assert found.before.lowest_minor == 4_600_000
    assert world.count(t.payout) == 0


def test_chosen_days_become_proposals_that_a_colleague_approves(world: World) -> None:
    dates = {"qbo:1": friday(1).isoformat()}
    done = world.payouts.propose_schedule(BEA, "acme", dates, idempotency_key="key-1", reason="steadier weeks")
    assert [line.outcome for line in done.lines] == ["proposed"]
    again = world.payouts.propose_schedule(BEA, "acme", dates, idempotency_key="key-1", reason="steadier weeks")
    assert again.batch_id == done.batch_id
    made = world.payouts.get(BEA, done.lines[0].payout_id or "").payout
    assert (made.arrival_date, made.state, made.approvals_have) == (friday(1), "proposed", 0)
    assert {"batch.begun", "payout.proposed", "batch.finished"} <= set(world.actions())
    with pytest.raises(Conflict, match="another list"):
        world.payouts.propose_schedule(
            BEA, "acme", {"qbo:1": friday(2).isoformat()}, idempotency_key="key-1", reason="steadier weeks"
        )
    assert "Payout" in world.payouts.schedule_proposals(BEA, "acme").left_out["qbo:1"]


def test_a_late_day_is_refused_until_a_person_allows_it(world: World) -> None:
    late = {"qbo:1": friday(3).isoformat()}
    done = world.payouts.propose_schedule(BEA, "acme", late, idempotency_key="key-1")
    assert done.lines[0].outcome == "refused" and "allow days after the due date" in done.lines[0].reason
    assert world.payouts.schedule_proposals(BEA, "acme").dates[0].new_date <= friday(2)
    world.payouts.set_pay_terms(BEA, "acme", "q1", source_bill_id="qbo:1", days_late=7, reason="agreed by telephone")
    done = world.payouts.propose_schedule(BEA, "acme", late, idempotency_key="key-2")
    assert done.lines[0].outcome == "proposed"


def test_the_bills_own_terms_count_before_its_vendors(world: World) -> None:
    weeks(world, 0, -900_000, -900_000, 2_000_000)
    world.payouts.set_pay_terms(ADA, "acme", "q1", days_late=7, reason="they always wait a week")
    assert world.payouts.schedule_proposals(ADA, "acme").dates[0].new_date > friday(2)
    world.payouts.set_pay_terms(ADA, "acme", "q1", source_bill_id="qbo:1")
    assert world.payouts.schedule_proposals(ADA, "acme").dates[0].new_date <= friday(2)
    vendor, bill = world.payouts.pay_terms(ADA, "acme")
    assert (vendor.days_late, vendor.source_bill_id, bill.days_late, bill.source_bill_id) == (7, "", 0, "qbo:1")
    changed = world.payouts.set_pay_terms(ADA, "acme", "q1", days_late=3, reason="only three days now")
    assert changed.days_late == 3 and len(world.payouts.pay_terms(ADA, "acme")) == 2
    assert world.actions().count("pay_terms.set") == 3


def test_a_discount_is_weighed_and_shown(world: World) -> None:
    weeks(world, 0, 0, -400_000, 0)
    world.payouts.set_pay_terms(BEA, "acme", "q1", discount_bp=200, discount_days=11)
    found = world.payouts.schedule_proposals(BEA, "acme")
    assert found.before.cost_minor == 8_000 and found.after.cost_minor == 0
    assert "saves $80.00" in found.dates[0].why


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"days_late": 91, "reason": "x"}, "days_late"),
        ({"days_late": 3}, "reason"),
        ({"discount_bp": 200}, "discount_days"),
        ({"priority": 4}, "priority"),
        ({"late_fee_bp": -1}, "late_fee_bp"),
    ],
)
def test_terms_that_make_no_sense_are_named(world: World, said: dict[str, int], wrong: str) -> None:
    with pytest.raises(Invalid, match=wrong):
        world.payouts.set_pay_terms(BEA, "acme", "q1", **said)  # type: ignore[arg-type]


def test_who_may(world: World) -> None:
    dates = {"qbo:1": friday(1).isoformat()}
    with pytest.raises(Forbidden):
        world.payouts.propose_schedule(FARID, "acme", dates, idempotency_key="k")
    with pytest.raises(Forbidden):
        world.payouts.set_pay_terms(FARID, "acme", "q1", days_late=3, reason="x")
    with pytest.raises(NotFound):
        world.payouts.set_pay_terms(BEA, "acme", "q9", days_late=3, reason="x")
    with pytest.raises(Invalid, match="no day"):
        world.payouts.propose_schedule(BEA, "acme", {"qbo:1": "soon"}, idempotency_key="k")
    with pytest.raises(Invalid, match="at least one"):
        world.payouts.propose_schedule(BEA, "acme", {}, idempotency_key="k")


def test_what_cannot_be_chosen_says_why(world: World) -> None:
    world.bill(2, 5_000, duplicate_of="qbo:1")
    world.bill(3, 5_000, is_payable_here=False, not_payable_reason="Ramp is not connected")
    world.bill(4, 5_000, due_date=None)
    left = world.payouts.schedule_proposals(CARL, "acme").left_out
    assert (
        "copy of qbo:1" in left["qbo:2"] and left["qbo:3"] == "Ramp is not connected" and "no due date" in left["qbo:4"]
    )
    world.weeks = []
    with pytest.raises(StaleData, match="No projection"):
        world.payouts.schedule_proposals(CARL, "acme")
