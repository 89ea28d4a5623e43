"""A small firm with one client, two executor processes that share its store, and rails with books of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, ClassVar

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition

from execution import failpoints
from execution.errors import RowcolError
from execution.executor import Executor
from execution.mark import Mark
from execution.payouts.leases import Leases
from execution.payouts.released_by_clock import release_due
from execution.presence import Presence
from execution.senders.base import RailUnreachable
from execution.service.permits import Permits
from execution.service.policies import Policies
from execution.settings import Settings
from execution.store import tables as t
from tests.execution.payouts.world import World
from tests.execution.stateful.books import Books, Killed, Meanwhile
from tests.execution.stateful.oracle import Oracle, Row
from tests.execution.stateful.profiles import Deal
from tests.execution.stateful.stores import Stores

KEY = b"k" * 32
which = st.integers(0, 5)


def during(kind: str) -> Callable[[Any], Any]:
    """A rule that happens only in lives in which its kind is switched on."""
    return precondition(lambda self: kind in self.deal.kinds)


class Worker:
    """One executor process on the firm's machine; what it remembers ends with it."""

    def __init__(self, machine: Firm, name: str) -> None:
        self.presence = Presence(machine.world.root / "executors", name)
        world, books = machine.world, machine.books
        leases = Leases(world.store, name, is_dead=self.presence.is_dead,
                        monotonic=lambda: books.true_at.timestamp(), store_now=lambda cx: books.true_at)  # fmt: skip
        self.executor = Executor(
            world.store, world.clock, rails_for=lambda row: books, open_snapshot=world.snapshot, fingerprint_key=KEY,
            leases=leases, watched_by=(Mark(world.root / "executors"), self.presence),
        )  # fmt: skip

    def round(self, world: World) -> None:
        """What `execution.worker` does in one round, with new figures each time."""
        self.executor.take_proofs("firm")
        with suppress(RailUnreachable):
            self.executor.learn_payees("firm", 20)
        release_due(world.store, world.clock)
        self.executor.one_pass()

    def leaves(self) -> None:
        """A clean stop."""
        self.presence.leave()

    def is_killed(self) -> None:
        """The kernel frees its lock; its file stays and tells of it."""
        os.close(self.presence._handle)


class Firm(RuleBasedStateMachine):
    """The machine without its rules. `stores` and `deals` are set by the test that plays it."""

    stores: ClassVar[Stores]
    deals: ClassVar[st.SearchStrategy[Deal]]

    def __init__(self) -> None:
        super().__init__()
        self.deal: Deal = Deal(())
        self.born = 0
        self.workers: list[Worker] = []

    def set_out(self, deal: Deal) -> None:
        """Lay out what was dealt: bills, policy, the day on which it starts, two processes that have looked once."""
        self.deal = deal
        self.world = world = World(store=self.stores.fresh(), policy=dict(deal.policy))
        world.clock.at = deal.starts
        world.rails = self.books = Books(world)
        self.oracle = self.books.oracle = Oracle(world, self.books)
        self.books.available = world.available = deal.available[0]
        for number, (minor, vendor) in enumerate(zip(deal.amounts, deal.vendors, strict=True)):
            world.bill(number, minor, vendor_id_ramp=vendor, vendor_id_qbo=f"q{vendor}", vendor_name=vendor)
        settings = Settings.from_env({"ROWCOL_DATA": str(world.root)})
        self.policies, self.permits = Policies(world.store, world.clock), Permits(world.store, world.clock, settings)
        self.permits._snapshot = world.snapshot  # type: ignore[method-assign,assignment]
        with world.store.begin() as cx:
            cx.execute(sa.insert(t.connection).values(
                advisor_id="firm", client_id="acme", rail="ramp", kind="executor", connection_id="c",
                external_account_id="x", token_ct=b"", dek_wrapped=b"", kek_id="k",
                updated_at=deal.starts))  # fmt: skip
        self.workers = [self.new_worker(), self.new_worker()]
        for who in (0, 1):
            self.work(who)  # From here on this machine keeps a mark of the store.

    def new_worker(self) -> Worker:
        """A process that starts now."""
        self.born += 1
        return Worker(self, f"worker-{self.born}")

    def work(self, who: int = 0, minutes: int = 0) -> None:
        """One round of a worker, some time later. Where it is killed, a new process takes its place."""
        self.books.let_pass(timedelta(minutes=minutes))
        self.world.available = self.books.available
        try:
            self.workers[who].round(self.world)
        except Killed:
            self.workers[who].is_killed()
            self.workers[who] = self.new_worker()

    @contextmanager
    def power_cut(self, at_place: int) -> Iterator[None]:
        """Whoever works in here dies at the n-th place that a power cut could find it in."""

        def die() -> None:
            failpoints.arm(None)
            raise Killed

        failpoints.arm(failpoints.ANY, at_place, death=die)
        try:
            yield
        finally:
            failpoints.arm(None)

    @contextmanager
    def meanwhile(self, call: str, act: Callable[[], None]) -> Iterator[None]:
        """While a rail is asked, something else happens."""
        self.books.meanwhile = Meanwhile(call, act)
        try:
            yield
        finally:
            self.books.meanwhile = None

    def attempt(self, command: Callable[[], object]) -> Any:
        """People try all sorts of things; a refusal in our own words is an answer, anything else is a fault."""
        try:
            return command()
        except RowcolError as error:
            assert str(error), "a refusal without words"
            return None

    def rows(self) -> list[Row]:
        """Payouts, oldest first."""
        return list(self.oracle.look().payouts.values())

    def one(self, at: int) -> Row | None:
        """Some payout."""
        rows = self.rows()
        return rows[at % len(rows)] if rows else None

    def of_state(self, *states: str) -> list[Row]:
        """Payouts that stand in one of these."""
        return [row for row in self.rows() if row["state"] in states]

    @invariant()
    def always(self) -> None:
        """Every invariant, on the whole store."""
        self.oracle.check()
