"""An approval holds for what was shown, the facts included: it outlives a new snapshot, not a changed field."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from execution.domain.seen import sha256_of
from execution.errors import Conflict, Refused
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, World

BEA, CARL, CLEO, ADA = (PEOPLE[name] for name in ("bea", "carl", "cleo", "ada"))


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    made.rails.available = 10_000_000
    yield made
    made.store.dispose()


def test_a_new_snapshot_that_says_the_same_voids_nothing(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.snapshot_id = "s2"
    world.run()
    assert world.state(payout_id) == "at_rail" and world.rails.posts == 1


def test_a_changed_fact_voids_the_approval_and_says_which(world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.snapshot_id = "s2"
    world.bill(1, vendor_id_qbo="q-other")
    world.run()
    row = world.row(payout_id)
    assert row["state"] == "blocked" and world.rails.posts == 0
    assert "Since Carl approved it, this changed: vendor of the bill q-other, was q1" in row["state_reason"]
    # Proposed again with the same payload, the old signature alone carries nothing.
    again = world.payouts.propose(BEA, "acme", "qbo:1")
    assert again.state == "proposed" and again.payload_sha256 == row["payload_sha256"]
    with pytest.raises(Refused, match="Since Carl approved it"):
        world.payouts.approve(ADA, payout_id, payload_sha256=again.payload_sha256, reason="fine")
    world.payouts.approve(CARL, payout_id, payload_sha256=again.payload_sha256, reason="seen anew")
    world.payouts.release(CLEO, payout_id)
    world.run()
    assert world.state(payout_id) == "at_rail"


def test_a_second_approver_never_joins_a_signature_on_other_facts(world: World) -> None:
    made = _proposed(world, 1_000_000)
    world.payouts.approve(CARL, made.payout_id, payload_sha256=made.payload_sha256, reason="due")
    world.bill(1, 1_000_000, duplicate_of="qbo:9", duplicate_evidence="alike")
    with pytest.raises(Refused) as refused:
        world.payouts.approve(ADA, made.payout_id, payload_sha256=made.payload_sha256, reason="due")
    failed = {v.guard_id: v for v in refused.value.verdicts if not v.passed}
    assert failed["seen_unchanged"].inputs["changed"] == ["bill that this one may repeat qbo:9, was none"]


def test_a_stale_hash_is_answered_with_what_changed(world: World) -> None:
    first = _proposed(world, 90_000)
    world.payouts.hold(CARL, first.payout_id, "the vendor wrote")
    world.bill(1, 85_000, invoice_number="INV-1b")
    world.payouts.propose(BEA, "acme", "qbo:1")
    with pytest.raises(Conflict) as conflict:
        world.payouts.approve(CARL, first.payout_id, payload_sha256=first.payload_sha256)
    assert "invoice number INV-1b, was INV-1" in str(conflict.value)
    assert "amount $850.00, was $900.00" in str(conflict.value)
    with pytest.raises(Conflict, match="it never was what was sent"):
        world.payouts.approve(CARL, first.payout_id, payload_sha256="0" * 64)
    events = [json.loads(bytes(body)) for body in _audit(world)]
    again = next(e for e in events if e["action"] == "payout.proposed_again")
    assert "amount $850.00, was $900.00" in again["inputs"]["changed"]


def test_facts_that_were_shown_and_are_no_longer_so_are_refused(world: World) -> None:
    made = _proposed(world, 90_000)
    with pytest.raises(Conflict, match="is not what snapshot s1 says"):
        world.payouts.approve(CARL, made.payout_id, payload_sha256=made.payload_sha256, seen_sha256="0" * 64)
    seen = world.payouts.get(CARL, made.payout_id).seen
    signed = world.payouts.approve(
        CARL, made.payout_id, payload_sha256=made.payload_sha256, seen_sha256=sha256_of(seen)
    )
    assert signed.state == "approved"
    [approval] = world.payouts.get(CARL, made.payout_id).approvals
    assert (approval["snapshot_id"], approval["seen_sha256"]) == ("s1", sha256_of(seen))
    [event] = [e for e in map(json.loads, map(bytes, _audit(world))) if e["action"] == "payout.approved"]
    assert event["inputs"]["seen_sha256"] == sha256_of(seen) and event["inputs"]["snapshot_id"] == "s1"


def _proposed(world: World, minor: int):  # type: ignore[no-untyped-def]
    world.bill(1, minor)
    world.learn()
    return world.payouts.propose(BEA, "acme", "qbo:1")


def _audit(world: World) -> list[bytes]:
    with world.store.read() as cx:
        return list(cx.execute(sa.select(t.audit.c.body).order_by(t.audit.c.seq)).scalars())
