"""What only two people complete: paying again what came back, and closing what does not match."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from execution.errors import Conflict, Forbidden, Invalid, Refused
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, World

BEA, CARL, CLEO, ADA, FARID = (PEOPLE[name] for name in ("bea", "carl", "cleo", "ada", "farid"))


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.store.dispose()


def returned(world: World) -> str:
    payout_id = world.released(world.bill(1))
    world.run()
    world.rails.becomes(payout_id, "PAYMENT_PROCESSING", trace_id="t1")
    world.run()
    world.rails.becomes(payout_id, "PAYMENT_ERROR")
    world.run(hours=7)
    assert world.state(payout_id) == "returned"
    return payout_id


def mismatched(world: World) -> str:
    payout_id = world.released(world.bill(1))
    world.run()
    world.rails.becomes(payout_id, "PAYMENT_SCHEDULED", amount_minor=90_001)
    world.run()
    assert world.state(payout_id) == "mismatched" and world.count(t.client_freeze) == 1
    return payout_id


def test_what_came_back_is_paid_again_only_by_two_people_and_once(world: World) -> None:
    payout_id = returned(world)
    with pytest.raises(Conflict, match="two people must agree to pay it again"):
        world.payouts.propose(BEA, "acme", "qbo:1")
    assert world.payouts.get(CARL, payout_id).payout.next_step.act == "reissue"
    world.payouts.reissue(CARL, payout_id, "the vendor gave a new account")
    world.payouts.reissue(CARL, payout_id, "still me")
    with pytest.raises(Conflict, match="two people"):
        world.payouts.propose(BEA, "acme", "qbo:1")
    with pytest.raises(Refused, match="advisor or a firm admin"):
        world.payouts.reissue(CLEO, payout_id, "two controllers")
    world.payouts.reissue(ADA, payout_id, "agreed")
    again = world.payouts.propose(BEA, "acme", "qbo:1")
    assert again.state == "proposed" and again.payout_id != payout_id
    assert world.row(again.payout_id)["generation"] == 2
    # The new generation goes the usual way, and separation holds in it.
    with pytest.raises(Forbidden):
        world.payouts.approve(BEA, again.payout_id, payload_sha256=again.payload_sha256)
    world.payouts.approve(CARL, again.payout_id, payload_sha256=again.payload_sha256)
    world.payouts.release(CLEO, again.payout_id)
    world.run()
    assert world.state(again.payout_id) == "at_rail" and len(world.rails.bills) == 2
    actions = world.actions()
    assert actions.count("payout.reissue_asked") == 2 and actions.count("payout.reissue_agreed") == 1
    world.rails.becomes(again.payout_id, "ARCHIVED", is_archived=True)
    world.run(minutes=2)
    assert world.state(again.payout_id) == "cancelled"
    with pytest.raises(Conflict, match="two people must agree"):
        world.payouts.propose(BEA, "acme", "qbo:1")


def test_a_request_nobody_agrees_to_lapses(world: World) -> None:
    payout_id = returned(world)
    world.payouts.reissue(CARL, payout_id, "please")
    world.clock.at += timedelta(hours=72, seconds=1)
    world.payouts.reissue(ADA, payout_id, "found this today")
    with pytest.raises(Conflict, match="two people"):
        world.payouts.propose(BEA, "acme", "qbo:1")
    world.payouts.reissue(CARL, payout_id, "yes")
    assert [one["agreed_by"] for one in world.payouts.get(CARL, payout_id).joint_acts] == [None, "carl"]


def test_what_never_stood_at_ramp_needs_no_two_people(world: World) -> None:
    payout_id = world.released(world.bill(1))
    with pytest.raises(Conflict, match="only one that came back"):
        world.payouts.reissue(CARL, payout_id, "why not")
    world.rails.fault = "refused"
    world.run()
    assert world.state(payout_id) == "declined"
    with pytest.raises(Conflict, match="never stood at Ramp"):
        world.payouts.reissue(CARL, payout_id, "why not")
    assert world.payouts.propose(BEA, "acme", "qbo:1").state == "proposed"


def test_neither_the_preparer_nor_an_empty_reason_reissues(world: World) -> None:
    world.bill(1)
    world.learn()
    made = world.payouts.propose(CARL, "acme", "qbo:1")
    world.payouts.approve(CLEO, made.payout_id, payload_sha256=made.payload_sha256)
    world.payouts.release(ADA, made.payout_id)
    world.run()
    world.rails.becomes(made.payout_id, "PAYMENT_PROCESSING", trace_id="t1")
    world.run()
    world.rails.becomes(made.payout_id, "PAYMENT_ERROR")
    world.run(hours=7)
    with pytest.raises(Refused, match="Whoever prepared payout"):
        world.payouts.reissue(CARL, made.payout_id, "mine")
    with pytest.raises(Invalid, match="write why"):
        world.payouts.reissue(ADA, made.payout_id, "  ")
    with pytest.raises(Forbidden, match="may not reissue"):
        world.payouts.reissue(BEA, made.payout_id, "please")


@pytest.mark.parametrize(("outcome", "held"), [("settled", 0), ("returned", 0), ("cancelled", 0)])
def test_a_mismatch_is_closed_on_evidence_and_then_the_client_thaws(world: World, outcome: str, held: int) -> None:
    payout_id = mismatched(world)
    assert len(world.payouts.reserves(CARL, "acme")) == 1
    with pytest.raises(Conflict, match="two people close it"):
        world.payouts.unfreeze(CARL, "acme", "all fine")
    evidence = {"outcome": outcome, "evidence": "tx-77", "reason": "the bank shows it"}
    world.payouts.close_mismatched(CARL, payout_id, **evidence)
    assert world.state(payout_id) == "mismatched", "one person closes nothing"
    with pytest.raises(Conflict, match="Carl asked to close payout .* as"):
        world.payouts.close_mismatched(ADA, payout_id, **{**evidence, "evidence": "tx-78"})
    with pytest.raises(Refused, match="advisor or a firm admin"):
        world.payouts.close_mismatched(CLEO, payout_id, **evidence)
    closed = world.payouts.close_mismatched(ADA, payout_id, **evidence)
    assert closed.state == outcome and "Carl and Ada" in closed.state_reason
    assert len(world.payouts.reserves(CARL, "acme")) == held
    row = world.row(payout_id)
    assert (row["posting_id_plaid"] == "tx-77") == (outcome == "settled")
    assert world.used("client_day") == (90_000 if outcome == "settled" else 0), "what was paid still counts"
    assert world.payouts.unfreeze(CARL, "acme", "closed") is False
    assert world.payouts.unfreeze(ADA, "acme", "closed") is True


def test_closing_asks_for_an_outcome_an_evidence_and_its_own_bank_line(world: World) -> None:
    first = world.released(world.bill(2))
    world.run()
    world.proofs = [{"client_id": "acme", "payout_id": first, "candidate_count": 1, "posting_id_plaid": "tx",
                     "posted_date": "2026-11-30", "posting_description": "", "bill_payment_id_qbo": None}]  # fmt: skip
    world.run()
    payout_id = mismatched(world)
    for given, error in (
        ({"outcome": "paid", "evidence": "x"}, Invalid),
        ({"outcome": "settled", "evidence": " "}, Invalid),
        ({"outcome": "settled", "evidence": "tx"}, Refused),
    ):
        with pytest.raises(error):
            world.payouts.close_mismatched(CARL, payout_id, reason="seen", **given)
    with pytest.raises(Conflict, match="only a mismatched one"):
        world.payouts.close_mismatched(CARL, first, outcome="settled", evidence="tx", reason="seen")
    with pytest.raises(Forbidden):
        world.payouts.close_mismatched(BEA, payout_id, outcome="cancelled", evidence="x", reason="seen")
    assert world.count(t.joint_act) == 0


def test_what_waits_for_whom(world: World) -> None:
    for number, minor in ((1, 90_000), (2, 1_000_000), (3, 70_000)):
        world.bill(number, minor)
    world.rails.available = 10_000_000
    world.learn()
    one, two, three = [world.payouts.propose(BEA, "acme", f"qbo:{number}") for number in (1, 2, 3)]
    world.payouts.approve(CARL, two.payout_id, payload_sha256=two.payload_sha256, reason="due")
    world.payouts.approve(CARL, three.payout_id, payload_sha256=three.payload_sha256)
    world.payouts.hold(CARL, one.payout_id, "unclear")

    def waits(who: str) -> set[tuple[str, str]]:
        return {(w.payout.source_bill_id, w.act) for w in world.payouts.waiting(PEOPLE[who])}

    assert waits("ada") == {("qbo:1", "propose"), ("qbo:2", "approve"), ("qbo:3", "release")}
    assert waits("carl") == {("qbo:1", "propose"), ("qbo:3", "release")}, "the second signature is not Carl's to give"
    assert waits("farid") == {("qbo:2", "approve"), ("qbo:3", "release")}
    assert waits("bea") == {("qbo:1", "propose")}
    assert all(w.due_at is not None and w.what for w in world.payouts.waiting(ADA))
    assert world.payouts.waiting(ADA, "acme") == world.payouts.waiting(ADA)


def test_what_came_back_waits_until_its_bill_is_proposed_anew(world: World) -> None:
    payout_id = returned(world)
    assert [w.act for w in world.payouts.waiting(ADA)] == ["reissue"]
    assert world.payouts.waiting(BEA) == []
    world.payouts.reissue(CARL, payout_id, "again")
    assert [w.act for w in world.payouts.waiting(ADA)] == ["reissue"] and world.payouts.waiting(CARL) == []
    world.payouts.reissue(ADA, payout_id, "again")
    assert world.payouts.waiting(ADA) == []
