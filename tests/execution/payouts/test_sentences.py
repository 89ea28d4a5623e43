"""Whatever is asked of a payout in whatever state: done, or refused in a sentence that names it and what would help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from execution.domain.states import State
from execution.errors import RowcolError
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, World

ADA = PEOPLE["ada"]
Act = Callable[[World, Any], Any]
ACTS: dict[str, Act] = {
    "approve": lambda w, p: w.payouts.approve(ADA, p.payout_id, payload_sha256=p.payload_sha256, reason="due"),
    "approve with a stale hash": lambda w, p: w.payouts.approve(ADA, p.payout_id, payload_sha256="0" * 64),
    "hold": lambda w, p: w.payouts.hold(ADA, p.payout_id, "wait"),
    "hold without a reason": lambda w, p: w.payouts.hold(ADA, p.payout_id, ""),
    "reject": lambda w, p: w.payouts.reject(ADA, p.payout_id, "no"),
    "cancel": lambda w, p: w.payouts.cancel(ADA, p.payout_id, "no"),
    "release": lambda w, p: w.payouts.release(ADA, p.payout_id),
    "plan a release": lambda w, p: w.payouts.plan_release(ADA, p.payout_id, at=w.clock.at + timedelta(hours=1)),
    "take a release back": lambda w, p: w.payouts.unplan_release(ADA, p.payout_id),
    "agree to resend": lambda w, p: w.payouts.agree_to_resend(ADA, p.payout_id, "looked"),
    "reissue": lambda w, p: w.payouts.reissue(ADA, p.payout_id, "again"),
    "close": lambda w, p: w.payouts.close_mismatched(ADA, p.payout_id, outcome="cancelled", evidence="x", reason="x"),
}
REMEDIES = ("propose", "see its", "read it again", "cancel it", "bill in ramp", "write why", "ask", "only one that",
            "there is nothing", "is closed by two", "hold it to stop", "look")  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World()
    made.bill(1)
    made.learn()
    yield made
    made.store.dispose()


@pytest.fixture(scope="module")
def payout(world: World) -> Any:
    return world.payouts.propose(PEOPLE["bea"], "acme", "qbo:1")


@pytest.mark.parametrize("act", list(ACTS))
def test_every_refusal_names_the_payout_and_what_would_help(world: World, payout: Any, act: str) -> None:
    p = t.payout.c
    kept = world.row(payout.payout_id)
    for state in State:
        with world.store.begin() as cx:
            cx.execute(
                sa.update(t.payout).where(p.payout_id == payout.payout_id).values(**kept | {"state": str(state)})
            )
        try:
            ACTS[act](world, payout)
        except RowcolError as error:
            said = str(error)
            assert payout.payout_id[:8] in said, (act, state, said)
            assert any(remedy in said.lower() for remedy in REMEDIES), (act, state, said)
    with world.store.begin() as cx:
        cx.execute(sa.update(t.payout).where(p.payout_id == payout.payout_id).values(**kept))
        cx.execute(sa.delete(t.joint_act))
