"""The life of a payout at its turns: silence, twins, freezes, returns, limits, outages, clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from execution.audit.verify import verify_chain
from execution.domain.payload import Payload
from execution.errors import Conflict, Invalid, Refused
from execution.facts.ramp_payee import RampVendor
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, World


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    with made.store.read() as cx:
        assert not made.actions() or verify_chain(cx, "firm", semantic=True).ok
    made.store.dispose()


def proof(payout_id: str, candidates: int = 1) -> dict[str, Any]:
    return {"client_id": "acme", "payout_id": payout_id, "candidate_count": candidates, "posting_id_plaid": "tx",
            "posted_date": "2026-11-30", "posting_description": "", "bill_payment_id_qbo": None}  # fmt: skip


def test_the_account_is_bound_before_anybody_can_approve(world: World) -> None:
    bill = world.bill(1)
    made = world.payouts.propose(PEOPLE["bea"], "acme", bill)
    with pytest.raises(Refused, match="not known yet"):
        world.payouts.approve(PEOPLE["carl"], made.payout_id, payload_sha256=made.payload_sha256)
    world.run()
    bound = world.payouts.get(PEOPLE["carl"], made.payout_id).payout
    assert world.row(made.payout_id)["vendor_account_id"] == "account-v1"
    with pytest.raises(Conflict, match="changed since you looked"):
        world.payouts.approve(PEOPLE["carl"], made.payout_id, payload_sha256=made.payload_sha256)
    assert (
        world.payouts.approve(PEOPLE["carl"], made.payout_id, payload_sha256=bound.payload_sha256).state == "approved"
    )


def test_without_one_account_at_ramp_it_is_blocked_early_with_a_remedy(world: World) -> None:
    world.rails.vendors["v1"] = RampVendor("v1", True, None, "")
    made = world.payouts.propose(PEOPLE["bea"], "acme", world.bill(1))
    world.run()
    blocked = world.payouts.get(PEOPLE["carl"], made.payout_id).payout
    assert blocked.state == "blocked" and "Call the vendor" in blocked.state_reason
    world.rails.vendors["v1"] = RampVendor("v1", True, "account-v1", "ACH")
    world.learn()
    assert world.payouts.propose(PEOPLE["bea"], "acme", "qbo:1").state == "proposed"


def test_an_account_swapped_before_the_first_look_is_a_change(world: World) -> None:
    world.rails.vendors["v1"] = RampVendor("v1", True, "new", "ACH", last_paid_account_id="old")
    world.bill(1)
    world.learn()
    assert world.count(t.payee_change) == 1
    made = world.payouts.propose(PEOPLE["bea"], "acme", "qbo:1")
    assert made.state == "blocked" and "changed" in made.state_reason


def test_an_account_swapped_after_the_approval_stops_the_payout(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.rails.vendors["v1"] = RampVendor("v1", True, "other", "ACH")
    world.run()
    assert world.state(payout_id) == "blocked" and world.rails.posts == 0


def test_a_vendor_first_paid_lately_is_still_new(world: World) -> None:
    today = world.clock.now().date()
    for days, effect in ((30, "pass"), (29, "warning")):
        world.bill(1, is_vendor_new=False, first_paid_date=today - timedelta(days=days))
        (told,) = world.payouts.preview(PEOPLE["carl"], "acme", ["qbo:1"])
        world.learn()
        (told,) = world.payouts.preview(PEOPLE["carl"], "acme", ["qbo:1"])
        assert next(v.effect for v in told.verdicts if v.guard_id == "payee") == effect


def test_our_own_bills_at_ramp_are_no_foreign_cash(world: World) -> None:
    first = world.released(world.bill(1))
    world.run()
    second = world.released(world.bill(2))
    world.run()
    bill_id = world.row(first)["rail_bill_id"]
    assert {first, second, bill_id} <= world.rails.own_seen


def test_a_voided_hold_gives_its_limits_back(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.rails.fault = "never"
    world.run()
    assert world.state(payout_id) == "reserved"
    assert (world.used("client_day"), world.used("vendor_day")) == (90_000, 90_000)
    world.clock.at += timedelta(days=1)
    world.payouts.cancel(PEOPLE["carl"], payout_id, "not now")
    assert (world.used("client_day"), world.used("vendor_day")) == (0, 0)
    other = world.released(world.bill(2))
    world.rails.fault = "refused"
    world.run()
    assert world.state(other) == "declined" and world.used("client_day") == 0


def test_a_consumed_hold_keeps_its_limits(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.run()
    world.proofs = [proof(payout_id)]
    world.run()
    assert world.state(payout_id) == "settled" and world.used("client_day") == 90_000
    assert world.payouts.reserves(PEOPLE["carl"], "acme") == []


def test_leaving_silence_takes_three_looks_and_thirty_minutes(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.rails.fault = "lost"
    world.run()
    assert world.state(payout_id) == "unconfirmed"
    for seconds in (6, 31, 121, 601):
        world.run(seconds=seconds)
        assert world.state(payout_id) == "unconfirmed"
    assert world.row(payout_id)["scans_clean"] >= 3 and world.rails.posts == 1
    world.run(seconds=1801)
    assert world.state(payout_id) == "at_rail" and world.rails.posts == 2
    assert len(world.rails.bills) == 1


def test_above_the_automatic_limit_a_person_agrees_first(world: World) -> None:
    payout_id = world.released(world.bill(1, 100_001))
    world.rails.fault = "lost"
    world.run()
    for _ in range(6):
        world.run(minutes=31)
    assert world.state(payout_id) == "unconfirmed" and world.rails.posts == 1
    with pytest.raises(Invalid):
        world.payouts.agree_to_resend(PEOPLE["carl"], payout_id, " ")
    world.payouts.agree_to_resend(PEOPLE["carl"], payout_id, "looked in Ramp, nothing there")
    world.run(minutes=31)
    assert world.state(payout_id) == "at_rail" and world.rails.posts == 2
    with pytest.raises(Conflict):
        world.payouts.agree_to_resend(PEOPLE["carl"], payout_id, "again")


def test_a_late_effect_makes_twins_and_freezes_until_two_people_release(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.rails.fault = "lost"
    world.run()
    late = Payload.from_row(world.row(payout_id))
    for _ in range(5):
        world.run(minutes=31)
    assert world.state(payout_id) == "at_rail"
    world.rails.lands(late)
    world.run(minutes=2)
    assert world.state(payout_id) == "mismatched"
    assert len(world.payouts.reserves(PEOPLE["carl"], "acme")) == 1, "the hold stays"
    world.bill(2)
    world.learn()
    assert world.payouts.propose(PEOPLE["bea"], "acme", "qbo:2").state == "blocked"
    with pytest.raises(Conflict, match="two people close it"):
        world.payouts.unfreeze(PEOPLE["carl"], "acme", "one archived in Ramp")
    for who in ("carl", "ada"):
        world.payouts.close_mismatched(
            PEOPLE[who], payout_id, outcome="cancelled", evidence="both archived", reason="x"
        )
    assert world.payouts.reserves(PEOPLE["carl"], "acme") == []
    with pytest.raises(Invalid):
        world.payouts.unfreeze(PEOPLE["carl"], "acme", "")
    assert world.payouts.unfreeze(PEOPLE["carl"], "acme", "one archived in Ramp") is False
    assert world.payouts.unfreeze(PEOPLE["carl"], "acme", "still me") is False
    with pytest.raises(Refused, match="advisor or a firm admin"):
        world.payouts.unfreeze(PEOPLE["cleo"], "acme", "two controllers")
    assert world.payouts.unfreeze(PEOPLE["ada"], "acme", "seen, agreed") is True
    assert world.payouts.propose(PEOPLE["bea"], "acme", "qbo:2").state == "proposed"
    with pytest.raises(Conflict, match="not frozen"):
        world.payouts.unfreeze(PEOPLE["ada"], "acme", "again")
    actions = world.actions()
    assert actions.count("client.unfrozen") == 1 and "client.unfreeze_asked" in actions


def test_two_bills_found_while_unconfirmed_freeze_at_once(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.rails.fault = "twice"
    world.run()
    assert world.state(payout_id) == "mismatched" and world.count(t.client_freeze) == 1


def test_an_archived_twin_is_no_twin(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.rails.lands(Payload.from_row(world.row(payout_id)), is_archived=True, status_summary="ARCHIVED")
    world.rails.lands(Payload.from_row(world.row(payout_id)))
    world.run()
    assert world.state(payout_id) == "at_rail" and world.row(payout_id)["rail_bill_id"] == "bill-2"
    assert world.rails.posts == 0, "what stands at Ramp already is adopted, never sent"


def test_a_wrong_amount_at_ramp_freezes(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.run()
    world.rails.becomes(payout_id, "PAYMENT_SCHEDULED", amount_minor=90_001)
    world.run()
    assert world.state(payout_id) == "mismatched" and world.count(t.client_freeze) == 1


@pytest.mark.parametrize("last", ["in_flight", "rail_paid", "settled"])
def test_money_that_comes_back_is_returned(world: World, last: str) -> None:
    payout_id = world.released(world.bill(1))
    world.run()
    world.rails.becomes(payout_id, "PAYMENT_PROCESSING", trace_id="t1")
    world.run()
    if last != "in_flight":
        world.rails.becomes(payout_id, "PAYMENT_COMPLETED")
        world.run()
    if last == "settled":
        world.proofs = [proof(payout_id)]
        world.run()
    assert world.state(payout_id) == last
    world.rails.becomes(payout_id, "PAYMENT_ERROR")
    world.run(hours=7)
    assert world.state(payout_id) == "returned"
    assert world.payouts.reserves(PEOPLE["carl"], "acme") == []
    with pytest.raises(Conflict, match="two people"):
        world.payouts.propose(PEOPLE["bea"], "acme", "qbo:1")


def test_a_failure_before_it_left_waits_for_people(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.run()
    world.rails.becomes(payout_id, "PAYMENT_ERROR")
    world.run()
    assert world.state(payout_id) == "at_rail" and "failed in Ramp" in world.row(payout_id)["state_reason"]


def test_a_rail_that_is_down_makes_it_wait_not_stop(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.rails.is_down = True
    for _ in range(3):
        world.run(minutes=1)
    row = world.row(payout_id)
    assert row["state"] == "approved" and row["state_reason"].startswith("Waits: ramp")
    assert world.actions().count("payout.waits") == 1, "said once"
    world.rails.is_down = False
    world.run(minutes=1)
    assert world.state(payout_id) == "at_rail"


def test_a_clock_behind_the_audit_log_stops_everything(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.run(seconds=-6)
    assert world.state(payout_id) == "approved" and world.rails.posts == 0
    world.clock.at += timedelta(seconds=10)
    world.bill(2)
    world.learn()
    made = world.payouts.propose(PEOPLE["bea"], "acme", "qbo:2")
    world.clock.at -= timedelta(seconds=6)
    with pytest.raises(Refused, match="before the last entry"):
        world.payouts.approve(PEOPLE["carl"], made.payout_id, payload_sha256=made.payload_sha256)


def test_proposals_and_approvals_expire(world: World) -> None:
    proposed = world.payouts.propose(PEOPLE["bea"], "acme", world.bill(1)).payout_id
    world.learn()
    approved = world.payouts.propose(PEOPLE["bea"], "acme", world.bill(2))
    world.run()
    approved = world.payouts.get(PEOPLE["carl"], approved.payout_id).payout
    world.payouts.approve(PEOPLE["carl"], approved.payout_id, payload_sha256=approved.payload_sha256)
    world.run(hours=71)
    assert (world.state(proposed), world.state(approved.payout_id)) == ("proposed", "approved")
    world.run(hours=1, seconds=1)
    assert (world.state(proposed), world.state(approved.payout_id)) == ("expired", "expired")
    again = world.payouts.propose(PEOPLE["bea"], "acme", "qbo:1")
    assert again.state == "proposed" and again.payout_id != proposed


def test_a_reservation_expires_before_sending_and_frees_its_cash(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.rails.fault = "never"
    world.run()
    world.rails.is_down = True
    world.run(hours=23)
    assert world.state(payout_id) == "reserved"
    world.run(hours=1, seconds=1)
    assert world.state(payout_id) == "expired" and world.payouts.reserves(PEOPLE["carl"], "acme") == []


def test_the_intake_agent_proposes_what_is_due_once(world: World) -> None:
    today = world.clock.now().date()
    world.bill(1)
    world.bill(2, due_date=today + timedelta(days=7))
    world.bill(3, due_date=today + timedelta(days=8))
    world.bill(4, is_payable_here=False, not_payable_reason="This bill is already in Ramp")
    world.bill(5, invoice_number="INV-1", vendor_id_ramp="v1")
    world.learn()
    made = world.payouts.propose_due("firm")
    assert [one.source_bill_id for one in made] == ["qbo:1", "qbo:2"]
    assert {one.preparer_name for one in made} == {"intake agent"}
    assert world.payouts.propose_due("firm") == []


def test_several_candidates_at_the_bank_settle_nothing(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.run()
    world.proofs = [proof(payout_id, candidates=2)]
    world.run()
    assert world.state(payout_id) == "at_rail" and "2 bank lines" in world.row(payout_id)["state_reason"]
    assert len(world.payouts.reserves(PEOPLE["carl"], "acme")) == 1
