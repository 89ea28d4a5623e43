"""From the review band on a fresh sign-in signs: five minutes, by the machine's clock, and never an API token."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from execution.domain.step_up import FRESH_FOR, is_fresh
from execution.errors import Refused
from execution.people.fresh import SignIn, sign_in_of
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, START, World
from tests.execution.plane import NOW, demo_plane

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("age", "fresh"), [(-SECOND, False), (timedelta(0), True), (FRESH_FOR, True),
                                            (FRESH_FOR + SECOND, False)])  # fmt: skip
def test_fresh_to_the_second(age: timedelta, fresh: bool) -> None:
    assert is_fresh(NOW - age, NOW) is fresh and timedelta(minutes=5) == FRESH_FOR


def test_a_session_gives_its_time_and_a_token_none(tmp_path: Path) -> None:
    plane = demo_plane(tmp_path)
    signed_in = plane.people.sign_in_demo("controller")
    person = plane.people.principal_for(signed_in.token)
    token = plane.people.principal_for_api_token(plane.people.issue_api_token(person, "test"))
    with plane.store.read() as cx:
        assert sign_in_of(cx, person, NOW + FRESH_FOR) == SignIn(NOW, True)
        assert sign_in_of(cx, person, NOW + FRESH_FOR + SECOND) == SignIn(NOW, False)
        assert sign_in_of(cx, token, NOW) == SignIn(None, False)
    with pytest.raises(Refused, match="sign in again first: sign out, sign in, and do it within 5 minutes"):
        SignIn(NOW, False).require_fresh("sign")
    with pytest.raises(Refused, match="An API token cannot sign. Sign in to the console"):
        SignIn(None, False).require_fresh("sign")
    plane.store.dispose()


@pytest.mark.parametrize(("minor", "old_refused"), [(499_999, False), (500_000, True)])
def test_the_review_band_asks_for_it_and_the_approval_keeps_it(minor: int, old_refused: bool) -> None:
    from execution.payouts import deciding
    from execution.payouts.rows import client_row, lock_payout
    from execution.payouts.surroundings import Surroundings

    world = World()
    made = world.payouts.propose(PEOPLE["bea"], "acme", world.bill(1, minor))
    world.learn()
    carl = PEOPLE["carl"]

    def sign(sign_in: SignIn) -> None:
        from execution.audit import Actor

        with world.store.begin() as cx, world.snapshot("firm") as snapshot:
            row = lock_payout(cx, "firm", made.payout_id)
            if not row["vendor_account_id"]:
                raise AssertionError("bind first")
            around = Surroundings(cx, snapshot, client_row(cx, "firm", "acme"), world.clock.now(), few=True)
            deciding.approve(around, row, carl, payload_sha256=row["payload_sha256"], reason="due",
                             actor=Actor.of(carl), sign_in=sign_in)  # fmt: skip

    world.run()
    if old_refused:
        with pytest.raises(Refused, match="sign in again"):
            sign(SignIn(START, False))
        assert world.count(t.approval) == 0
    sign(SignIn(START, True))
    with world.store.read() as cx:
        assert cx.execute(sa.select(t.approval.c.step_up_at)).scalar_one() == START
    world.store.dispose()
