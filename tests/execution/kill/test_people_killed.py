"""The console is killed while a person decides: the decision is written whole or not at all."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from execution import failpoints
from execution.audit.verify import verify_chain
from execution.payouts import holds
from execution.service.payouts import Payouts
from execution.settings import Settings
from execution.store import Store
from execution.store import tables as t
from tests.execution.kill.bed import in_a_fork
from tests.execution.payouts.world import PEOPLE, World

Act = Callable[[Payouts, str, str], object]
ACTS: dict[str, tuple[str, Act, str]] = {
    # Name of the transaction: what stands before, the act, what stands after.
    "propose": ("", lambda desk, payout, sha: desk.propose(PEOPLE["bea"], "acme", "qbo:1"), "proposed"),
    "approve": ("proposed", lambda desk, payout, sha: desk.approve(
        PEOPLE["carl"], payout, payload_sha256=sha, reason="due"), "approved"),
    "release": ("approved", lambda desk, payout, sha: desk.release(PEOPLE["cleo"], payout), "approved"),
    "cancel": ("approved", lambda desk, payout, sha: desk.cancel(PEOPLE["ada"], payout, "no more"), "cancelled"),
}  # fmt: skip


@pytest.fixture
def world(store_url: str) -> Iterator[World]:
    logging.disable(logging.CRITICAL)
    made = World(store_url)
    made.bill(1)
    made.learn()
    yield made
    made.store.dispose()
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("act", ACTS)
def test_a_decision_is_whole_or_not_at_all(world: World, act: str) -> None:
    before, do, after = ACTS[act]
    payout_id = sha = ""
    if before:
        made = world.payouts.propose(PEOPLE["bea"], "acme", "qbo:1")
        payout_id, sha = made.payout_id, made.payload_sha256
    if before == "approved":
        ACTS["approve"][1](world.payouts, payout_id, sha)
    events = world.actions()

    def decide(place: str | None) -> None:
        failpoints.arm(place)
        store = Store(world.store.url)
        desk = Payouts(store, world.clock, Settings.from_env({"ROWCOL_DATA": str(world.root)}))
        desk._snapshot = world.snapshot  # type: ignore[method-assign,assignment]
        do(desk, payout_id, sha)

    for point in failpoints.POINTS:
        if (act, point) == ("propose", "after-lock"):
            continue  # There is no row to lock yet.
        world.store.dispose()  # A connection is of one process alone.
        code, told = in_a_fork(lambda place=f"{act}.{point}": decide(place))  # type: ignore[misc]
        assert code == -signal.SIGKILL, (point, told)
        is_written = point == "committed"
        assert len(world.actions()) - len(events) == is_written, point
    with world.store.read() as cx:
        assert cx.execute(sa.select(t.payout.c.state)).scalar_one() == after
        assert verify_chain(cx, "firm", semantic=True).ok
        assert holds.held_minor(cx, "firm", "acme", "acc") == 0
