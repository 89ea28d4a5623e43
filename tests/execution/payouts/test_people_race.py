"""People at the same moment: whoever is second gets one clear message, the payout one story. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from execution.audit.verify import verify_chain
from execution.errors import Conflict, RowcolError
from execution.store import tables as t
from execution.tenancy.policies import write_policy
from tests.execution.payouts.world import PEOPLE, World

BIG = 500_000  # Two people sign from $4,000 on, in this world.


@pytest.fixture
def world(store_url: str) -> Iterator[World]:
    made = World(store_url, policy={"review_from_minor": 300_000, "two_people_from_minor": 400_000})
    yield made
    with made.store.read() as cx:
        report = verify_chain(cx, "firm")
    assert report.ok, report
    made.store.dispose()


def _at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Each act in a thread of its own, all started together; what each answered, errors included."""
    gate = threading.Barrier(len(acts))

    def one(act: Callable[[], Any]) -> Any:
        gate.wait(30)
        try:
            return act()
        except RowcolError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def _proposed(world: World, minor: int = 90_000) -> Any:
    bill = world.bill(1, minor)
    world.rails.available = 10 * minor
    world.learn()
    return world.payouts.propose(PEOPLE["bea"], "acme", bill)


def _approve(world: World, who: str, made: Any) -> Callable[[], Any]:
    return lambda: world.payouts.approve(
        PEOPLE[who], made.payout_id, payload_sha256=made.payload_sha256, reason="due"
    )  # fmt: skip


def test_two_approvers_at_once_are_both_counted(world: World) -> None:
    made = _proposed(world, BIG)
    told = _at_once(_approve(world, "carl", made), _approve(world, "ada", made))
    assert not any(isinstance(one, RowcolError) for one in told), told
    assert sorted(one.state for one in told) == ["approved", "proposed"], told
    assert world.state(made.payout_id) == "approved" and world.count(t.approval) == 2


def test_a_double_click_is_one_signature(world: World) -> None:
    made = _proposed(world)
    told = _at_once(*[_approve(world, "carl", made)] * 4)
    assert [one.state for one in told] == ["approved"] * 4, told
    assert world.count(t.approval) == 1 and world.actions().count("payout.approved") == 1


@pytest.mark.parametrize("_", range(3))
def test_one_person_signs_two_at_once_and_the_day_limit_holds(store_url: str, _: int) -> None:
    world = World(store_url, policy={"approver_day_limit_minor": 100_000})
    world.rails.available = 10_000_000
    bills = [world.bill(number, 60_000) for number in range(1, 5)]
    world.learn()
    made = [world.payouts.propose(PEOPLE["bea"], "acme", bill) for bill in bills]
    told = _at_once(*[_approve(world, "carl", one) for one in made])
    refused = [one for one in told if isinstance(one, RowcolError)]
    assert len(refused) == 3 and all("signed today by one person" in str(one) for one in refused), told
    assert sorted(world.state(one.payout_id) for one in made) == ["approved", "proposed", "proposed", "proposed"]
    world.store.dispose()


def test_two_people_propose_one_bill(world: World) -> None:
    bill = world.bill(1)
    world.learn()

    def propose(who: str) -> Callable[[], Any]:
        return lambda: world.payouts.propose(PEOPLE[who], "acme", bill)

    told = _at_once(*map(propose, ("bea", "carl", "cleo")))
    assert len({one.payout_id for one in told if not isinstance(one, RowcolError)}) == 1
    for refused in (one for one in told if isinstance(one, RowcolError)):
        assert isinstance(refused, Conflict) and "this moment" in str(refused)
    assert world.count(t.payout) == 1


def test_approve_against_reject(world: World) -> None:
    made = _proposed(world)
    told = _at_once(
        _approve(world, "carl", made), lambda: world.payouts.reject(PEOPLE["cleo"], made.payout_id, "not ours")
    )
    refused = [one for one in told if isinstance(one, RowcolError)]
    assert len(refused) == 1 and isinstance(refused[0], Conflict), told
    assert made.payout_id[:8] in str(refused[0]) and world.state(made.payout_id) in str(refused[0])
    assert world.state(made.payout_id) in ("approved", "rejected")


def test_release_twice_and_cancel_at_once(world: World) -> None:
    made = _proposed(world)
    _approve(world, "carl", made)()
    told = _at_once(
        lambda: world.payouts.release(PEOPLE["cleo"], made.payout_id),
        lambda: world.payouts.release(PEOPLE["ada"], made.payout_id),
        lambda: world.payouts.cancel(PEOPLE["cleo"], made.payout_id, "no"),
    )
    state, row = world.state(made.payout_id), world.row(made.payout_id)
    assert state == "cancelled" or row["released_by"] in ("cleo", "ada")
    for refused in (one for one in told if isinstance(one, RowcolError)):
        assert isinstance(refused, Conflict) and made.payout_id[:8] in str(refused)


def test_a_policy_change_against_the_send(world: World) -> None:
    """Whichever comes first: the payout went out under the rules that stood, or a guard names the new ones."""
    payout_id = world.released(world.bill(1, 90_000))

    def tighten() -> None:
        with world.store.begin() as cx:
            write_policy(cx, "firm", "acme", {"buffer_minor": 10**9}, by="farid", at=world.clock.now())

    _at_once(tighten, world.run)
    world.run(seconds=31)
    row = world.row(payout_id)
    assert row["state"] in ("at_rail", "blocked")
    sent = len(world.rails.bills)
    assert sent == (row["state"] == "at_rail")
    if row["state"] == "blocked":
        assert "buffer" in row["state_reason"]
        with world.store.read() as cx:
            assert not cx.execute(sa.select(sa.func.sum(t.account_cash.c.held_minor))).scalar()


def test_locks_are_taken_in_one_order(world: World) -> None:
    """Payout, then account, then limits, then the head of the chain: with one order nobody waits in a circle."""
    order = ["payout", "account_cash", "limit_use", "chain_head"]
    taken: list[list[str]] = [[]]

    def see(_cx: Any, _cursor: Any, statement: str, *_: Any) -> None:
        words = statement.split()
        is_locking = words[0] in ("UPDATE", "INSERT", "DELETE") or "FOR UPDATE" in statement
        # SQLite has one lock and no such words: there the first touch of the chain's head stands for its lock.
        table = next((name for name in order if f" {name} " in f" {' '.join(words)} "), None)
        reads_head = words[0] == "SELECT" and words[-4:][:1] == ["chain_head"] if words else False
        if table and (is_locking or reads_head) and table not in taken[-1]:
            taken[-1].append(table)

    sa.event.listen(world.store.engine, "before_cursor_execute", see)
    sa.event.listen(world.store.engine, "commit", lambda _cx: taken.append([]))
    sa.event.listen(world.store.engine, "rollback", lambda _cx: taken.append([]))
    payout_id = world.released(world.bill(1, 90_000))
    world.run(seconds=31)
    other = world.released(world.bill(2, 80_000))
    world.payouts.cancel(PEOPLE["cleo"], other, "not now")
    world.rails.becomes(payout_id, "PAYMENT_ERROR")
    world.run(minutes=2)
    transactions = [tables for tables in taken if tables]
    assert ["payout", "account_cash", "limit_use", "chain_head"] in transactions, transactions
    for tables in transactions:
        assert tables == sorted(tables, key=order.index), f"a transaction locked {tables}"
