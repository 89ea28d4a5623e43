"""A payout's row that somebody edited into what is no date: it is named and left alone, and the others go on."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import Any

import pytest

from execution.audit.verify import verify_chain
from execution.errors import Unreadable
from execution.payouts.released_by_clock import release_due
from tests.execution.payouts.test_custody import links, new_figures, proof
from tests.execution.payouts.world import PEOPLE, World

NONSENSE = "2026-13-45"


def edit(world: World, payout_id: str, column: str, value: Any = NONSENSE) -> Any:
    """Change a column behind the application's back; answers what stood there."""
    with sqlite3.connect(world.root / "control.db") as db:
        before = db.execute(f"select {column} from payout where payout_id=?", (payout_id,)).fetchone()[0]
        db.execute(f"update payout set {column}=? where payout_id=?", (value, payout_id))
    return before


@pytest.mark.parametrize("column", ["arrival_date", "bill_date", "released_at", "updated_at", "next_at"])
def test_the_others_go_on_and_this_one_once_it_is_restored(column: str) -> None:
    world = World()
    edited, other = (world.released(world.bill(number)) for number in (1, 2))
    before = edit(world, edited, column)
    said = [outcome.reason for outcome in world.run() if outcome.payout_id == edited]
    assert world.state(other) == "at_rail" and [bill.remote_id for bill in world.rails.bills.values()] == [other]
    named = links(world, edited)["decision"]
    assert (named["finding"], named["owner"]) == ("contradicts", "controller and advisor")
    assert NONSENSE in named["finding_text"] and said == [named["finding_text"]] and "backup" in named["next_action"]
    world.run(minutes=11)
    assert world.actions().count("custody.broken") == 1
    edit(world, edited, column, before)
    world.run(minutes=11)
    assert world.state(edited) == "at_rail" and links(world, edited)["decision"]["finding"] is None
    with world.store.read() as cx:
        assert verify_chain(cx, "firm").ok


def test_the_log_is_whole_again_once_the_row_is_whatever_else_was_edited() -> None:
    world = World()
    payout_id = world.released(world.bill(1))
    before = {
        column: edit(world, payout_id, column, value)
        for column, value in {
            "arrival_date": NONSENSE,
            "state": "reserved",
            "payload_sha256": "0" * 64,
            "amount_minor": 1,
        }.items()
    }
    world.run()
    for column, value in before.items():
        edit(world, payout_id, column, value)
    world.run(minutes=11)
    assert world.state(payout_id) == "at_rail" and world.actions().count("custody.broken") == 1
    with world.store.read() as cx:
        assert verify_chain(cx, "firm").ok


def test_people_still_see_the_others_and_are_told_of_this_one() -> None:
    world = World()
    edited, other = (world.released(world.bill(number)) for number in (1, 2))
    edit(world, edited, "created_at")
    assert [payout.payout_id for payout in world.payouts.list(PEOPLE["carl"])] == [other]
    with pytest.raises(Unreadable, match=f"payout {edited[:8]} .* `rowcol audit verify`"):
        world.payouts.get(PEOPLE["carl"], edited)
    with pytest.raises(Unreadable, match=f"payout {edited[:8]} "):
        world.payouts.propose(PEOPLE["bea"], "acme", "qbo:1")
    lines = world.payouts.approve_bills(PEOPLE["carl"], "acme", ["qbo:1", "qbo:2"], idempotency_key="k").lines
    assert [line.outcome for line in lines] == ["blocked", "approved"] and edited[:8] in lines[0].reason
    blocked = world.payouts.preview(PEOPLE["carl"], "acme", ["qbo:1"])[0]
    assert edited[:8] in blocked.verdicts[0].reason
    with world.store.read() as cx:
        report = verify_chain(cx, "firm")
    assert not report.ok and f"payout {edited} cannot be read" in str(report)


def test_what_is_at_ramp_stays_watched_beside_it() -> None:
    world = World()
    edited, other = (world.released(world.bill(number)) for number in (1, 2))
    world.run()
    edit(world, edited, "due_date")
    world.rails.becomes(other, "PAYMENT_COMPLETED")
    new_figures(world, proof(edited), proof(other), minutes=11)
    assert (world.state(other), links(world, edited)["book_payment"]["finding"]) == ("settled", "contradicts")


def test_a_planned_release_of_another_comes_due() -> None:
    world = World()
    made = []
    for number in (1, 2):
        bill = world.bill(number)
        world.learn()
        payout = world.payouts.propose(PEOPLE["bea"], "acme", bill)
        world.payouts.approve(PEOPLE["carl"], payout.payout_id, payload_sha256=payout.payload_sha256, reason="due")
        world.payouts.plan_release(PEOPLE["cleo"], payout.payout_id, at=world.clock.now() + timedelta(hours=1))
        made.append(payout.payout_id)
    edit(world, made[0], "arrival_date")
    world.clock.at += timedelta(hours=2)
    assert [row["payout_id"] for row in release_due(world.store, world.clock)] == [made[1]]
