"""The chain of custody as the executor keeps it: closed by evidence, named when broken, mended when proven."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from execution.audit.verify import verify_chain
from execution.store import tables as t
from tests.execution.payouts.world import World


def links(world: World, payout_id: str) -> dict[str, dict[str, Any]]:
    c = t.custody_link.c
    with world.store.read() as cx:
        rows = cx.execute(sa.select(t.custody_link).where(c.payout_id == payout_id)).mappings()
        return {row["link"]: dict(row) for row in rows}


def proof(payout_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "client_id": "acme", "payout_id": payout_id, "candidate_count": 1, "decided_by": "trace",
        "posting_id_plaid": f"tx-{payout_id[:6]}", "posted_date": "2026-11-30", "posting_description": "RAMP BILL PAY",
        "bill_payment_id_qbo": None, "bill_payment_minor": None, "bill_payment_date": None, "qbo_open_minor": 90_000,
        "proof_score": 1.0, "runner_up_score": None, "runner_up_posting_id": None, **changes,
    }  # fmt: skip


NOTHING_YET = {"candidate_count": 0, "decided_by": None, "posting_id_plaid": None}


def paid_by_ramp(world: World, number: int = 1) -> str:
    payout_id = world.released(world.bill(number))
    world.run()
    world.rails.becomes(payout_id, "PAYMENT_COMPLETED")
    world.run(minutes=11)
    assert world.state(payout_id) == "rail_paid"
    return payout_id


def new_figures(world: World, *proofs: dict[str, Any], **later: int) -> None:
    world.proofs, world.snapshot_id = list(proofs), f"s{len(world.snapshot_id)}{world.clock.now():%j%H%M}"
    world.run(**later)


def test_four_links_close_one_after_the_other_and_the_books_may_come_last(store_url: str) -> None:
    world = World(store_url)
    payout_id = paid_by_ramp(world)
    new_figures(world, proof(payout_id), days=1)
    assert world.state(payout_id) == "settled"
    kept = links(world, payout_id)
    closed = {link for link, row in kept.items() if row["closed_at"]}
    assert closed == {"decision", "ramp_bill", "bank_posting"}
    assert kept["bank_posting"]["evidence"]["decided_by"] == "trace"
    assert kept["book_payment"]["closed_at"] is None and kept["book_payment"]["owner"] == "bookkeeper"
    booked = proof(payout_id, bill_payment_id_qbo="b1", bill_payment_minor=-90_000, bill_payment_score=1.0)
    new_figures(world, booked, days=1)
    assert links(world, payout_id)["book_payment"]["evidence_id"] == "b1"
    assert world.actions()[-1] == "custody.closed"
    with world.store.read() as cx:
        assert verify_chain(cx, "firm").ok


def test_a_line_that_does_not_come_is_named_once_and_closed_when_it_comes_after_all() -> None:
    world = World()
    payout_id = paid_by_ramp(world)
    new_figures(world, proof(payout_id, **NOTHING_YET), days=20)
    late = links(world, payout_id)["bank_posting"]
    assert (late["finding"], late["owner"]) == ("late", "controller") and late["next_action"]
    new_figures(world, proof(payout_id, **NOTHING_YET), days=1)
    assert world.actions().count("custody.broken") == 1
    new_figures(world, proof(payout_id), days=1)
    mended = links(world, payout_id)["bank_posting"]
    assert mended["finding"] is None and mended["evidence_id"] and world.state(payout_id) == "settled"


def test_a_bank_that_was_not_read_accuses_nobody() -> None:
    world = World()
    payout_id = paid_by_ramp(world)
    world.read_at = world.clock.now()
    new_figures(world, proof(payout_id, **NOTHING_YET), days=20)
    link = links(world, payout_id)["bank_posting"]
    assert (link["finding"], link["owner"]) == ("unread", "firm admin")


def test_a_return_at_the_bank_takes_a_settled_payout_back() -> None:
    world = World()
    payout_id = paid_by_ramp(world)
    booked = {"bill_payment_id_qbo": "b1", "bill_payment_minor": -90_000}
    new_figures(world, proof(payout_id, **booked), days=1)
    back = {"return_posting_id": "tx9", "return_posted_date": "2026-12-02", "return_signal": "trace"}
    new_figures(world, proof(payout_id, **booked, **back, is_return_certain=False), days=2)
    assert world.state(payout_id) == "settled", "a credit that may be a refund moves nothing"
    assert links(world, payout_id)["bank_posting"]["finding"] == "returned"
    new_figures(world, proof(payout_id, **booked, **back, is_return_certain=True), days=1)
    assert world.state(payout_id) == "returned"
    kept = links(world, payout_id)
    assert kept["bank_posting"]["evidence_id"] == "tx9" and kept["book_payment"]["finding"] == "contradicts"
    new_figures(world, proof(payout_id, **back, is_return_certain=True), days=1)
    assert links(world, payout_id)["book_payment"]["closed_at"] is not None


def test_a_bill_paid_elsewhere_freezes_only_while_money_may_go_twice() -> None:
    world = World()
    payout_id = world.released(world.bill(1))
    world.run()
    assert world.state(payout_id) == "at_rail"
    other = {"payout_id": payout_id, "road": "books", "record_id": "b7", "paid_date": "2026-11-25",
             "certainty": "recorded"}  # fmt: skip
    world.elsewhere = [other]
    new_figures(world, proof(payout_id, **NOTHING_YET), hours=1)
    assert world.state(payout_id) == "at_rail" and world.count(t.client_freeze) == 0
    assert links(world, payout_id)["book_payment"]["finding"] == "paid_elsewhere"
    world.elsewhere = [{**other, "certainty": "moved"}]
    new_figures(world, proof(payout_id, **NOTHING_YET), hours=1)
    assert world.state(payout_id) == "mismatched" and world.count(t.client_freeze) == 1
    new_figures(world, proof(payout_id, **NOTHING_YET), hours=1)
    assert world.count(t.client_freeze) == 1


def test_an_archived_bill_stays_owned_until_the_debt_is_settled_otherwise() -> None:
    world = World()
    payout_id = world.released(world.bill(1))
    world.run()
    world.rails.becomes(payout_id, "ARCHIVED", is_archived=True)
    world.run(minutes=2)
    assert world.state(payout_id) == "cancelled"
    new_figures(world, proof(payout_id, **NOTHING_YET), hours=1)
    link = links(world, payout_id)["ramp_bill"]
    assert (link["finding"], link["owner"]) == ("vanished", "controller")
    new_figures(world, proof(payout_id, **{**NOTHING_YET, "qbo_open_minor": 0}), hours=1)
    assert links(world, payout_id)["ramp_bill"]["closed_at"] is not None


def test_each_link_says_since_when_it_is_open_and_until_when_it_may_be() -> None:
    world = World()
    payout_id = paid_by_ramp(world)
    kept = links(world, payout_id)
    assert all(row["opened_at"] for row in kept.values())
    assert kept["bank_posting"]["due_at"] - kept["bank_posting"]["opened_at"] > timedelta(days=2)
    assert kept["book_payment"]["due_at"] > kept["bank_posting"]["due_at"]


def test_a_bill_paid_elsewhere_before_the_send_is_stopped_by_its_guard() -> None:
    world = World()
    payout_id = world.released(world.bill(1))
    world.elsewhere = [{"payout_id": payout_id, "road": "card", "record_id": "txn-7", "paid_date": "2026-11-25",
                        "certainty": "moved"}]  # fmt: skip
    world.run()
    row = world.row(payout_id)
    assert row["state"] == "blocked" and "card txn-7" in row["state_reason"] and world.rails.posts == 0
    assert world.count(t.client_freeze) == 0, "nothing was sent, so nothing can go twice"
    assert "ramp_bill" not in links(world, payout_id)
