"""Two executors on one store: a call in flight is its holder's, a dead one is taken over from, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from execution import failpoints
from execution.dispatch import HELD_UP
from execution.domain.payload import Payload
from execution.domain.rail import Reply, Request, Wire
from execution.executor import Executor
from execution.payouts.leases import CALL_SECONDS, LIFE, Leases
from execution.presence import Presence
from execution.store import tables as t
from tests.execution.payouts.world import World


class Ticks:
    """A monotonic clock and the store's clock that move only when they are told."""

    def __init__(self, world: World) -> None:
        self.world, self.seconds = world, 1000.0

    def leases(self, owner: str, dead: tuple[str, ...] = ()) -> Leases:
        def store_now(cx: sa.Connection) -> object:
            return self.world.clock.now() + timedelta(seconds=self.seconds)

        return Leases(self.world.store, owner, is_dead=lambda one: one in dead, monotonic=lambda: self.seconds,
                      store_now=store_now)  # type: ignore[arg-type]  # fmt: skip

    def executor(self, owner: str, dead: tuple[str, ...] = ()) -> Executor:
        world = self.world
        return Executor(world.store, world.clock, rails_for=lambda row: world.rails, open_snapshot=world.snapshot,
                        fingerprint_key=b"k" * 32, leases=self.leases(owner, dead))  # fmt: skip


@pytest.fixture
def world(store_url: str) -> Iterator[World]:
    made = World(store_url)
    yield made
    made.store.dispose()


@pytest.fixture
def ticks(world: World) -> Ticks:
    return Ticks(world)


def during_the_call(world: World, act: object) -> None:
    """Something happens while the first executor's request is on the wire."""
    post = world.rails.post

    def posting(request: Request) -> Reply:
        reply = post(request)
        act()  # type: ignore[operator]
        return reply

    world.rails.post = posting  # type: ignore[method-assign]


def test_a_call_in_flight_is_left_to_its_holder(world: World, ticks: Ticks) -> None:
    payout_id = world.released(world.bill(1))
    seen: list[str] = []
    second = ticks.executor("b")

    def act() -> None:
        second.one_pass()
        seen.append(world.state(payout_id))

    during_the_call(world, act)
    ticks.executor("a").one_pass()
    assert seen == ["sending"] and world.state(payout_id) == "at_rail" and world.rails.posts == 1
    assert world.row(payout_id)["lease_owner"] is None


def test_a_lease_that_ran_out_is_taken_over_and_the_late_reply_kept(world: World, ticks: Ticks) -> None:
    payout_id = world.released(world.bill(1))
    world.rails.is_blind = True
    seen: list[str] = []

    def act() -> None:
        ticks.seconds += LIFE.total_seconds() + 1
        ticks.executor("b").one_pass()
        seen.append(world.state(payout_id))

    during_the_call(world, act)
    ticks.executor("a").one_pass()
    assert seen == ["unconfirmed"]
    assert (world.state(payout_id), world.rails.posts) == ("at_rail", 1)
    assert world.actions()[-1] == "payout.sent"


@pytest.mark.parametrize("dead", [(), ("a",)], ids=["unknown", "certainly dead"])
def test_a_killed_holder(world: World, ticks: Ticks, dead: tuple[str, ...]) -> None:
    payout_id = world.released(world.bill(1))

    class Killed(BaseException):
        pass

    def act() -> None:
        raise Killed

    during_the_call(world, act)
    with pytest.raises(Killed):
        ticks.executor("a").one_pass()
    ticks.executor("b", dead).one_pass()
    # The bill is at Ramp: taken over at once from one that is known dead, else when its lease is over.
    assert world.state(payout_id) == ("at_rail" if dead else "sending")
    ticks.seconds += LIFE.total_seconds() + 1
    ticks.executor("b", dead).one_pass()
    assert (world.state(payout_id), world.rails.posts) == ("at_rail", 1)


def test_one_that_was_held_up_does_not_send(world: World, ticks: Ticks) -> None:
    payout_id = world.released(world.bill(1))
    leases = ticks.leases("a")
    executor = Executor(world.store, world.clock, rails_for=lambda row: world.rails, open_snapshot=world.snapshot,
                        fingerprint_key=b"k" * 32, leases=leases)  # fmt: skip
    take_in = leases.take_in

    def taking(cx: sa.Connection, row: object) -> bool:
        done = take_in(cx, row)  # type: ignore[arg-type]
        if row["state"] == "reserved":  # type: ignore[index]
            ticks.seconds += LIFE.total_seconds() - CALL_SECONDS + 1
        return done

    leases.take_in = taking  # type: ignore[method-assign]
    executor.one_pass()
    assert world.rails.posts == 0 and world.state(payout_id) == "reserved"
    assert HELD_UP in world.row(payout_id)["state_reason"]


def test_another_executors_payout_is_not_begun(world: World, ticks: Ticks) -> None:
    payout_id = world.released(world.bill(1))
    with world.store.begin() as cx:
        assert ticks.leases("a").take_in(cx, world.row(payout_id))
    ticks.executor("b").one_pass()
    assert (world.state(payout_id), world.rails.posts) == ("approved", 0)
    ticks.seconds += LIFE.total_seconds() + 1
    ticks.executor("b").one_pass()
    assert (world.state(payout_id), world.rails.posts) == ("at_rail", 1)


def test_a_look_that_another_step_overtook_counts_for_nothing(world: World, ticks: Ticks) -> None:
    world.rails.fault = "lost"
    payout_id = world.released(world.bill(1))
    ticks.executor("a").one_pass()
    assert world.state(payout_id) == "unconfirmed"
    search, inner = world.rails.search, ticks.executor("b")

    def overtaken(payload: Payload) -> object:
        found = search(payload)
        world.rails.search = search  # type: ignore[method-assign]
        inner.one_pass()
        return found

    world.clock.at += timedelta(seconds=6)
    world.rails.search = overtaken  # type: ignore[method-assign,assignment]
    ticks.executor("a").one_pass()
    assert world.row(payout_id)["scans_clean"] == 1


def test_a_reply_that_names_another_bill_freezes(world: World, ticks: Ticks) -> None:
    from execution.payouts import sending

    payout_id = world.released(world.bill(1))
    world.run()
    with world.store.begin() as cx:
        late = Reply(Wire.DONE, "created", 201, "bill-other")
        sending.record(cx, world.row(payout_id), late, world.clock.now(), attempt=1)
    assert world.state(payout_id) == "mismatched" and world.count(t.client_freeze) == 1


def test_presence_tells_the_dead_from_the_living(tmp_path: Path) -> None:
    import os

    first = Presence(tmp_path, "first")
    second = Presence(tmp_path, "second")
    assert not second.is_dead("first") and not second.is_dead("of another machine") and second.cut_off() == []
    os.close(first._handle)  # As the kernel does when it is killed.
    assert second.is_dead("first") and second.cut_off() == ["first"]
    second.bury("first")
    assert second.cut_off() == []
    second.leave()
    assert list(tmp_path.iterdir()) == []


def test_a_mistyped_failpoint_does_not_pass_for_a_quiet_run() -> None:
    with pytest.raises(ValueError, match="no failpoint"):
        failpoints.arm("send-befor")
    assert not failpoints.is_armed()
