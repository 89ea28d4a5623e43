"""One act over several bills: each its own outcome, replays act once, double clicks sign once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from execution.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, World, world_with_bills

CARL, BEA, ADA = PEOPLE["carl"], PEOPLE["bea"], PEOPLE["ada"]


@pytest.fixture
def world() -> Iterator[World]:
    with world_with_bills(None, 90_000, 1_000_000, 80_000, 70_000, buffer_minor=0) as made:
        yield made


def test_each_bill_has_its_own_outcome(world: World) -> None:
    for bill in ("qbo:1", "qbo:2", "qbo:3"):
        world.payouts.propose(BEA, "acme", bill)
    world.bill(3, 80_001)  # Edited in the books since it was proposed.
    asked = ["qbo:1", "qbo:2", "qbo:3", "qbo:4", "qbo:99", "qbo:1"]
    done = world.payouts.approve_bills(CARL, "acme", asked, idempotency_key="k1", note="week 48")
    assert [(line.source_bill_id, line.outcome) for line in done.lines] == [
        ("qbo:1", "approved"), ("qbo:2", "needs_second"), ("qbo:3", "blocked"), ("qbo:4", "blocked"),
        ("qbo:99", "blocked"),
    ]  # fmt: skip
    assert "Propose the bill again" in done.lines[2].reason and "propose" in done.lines[3].reason
    second = world.payouts.approve_bills(ADA, "acme", ["qbo:2"], idempotency_key="k1", note="second")
    assert second.lines[0].outcome == "approved" and second.batch_id != done.batch_id


def test_a_replay_answers_the_first_act_and_signs_nothing(world: World) -> None:
    world.payouts.propose(BEA, "acme", "qbo:1")
    first = world.payouts.approve_bills(CARL, "acme", ["qbo:1", "qbo:4"], idempotency_key="k", note="n")
    signatures, events = world.count(t.approval), len(world.actions())
    world.payouts.propose(BEA, "acme", "qbo:4")
    again = world.payouts.approve_bills(CARL, "acme", ["qbo:1", "qbo:4"], idempotency_key="k", note="n")
    assert again == first, "also the refused line stays refused: a new act needs a new key"
    assert world.count(t.approval) == signatures and world.actions()[events:].count("payout.approved") == 0
    with pytest.raises(Conflict, match="Idempotency-Key"):
        world.payouts.approve_bills(CARL, "acme", ["qbo:1"], idempotency_key="k", note="n")
    with pytest.raises(Conflict, match="Idempotency-Key"):
        world.payouts.approve_bills(CARL, "acme", ["qbo:1", "qbo:4"], idempotency_key="k", note="other")
    with pytest.raises(Invalid):
        world.payouts.approve_bills(CARL, "acme", [], idempotency_key="k2")
    with pytest.raises(Forbidden):
        world.payouts.approve_bills(BEA, "acme", ["qbo:1"], idempotency_key="k3")
    with pytest.raises(NotFound):
        world.payouts.approve_bills(CARL, "nobody", ["qbo:1"], idempotency_key="k4")


def test_a_double_click_acts_once(world: World) -> None:
    made = world.payouts.propose(BEA, "acme", "qbo:1")
    assert world.payouts.propose(BEA, "acme", "qbo:1") == made
    for _ in range(2):
        signed = world.payouts.approve(CARL, made.payout_id, payload_sha256=made.payload_sha256)
        assert (signed.state, signed.approvals_have) == ("approved", 1)
    for _ in range(2):
        world.payouts.release(CARL, made.payout_id)
    actions = world.actions()
    assert [actions.count(f"payout.{verb}") for verb in ("proposed", "approved", "released")] == [1, 1, 1]


def test_two_people_sign_from_the_highest_band_and_a_third_releases(world: World) -> None:
    made = world.payouts.propose(BEA, "acme", "qbo:2")
    sha = made.payload_sha256
    with pytest.raises(Invalid, match="write why"):
        world.payouts.approve(CARL, made.payout_id, payload_sha256=sha)
    for _ in range(2):
        assert world.payouts.approve(CARL, made.payout_id, payload_sha256=sha, reason="checked").state == "proposed"
    with pytest.raises(Conflict):
        world.payouts.release(PEOPLE["cleo"], made.payout_id)
    assert world.payouts.approve(ADA, made.payout_id, payload_sha256=sha, reason="agreed").state == "approved"
    for approver in (CARL, ADA):
        with pytest.raises(Refused, match="other than the approvers"):
            world.payouts.release(approver, made.payout_id)
    assert world.payouts.release(PEOPLE["cleo"], made.payout_id).released_at is not None


def test_a_preparer_never_approves_and_each_refusal_leaves_a_row(world: World) -> None:
    made = world.payouts.propose(CARL, "acme", "qbo:1")
    with pytest.raises(Refused, match="preparer"):
        world.payouts.approve(CARL, made.payout_id, payload_sha256=made.payload_sha256, reason="mine")
    with pytest.raises(NotFound):
        world.payouts.propose(BEA, "acme", "qbo:404")
    with pytest.raises(Forbidden):
        world.payouts.approve(BEA, made.payout_id, payload_sha256=made.payload_sha256)
    assert world.count(t.approval) == 0
    actions = world.actions()
    assert actions.count("payout.approve_refused") == 2 and actions.count("payout.propose_refused") == 1


def test_a_preview_of_forty_bills_is_quick_and_writes_nothing(world: World) -> None:
    for number in range(10, 50):
        world.bill(number, 20_000 + number)
    asked = [f"qbo:{number}" for number in range(10, 50)]
    statements: list[str] = []
    sa.event.listen(world.store.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    verdicts = world.payouts.preview(CARL, "acme", asked)
    few = len(statements)
    assert len(verdicts) == 40 and few < 25, statements
    world.payouts.preview(CARL, "acme", asked[:2])
    assert len(statements) - few == few, "the number of reads does not grow with the number of bills"
    assert not any(text.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")) for text in statements)
