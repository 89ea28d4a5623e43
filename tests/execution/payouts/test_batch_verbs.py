"""Batches of every verb: a verdict per line, the list that was signed, replays, a cut-off, and rolling back."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from execution.domain.payload import hash_of_list
from execution.errors import Conflict, Forbidden, Invalid, NotFound
from execution.payouts.views import BatchResult, Sheet
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, World, world_with_bills

BEA, CARL, CLEO, ADA = (PEOPLE[name] for name in ("bea", "carl", "cleo", "ada"))


@pytest.fixture
def world() -> Iterator[World]:
    with world_with_bills(None, 90_000, 1_000_000, 80_000, 70_000, buffer_minor=0) as made:
        yield made


def outcomes(done: BatchResult) -> list[str]:
    return [line.outcome for line in done.lines]


def proposed(world: World, *numbers: int) -> list[str]:
    asked = [f"qbo:{number}" for number in numbers]
    done = world.payouts.propose_all(BEA, "acme", asked, idempotency_key=f"propose-{numbers}", reason="week 48")
    assert outcomes(done) == ["proposed"] * len(numbers)
    return [str(line.payout_id) for line in done.lines]


def signed(sheet: Sheet) -> dict[str, str]:
    return {one.payout_id: one.payload_sha256 for one in sheet.payouts}


def act(world: World, who: str, verb: str, ids: Sequence[str], key: str, reason: str = "due") -> BatchResult:
    sheet = world.payouts.sheet(PEOPLE[who], "acme", ids)
    act_all = getattr(world.payouts, f"{verb}_all")
    done: BatchResult = act_all(
        PEOPLE[who], "acme", signed(sheet), list_sha256=sheet.list_sha256, idempotency_key=key, reason=reason
    )
    return done


def test_a_list_goes_all_the_way_with_a_verdict_per_line(world: World) -> None:
    ids = proposed(world, 1, 2, 3)
    assert outcomes(act(world, "carl", "approve", ids, "a1")) == ["approved", "needs_second", "approved"]
    assert outcomes(act(world, "ada", "approve", ids[1:2], "a2")) == ["approved"]
    done = act(world, "carl", "release", ids, "r1")
    assert outcomes(done) == ["released", "refused", "released"]
    assert "other than the approvers" in done.lines[1].reason and ids[1][:8] in done.lines[1].reason
    assert outcomes(act(world, "cleo", "release", ids[1:2], "r2")) == ["released"]
    world.run()
    assert [world.state(one) for one in ids] == ["at_rail"] * 3
    assert world.actions().count("batch.begun") == world.actions().count("batch.finished") == 5


def test_a_line_that_changed_is_refused_with_what_changed_and_stops_no_other(world: World) -> None:
    ids = proposed(world, 1, 3)
    sheet = world.payouts.sheet(CARL, "acme", ids)
    world.payouts.hold(CARL, ids[0], "wait")
    world.bill(1, 91_000)
    world.payouts.propose(BEA, "acme", "qbo:1")
    done = world.payouts.approve_all(CARL, "acme", signed(sheet), list_sha256=sheet.list_sha256, idempotency_key="k")
    assert outcomes(done) == ["refused", "approved"]
    assert "amount $910.00, was $900.00" in done.lines[0].reason
    assert world.actions().count("payout.approval_refused") == 1


def test_only_the_list_that_was_shown_is_signed(world: World) -> None:
    ids = proposed(world, 1, 3)
    sheet = world.payouts.sheet(CARL, "acme", ids)
    assert sheet.list_sha256 == hash_of_list([one.payload_sha256 for one in sheet.payouts])
    assert sheet.total_minor == 170_000
    whole, first = signed(sheet), {ids[0]: sheet.payouts[0].payload_sha256}
    for sent, signature, wanted in (
        (first, sheet.list_sha256, "Read the list again"),
        (whole, "0" * 64, "Read the list again"),
        (whole | {ids[0]: "0" * 64}, sheet.list_sha256, "Read the list again"),
        ({}, sheet.list_sha256, "at least one"),
    ):
        for act_all in (world.payouts.approve_all, world.payouts.release_all):
            with pytest.raises((Conflict, Invalid), match=wanted):
                act_all(CARL, "acme", sent, list_sha256=signature, idempotency_key="k")
    assert world.count(t.approval) == 0 and world.count(t.batch) == 1


def test_hold_reject_and_cancel_ask_for_a_reason_by_line(world: World) -> None:
    ids = proposed(world, 1, 3, 4)
    act_all = {"reject": world.payouts.reject_all, "hold": world.payouts.hold_all, "cancel": world.payouts.cancel_all}
    for verb, past, target in zip(act_all, ("rejected", "held", "cancelled"), ids, strict=True):
        silent = act_all[verb](CARL, "acme", [target], idempotency_key=f"{verb}-silent")
        assert outcomes(silent) == ["refused"] and "Write why" in silent.lines[0].reason
        done = act_all[verb](CARL, "acme", [target], idempotency_key=verb, reason="not now")
        assert outcomes(done) == [past]
    assert [world.state(one) for one in ids] == ["rejected", "blocked", "cancelled"]


def test_a_proposal_that_a_guard_stops_reads_blocked_and_a_live_one_is_refused(world: World) -> None:
    world.bill(1, is_payable_here=False, not_payable_reason="It is in Ramp already")
    (paid,) = proposed(world, 3)
    act(world, "carl", "approve", [paid], "a")
    done = world.payouts.propose_all(BEA, "acme", ["qbo:1", "qbo:3", "qbo:99", "qbo:4"], idempotency_key="p")
    assert outcomes(done) == ["blocked", "refused", "refused", "proposed"]
    assert "in payment already" in done.lines[1].reason and "not among the open bills" in done.lines[2].reason


def test_rights_and_reach_are_asked_for_every_batch(world: World) -> None:
    ids = proposed(world, 1)
    with pytest.raises(Forbidden):
        act(world, "bea", "approve", ids, "k")
    with pytest.raises(NotFound):
        world.payouts.cancel_all(CARL, "nobody", ids, idempotency_key="k", reason="x")
    done = world.payouts.cancel_all(CARL, "acme", ["f" * 32], idempotency_key="k", reason="x")
    assert outcomes(done) == ["refused"] and "There is no payout ffffffff" in done.lines[0].reason


def test_a_batch_that_was_cut_off_is_finished_by_its_key(world: World) -> None:
    ids = proposed(world, 1, 3, 4)
    sheet = world.payouts.sheet(CARL, "acme", ids)
    seen: list[tuple[int, int, str]] = []

    class Cut(BaseException):
        pass

    def stops_after_one(done: int, of: int, line: object) -> None:
        raise Cut

    def run(on_line):  # type: ignore[no-untyped-def]
        return world.payouts.approve_all(CARL, "acme", signed(sheet), list_sha256=sheet.list_sha256,
                                   idempotency_key="k", on_line=on_line)  # fmt: skip

    with pytest.raises(Cut):
        run(stops_after_one)
    [batch] = [one for one in world.payouts.batches(CARL, "acme") if one.verb == "approve"]
    assert (len(batch.lines), batch.line_count, batch.finished_at) == (1, 3, None), "progress can be read"
    done = run(lambda *told: seen.append((told[0], told[1], told[2].outcome)))
    assert seen == [(1, 3, "approved"), (2, 3, "approved"), (3, 3, "approved")] and done.finished_at is not None
    assert run(None) == done == world.payouts.get_batch(CARL, "acme", done.batch_id)
    assert world.actions().count("payout.approved") == 3 and world.count(t.approval) == 3
    with pytest.raises(NotFound):
        world.payouts.get_batch(CARL, "acme", "nothing")


def test_rolling_back_cancels_what_is_not_sent_and_reports_the_rest(world: World) -> None:
    ids = proposed(world, 1, 3, 4)
    act(world, "carl", "approve", ids, "a")
    released = act(world, "carl", "release", ids[:2], "r")
    world.payouts.hold(CARL, ids[1], "not this one")
    world.run()
    assert [world.state(one) for one in ids] == ["at_rail", "blocked", "approved"]
    back = world.payouts.roll_back(CARL, "acme", released.batch_id, reason="wrong week", idempotency_key="b")
    assert outcomes(back) == ["refused", "cancelled"] and back.rolls_back == released.batch_id
    assert "at_rail; close the bill in Ramp" in back.lines[0].reason
    assert world.payouts.roll_back(CARL, "acme", released.batch_id, reason="wrong week", idempotency_key="b") == back
    assert len(world.payouts.reserves(CARL, "acme")) == 1, "what is at Ramp keeps its earmark"
    with pytest.raises(Conflict, match="nothing to roll back"):
        world.payouts.roll_back(CARL, "acme", back.batch_id, reason="again", idempotency_key="b2")


def test_rolling_back_frees_the_holds_of_what_was_reserved(world: World) -> None:
    ids = proposed(world, 1)
    act(world, "carl", "approve", ids, "a")
    released = act(world, "carl", "release", ids, "r")
    world.rails.fault = "never"
    world.run()
    assert world.state(ids[0]) == "reserved" and len(world.payouts.reserves(CARL, "acme")) == 1
    back = world.payouts.roll_back(CARL, "acme", released.batch_id, reason="stop", idempotency_key="b")
    assert outcomes(back) == ["cancelled"] and world.payouts.reserves(CARL, "acme") == []


def test_the_same_list_sent_by_four_at_once_is_decided_once(store_url: str) -> None:
    world = World(store_url, buffer_minor=0)
    for number in (1, 2, 3):
        world.bill(number, 10_000)
    world.learn()
    ids = proposed(world, 1, 2, 3)
    sheet = world.payouts.sheet(CARL, "acme", ids)
    barrier, answers = threading.Barrier(4), list[BatchResult]()

    def send() -> None:
        barrier.wait()
        answers.append(world.payouts.approve_all(
            CARL, "acme", signed(sheet), list_sha256=sheet.list_sha256, idempotency_key="k", reason="due"
        ))  # fmt: skip

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4 and all(outcomes(one) == ["approved"] * 3 for one in answers)
    assert world.count(t.approval) == 3 and world.count(t.batch_line) == 6
    actions = world.actions()
    assert [actions.count(f"batch.{one}") for one in ("begun", "finished")] == [2, 2]
    world.store.dispose()
