"""A form acts once: one use, one person, half an hour; and the same request twice is answered, not repeated."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from execution.errors import Conflict, RowcolError
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, World, world_with_bills

BEA, CARL, CLEO, ADA = (PEOPLE[name] for name in ("bea", "carl", "cleo", "ada"))


@pytest.fixture
def world(store_url: str) -> Iterator[World]:
    with world_with_bills(store_url, 90_000) as made:
        yield made


def test_a_replayed_form_acts_once_and_answers_what_stands_now(world: World) -> None:
    form = world.payouts.open_form(BEA)
    made = world.payouts.propose(BEA, "acme", "qbo:1", note="due", once=form)
    world.payouts.cancel(CARL, made.payout_id, "wrong month")
    # The browser sends the form again: without the key the bill would be proposed a second time.
    again = world.payouts.propose(BEA, "acme", "qbo:1", note="due", once=form)
    assert (again.payout_id, again.state) == (made.payout_id, "cancelled") and world.count(t.payout) == 1
    assert world.payouts.propose(BEA, "acme", "qbo:1").payout_id != made.payout_id


def test_a_form_is_its_persons_alone_and_for_one_act(world: World) -> None:
    made = world.payouts.propose(BEA, "acme", "qbo:1")
    form = world.payouts.open_form(CARL)
    with pytest.raises(Conflict, match="somebody else or never"):
        world.payouts.hold(ADA, made.payout_id, "wait", once=form)
    with pytest.raises(Conflict, match="somebody else or never"):
        world.payouts.hold(CARL, made.payout_id, "wait", once="form_made_up")
    world.payouts.hold(CARL, made.payout_id, "wait", once=form)
    assert world.payouts.hold(CARL, made.payout_id, "wait", once=form).state == "blocked"
    for act in (world.payouts.cancel, world.payouts.reject, world.payouts.hold):
        with pytest.raises(Conflict, match="used for something else"):
            act(CARL, made.payout_id, "another reason", once=form)
    assert world.actions().count("payout.held") == 1


def test_a_form_runs_out(world: World) -> None:
    made = world.payouts.propose(BEA, "acme", "qbo:1")
    form, other = world.payouts.open_form(CARL), world.payouts.open_form(CARL)
    world.clock.at += timedelta(minutes=30)
    world.payouts.hold(CARL, made.payout_id, "wait", once=form)
    world.clock.at += timedelta(seconds=1)
    with pytest.raises(Conflict, match="over 30 minutes ago"):
        world.payouts.cancel(CARL, made.payout_id, "no", once=other)
    assert world.payouts.hold(CARL, made.payout_id, "wait", once=form).state == "blocked", (
        "what was done stays answered"
    )


def test_a_refused_act_spends_nothing(world: World) -> None:
    made = world.payouts.propose(BEA, "acme", "qbo:1")
    form = world.payouts.open_form(CARL)
    with pytest.raises(RowcolError, match="Write why"):
        world.payouts.hold(CARL, made.payout_id, "", once=form)
    assert world.payouts.hold(CARL, made.payout_id, "wait", once=form).state == "blocked"


def test_a_programs_own_key_works_the_same(world: World) -> None:
    made = world.payouts.propose(BEA, "acme", "qbo:1", once="key-00000001")
    world.payouts.cancel(CARL, made.payout_id, "no", once="key-00000001")
    assert world.payouts.propose(BEA, "acme", "qbo:1", once="key-00000001").payout_id == made.payout_id
    with pytest.raises(Conflict, match="Idempotency-Key was used"):
        world.payouts.propose(BEA, "acme", "qbo:1", note="other", once="key-00000001")
    other = world.payouts.propose(BEA, "acme", "qbo:1")
    for _ in range(2):
        signed = world.payouts.approve(CARL, other.payout_id, payload_sha256=other.payload_sha256, once="key-00000002")
        assert signed.state == "approved"
    for _ in range(2):
        assert world.payouts.hold(CARL, other.payout_id, "wait", once="key-00000003").state == "blocked"
    assert world.actions().count("payout.held") == 1


def test_neither_a_key_nor_a_form_is_kept_in_clear(world: World) -> None:
    form = world.payouts.open_form(CARL)
    with world.store.read() as cx:
        assert form not in str(cx.execute(sa.select(t.action_nonce)).all())


def test_two_clicks_at_the_same_moment_make_one_template(world: World) -> None:
    given = {"name": "Rent", "vendor_id_qbo": "q1", "every": "month", "day": 14, "roll": "after", "cap_minor": 100}
    form, barrier, seen = world.payouts.open_form(BEA), threading.Barrier(4), set[str]()

    def click() -> None:
        barrier.wait()
        seen.add(world.payouts.add_recurring(BEA, "acme", once=form, **given).recurring_id)  # type: ignore[arg-type]

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1 and world.count(t.recurring) == 1
