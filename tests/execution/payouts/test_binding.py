"""An approval holds for what was shown, the facts included: it outlives a new snapshot, not a changed field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from execution.domain.seen import sha256_of
from execution.errors import Conflict, Refused
from execution.senders.base import RailUnreachable
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


# A value that each bound field did not have. The bill itself is bound by the payout's own reference.
OTHER: dict[str, Any] = {
    "bill_version": "9", "vendor_id_ramp": "v9", "vendor_account_id": "other", "vendor_name": "Other",
    "entity_id_ramp": "e9", "source_bank_account_id": "b9", "account_id_plaid": "acc9", "invoice_number": "INV-9",
    "amount_minor": 90_001, "currency_code": "CAD", "bill_date": date(2026, 1, 1), "due_date": date(2026, 12, 31),
    "arrival_date": date(2026, 12, 31), "mode": "draft", "source_bill_id": "qbo:999",
}  # fmt: skip


@pytest.mark.parametrize("stage", ["approved", "released", "reserved"])
def test_no_field_that_was_signed_may_change_before_the_wire(world: World, stage: str) -> None:
    """Somebody with the database's own password edits one field of a payout between two steps."""
    ids = {}
    for number, name in enumerate(OTHER, 1):
        world.bill(number)
        world.learn()
        made = world.payouts.propose(BEA, "acme", f"qbo:{number}")
        world.payouts.approve(CARL, made.payout_id, payload_sha256=made.payload_sha256)
        ids[name] = made.payout_id
    if stage != "approved":
        for payout_id in ids.values():
            world.payouts.release(CLEO, payout_id)
    if stage == "reserved":
        real, world.rails.search = world.rails.search, _down  # type: ignore[method-assign]
        world.run()
        world.rails.search = real  # type: ignore[method-assign]
        assert {world.state(one) for one in ids.values()} == {"reserved"}
    p = t.payout.c
    for name, payout_id in ids.items():
        with world.store.begin() as cx:
            # The lease goes as well: the executor that had it is gone, another one takes the payout up.
            cx.execute(
                sa.update(t.payout).where(p.payout_id == payout_id).values(**{name: OTHER[name], "lease_owner": None})
            )
    if stage == "approved":
        for payout_id in ids.values():
            world.payouts.release(CLEO, payout_id)
    world.run(minutes=10)
    world.run(minutes=10)
    assert world.rails.posts == 0 and world.rails.bills == {}
    assert {world.state(one) for one in ids.values()} == {"blocked"}


def _down(*_: Any) -> Any:
    raise RailUnreachable("ramp", "does not answer")


def _proposed(world: World, minor: int):  # type: ignore[no-untyped-def]
    world.bill(1, minor)
    world.learn()
    return world.payouts.propose(BEA, "acme", "qbo:1")


def _audit(world: World) -> list[bytes]:
    with world.store.read() as cx:
        return list(cx.execute(sa.select(t.audit.c.body).order_by(t.audit.c.seq)).scalars())
