"""What other payouts used of the limits: the sum for one payment and the sums by vendor say the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from execution.domain.facts import LimitFacts, PaceFacts
from execution.domain.payload import Payload
from execution.payouts.counted import UsedByVendor, used_beside
from execution.payouts.pace import Pace, PaceOfAll, pace_beside, signed_today_minor
from execution.payouts.rows import client_row
from execution.payouts.surroundings import Surroundings
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, World


@pytest.fixture
def world(store_url: str) -> Iterator[World]:
    made = World(store_url)
    yield made
    made.store.dispose()


def _used(world: World, payout_id: str, *, is_gone: bool = False) -> LimitFacts:
    """The limits used beside a payout, by both roads; with `is_gone` the payout has no row of its own."""
    payload = Payload.from_row(world.row(payout_id))
    payload = payload.with_changes(payout_id="none") if is_gone else payload
    with world.store.read() as cx:
        client = client_row(cx, "firm", "acme")
        alone = used_beside(cx, client, world.clock.now(), payload)
        own = None if is_gone else world.row(payout_id)
        assert UsedByVendor(cx, client, world.clock.now()).beside(payload, own) == alone
    return alone


def _approved(world: World, number: int, minor: int, vendor: str) -> str:
    bill = world.bill(number, minor, vendor_id_ramp=vendor)
    world.learn()
    made = world.payouts.propose(PEOPLE["bea"], "acme", bill)
    world.payouts.approve(PEOPLE["carl"], made.payout_id, payload_sha256=made.payload_sha256, reason="due")
    return made.payout_id


def test_counts_the_others_and_never_the_payment_itself(world: World) -> None:
    mine = _approved(world, 1, 10_000, "v1")
    assert _used(world, mine) == LimitFacts(0, 0, 0, 0)
    _approved(world, 2, 20_000, "v1")
    _approved(world, 3, 40_000, "v2")
    proposed = world.payouts.propose(PEOPLE["bea"], "acme", world.bill(4, 80_000, vendor_id_ramp="v1"))
    assert _used(world, mine) == LimitFacts(60_000, 20_000, 20_000, 60_000)
    assert _used(world, proposed.payout_id) == LimitFacts(70_000, 30_000, 30_000, 70_000)
    assert _used(world, mine, is_gone=True) == LimitFacts(70_000, 30_000, 30_000, 70_000)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(hours=13, minutes=59), LimitFacts(20_000, 20_000, 20_000, 20_000)),
        (timedelta(hours=14), LimitFacts(0, 0, 20_000, 20_000)),
        (timedelta(days=6, hours=23, minutes=59), LimitFacts(0, 0, 20_000, 20_000)),
        (timedelta(days=7), LimitFacts(0, 0, 0, 0)),
    ],
    ids=["last minute of the day", "midnight in New York", "seven days less a minute", "seven days"],
)
def test_a_day_is_the_clients_own_and_a_week_is_seven_days(
    world: World, later: timedelta, expected: LimitFacts
) -> None:
    mine = world.payouts.propose(PEOPLE["bea"], "acme", world.bill(1, 10_000, vendor_id_ramp="v1")).payout_id
    _approved(world, 2, 20_000, "v1")
    world.clock.at += later
    assert _used(world, mine) == expected


def test_the_day_the_clocks_change_has_25_hours(world: World) -> None:
    world.clock.at = datetime(2026, 11, 1, 4, 30, tzinfo=UTC)  # Half past midnight, still summer time.
    with world.store.begin() as cx:
        cx.execute(sa.update(t.membership).values(from_at=world.clock.at - timedelta(days=1)))
    mine = world.payouts.propose(PEOPLE["bea"], "acme", world.bill(1, 10_000, vendor_id_ramp="v1")).payout_id
    _approved(world, 2, 20_000, "v1")
    world.clock.at += timedelta(hours=24)  # Half past eleven in the evening of the same day.
    assert _used(world, mine).day_minor == 20_000


def test_one_payment_and_all_bills_see_the_same_surroundings(world: World) -> None:
    first = _approved(world, 1, 10_000, "v1")
    twin = world.bill(2, 10_000, vendor_id_ramp="v1")
    world.learn()
    payload = Payload.from_row(world.row(first)).with_changes(source_bill_id=twin, payout_id="other")
    with world.store.read() as cx, world.snapshot("firm") as snapshot:
        client = client_row(cx, "firm", "acme")
        many, few = (Surroundings(cx, snapshot, client, world.clock.now(), few=few) for few in (False, True))
        assert [row["payout_id"] for row in few.others_like(payload)] == [first]
        for around in (many, few):
            assert around.others_like(payload) == few.others_like(payload)
            assert around.last_payout("qbo:1") == few.last_payout("qbo:1") is not None
            assert around.last_payout(twin) is None
            assert around.payee("v1") == few.payee("v1") is not None
            assert around.payee("v9") is None and around.payee_change("v1") is None
            assert around.limits_used(payload) == few.limits_used(payload)
            assert around.pace(payload, (7,)) == few.pace(payload, (7,))


@pytest.mark.parametrize(
    ("later", "vendor", "client"),
    [
        (timedelta(minutes=59, seconds=59), (1, 1), (2, 2)),
        (timedelta(hours=1), (0, 1), (0, 2)),
        (timedelta(hours=23, minutes=59), (0, 1), (0, 2)),
        (timedelta(days=1), (0, 0), (0, 0)),
    ],
)
def test_pace_counts_the_others_of_the_last_hour_and_day(
    world: World, later: timedelta, vendor: tuple[int, int], client: tuple[int, int]
) -> None:
    mine = _approved(world, 1, 10_000, "v1")
    _approved(world, 2, 20_000, "v1")
    _approved(world, 3, 40_000, "v2")
    world.payouts.propose(PEOPLE["bea"], "acme", world.bill(4, 80_000, vendor_id_ramp="v1"))
    world.clock.at += later
    payload = Payload.from_row(world.row(mine))
    with world.store.read() as cx:
        acme = client_row(cx, "firm", "acme")
        alone = pace_beside(cx, acme, world.clock.now(), payload, ())
        assert PaceOfAll(cx, acme, world.clock.now()).beside(payload, ()) == alone
        signed = signed_today_minor(cx, acme, world.clock.now(), "carl", mine)
    assert alone == Pace(PaceFacts(*vendor, *client), 60_000), "what is approved and not held is promised"
    assert signed == (60_000 if later < timedelta(hours=13) else 0)
