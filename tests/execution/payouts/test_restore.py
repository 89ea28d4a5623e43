"""A store that was restored, or an executor that was cut off: nothing is sent before Ramp was looked through."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from execution.audit.verify import verify_chain
from execution.executor import Executor
from execution.mark import Head, Mark
from execution.payouts.leases import Leases
from execution.people.principal import AtMachine
from execution.presence import Presence
from execution.service.executor import ExecutorDesk
from execution.store import Store
from execution.store import tables as t
from execution.store.backup import back_up
from tests.execution.payouts.world import PEOPLE, World

OPS = AtMachine("ops", "firm")


class Machine:
    """A machine with an executor on the world's store; its memory outlives the store's backups."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder, self.started = world, folder, 0
        with world.store.begin() as cx:
            cx.execute(sa.insert(t.connection).values(
                advisor_id="firm", client_id="acme", rail="ramp", kind="executor", connection_id="c",
                external_account_id="x", token_ct=b"", dek_wrapped=b"", kek_id="k",
                updated_at=world.clock.now()))  # fmt: skip
        self.start()

    def start(self) -> None:
        """A new executor process."""
        world = self.world
        self.started += 1
        self.presence = Presence(self.folder, f"executor-{self.started}")
        self.executor = Executor(
            world.store, world.clock, rails_for=lambda row: world.rails, open_snapshot=world.snapshot,
            fingerprint_key=b"k" * 32, watched_by=(Mark(self.folder), self.presence),
            leases=Leases(world.store, self.presence.owner, is_dead=self.presence.is_dead),
        )  # fmt: skip

    def cut_off(self) -> None:
        """The process is killed, and the next one started."""
        os.close(self.presence._handle)
        self.start()

    def run(self, **later: int) -> None:
        self.world.clock.at += timedelta(**(later or {"minutes": 1}))
        self.executor.one_pass()

    def restore(self, copy: Path) -> None:
        """The executor is stopped, the store put back, and everything started again."""
        world = self.world
        self.presence.leave()
        world.store.dispose()
        for suffix in ("", "-wal", "-shm"):
            Path(str(world.store.engine.url.database) + suffix).unlink(missing_ok=True)
        back_up(f"sqlite:///{copy}", Path(str(world.store.engine.url.database)))
        world.store = Store(world.store.url)
        world.payouts._store = world.store
        self.start()

    @property
    def desk(self) -> ExecutorDesk:
        return ExecutorDesk(self.world.store, self.world.clock)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    with made.store.read() as cx:
        report = verify_chain(cx, "firm", semantic=True)
    assert report.ok, report
    made.store.dispose()


@pytest.fixture
def machine(world: World, tmp_path: Path) -> Machine:
    return Machine(world, tmp_path / "executors")


def copy_of(world: World, name: str) -> Path:
    return back_up(world.store.url, world.root / name)


def lines_of(world: World) -> list[sa.Row[Any]]:
    with world.store.read() as cx:
        return list(cx.execute(sa.select(t.rail_drift)).all())


def test_a_quiet_start_halts_nobody(machine: Machine, world: World) -> None:
    machine.run()
    payout_id = world.released(world.bill(1))
    machine.run()
    machine.presence.leave()
    machine.start()
    machine.run()
    assert world.state(payout_id) == "at_rail" and world.count(t.halt) == 0


def test_without_a_mark_payouts_wait_for_one_look(machine: Machine, world: World) -> None:
    payout_id = world.released(world.bill(1))
    world.rails.is_down = True
    machine.run()
    (halt,) = machine.desk.halts()
    assert "keeps no mark" in halt.cause and halt.scanned_at is None
    machine.run(hours=80)
    assert world.state(payout_id) == "approved", "what may have been sent does not expire unseen"
    world.rails.is_down = False
    machine.run()
    assert (world.state(payout_id), world.rails.posts, machine.desk.halts()) == ("expired", 0, [])
    again = world.released(world.bill(1))
    machine.run()
    assert (world.state(again), world.rails.posts) == ("at_rail", 1)


@pytest.mark.parametrize("age", ["approved", "proposed", "unknown", "reserved"])
def test_a_restored_store_pays_nothing_twice(machine: Machine, world: World, age: str) -> None:
    machine.run()
    bill = world.bill(1, invoice_number="")
    copies = {"unknown": copy_of(world, "unknown")}
    world.learn()
    made = world.payouts.propose(PEOPLE["bea"], "acme", bill)
    copies["proposed"] = copy_of(world, "proposed")
    world.payouts.approve(PEOPLE["carl"], made.payout_id, payload_sha256=made.payload_sha256, reason="due")
    world.payouts.release(PEOPLE["cleo"], made.payout_id)
    copies["approved"] = copy_of(world, "approved")
    request_for = world.rails.request_for

    def then_copy(payload: object) -> object:
        copies.setdefault("reserved", copy_of(world, "reserved"))
        return request_for(payload)  # type: ignore[arg-type]

    world.rails.request_for = then_copy  # type: ignore[method-assign,assignment]
    machine.run()
    assert (world.state(made.payout_id), world.rails.posts) == ("at_rail", 1)

    machine.restore(copies[age])
    machine.run()
    line = lines_of(world)[0]
    assert "bill-1 of 900.00 USD" in line.sentence and world.count(t.rail_drift) == 1
    assert ("does not know as sent" in line.sentence) == (age != "unknown")
    assert line.needs_person == (age != "reserved") and machine.desk.halts()
    if age == "unknown":
        assert line.sentence.endswith("does not know at all. It pays qbo:1")
        assert world.released(bill) == made.payout_id, "the reference is derived: the same bill, the same payout"
        machine.run()
        assert world.state(made.payout_id) == "approved", "halted: nothing moves"
    if line.needs_person:
        machine.desk.resume(OPS, "acme", "Compared with Ramp, all known")
    machine.run(minutes=31)  # What was on its way when the store was restored has landed by then.
    assert (world.state(made.payout_id), world.rails.posts) == ("at_rail", 1)
    assert world.count(t.hold) - world.count(t.hold_end) == 1 and machine.desk.halts() == []


def test_a_bill_found_for_another_generation_blocks_the_next(machine: Machine, world: World) -> None:
    """The store forgot that it cancelled, proposed anew and sent; the first proposal must not be paid beside it."""
    machine.run()
    bill = world.bill(1, invoice_number="")
    world.learn()
    first = world.payouts.propose(PEOPLE["bea"], "acme", bill)
    copy = copy_of(world, "before")
    world.payouts.cancel(PEOPLE["ada"], first.payout_id, "a better date")
    second = world.released(bill)
    machine.run()
    assert second != first.payout_id and world.state(second) == "at_rail"
    machine.restore(copy)
    machine.run()
    machine.desk.resume(OPS, "acme", "seen")
    sha = world.row(first.payout_id)["payload_sha256"]
    world.payouts.approve(PEOPLE["carl"], first.payout_id, payload_sha256=sha, reason="due")
    world.payouts.release(PEOPLE["cleo"], first.payout_id)
    machine.run()
    assert (world.state(first.payout_id), world.rails.posts) == ("blocked", 1)
    assert "already holds bill bill-1 for this bill" in world.row(first.payout_id)["state_reason"]


def test_a_restored_store_that_went_on_is_noticed(machine: Machine, world: World) -> None:
    machine.run()
    world.learn()
    copy = copy_of(world, "before")
    world.released(world.bill(1))
    machine.run()
    machine.restore(copy)
    for number in range(2, 12):
        world.bill(number)
        world.learn()
        world.payouts.propose(PEOPLE["bea"], "acme", f"qbo:{number}")
    machine.run()
    assert "restored and went on" in machine.desk.halts()[0].cause


def test_an_executor_that_was_cut_off_halts_only_what_is_under_way(machine: Machine, world: World) -> None:
    machine.run()
    machine.cut_off()
    machine.run()
    assert world.count(t.halt) == 0, "nothing was under way"
    payout_id = world.released(world.bill(1))
    machine.cut_off()
    machine.run()
    assert world.count(t.halt) == 1 and machine.desk.halts() == []
    assert (world.state(payout_id), world.rails.posts) == ("at_rail", 1)


def test_a_bill_that_vanished_from_ramp_is_named(machine: Machine, world: World) -> None:
    machine.run()
    payout_id = world.released(world.bill(1))
    machine.run()
    world.rails.bills.clear()
    machine.cut_off()
    machine.run()
    (line,) = machine.desk.drift()
    assert line.kind == "missing" and payout_id[:8] in line.sentence and machine.desk.halts()


def test_nobody_resumes_before_ramp_was_looked_through(machine: Machine, world: World) -> None:
    from execution.errors import Conflict

    world.released(world.bill(1))
    world.rails.is_down = True
    machine.run()
    with pytest.raises(Conflict, match="not been looked through"):
        machine.desk.resume(OPS, "acme", "trust me")
    assert "executor.resume_refused" in world.actions()


def test_a_damaged_mark_halts(machine: Machine, world: World) -> None:
    machine.run()
    world.released(world.bill(1))
    machine.run()
    mark = machine.folder / "firm.mark"
    assert json.loads(mark.read_text())["seq"] == world.count(t.audit)
    mark.write_text("{")
    machine.presence.leave()
    machine.start()
    machine.run()
    assert world.count(t.halt) == 1 and len(machine.desk.halts()) == 1
    machine.run(minutes=31)
    assert machine.desk.halts() == []


def test_a_mark_moves_back_only_for_another_past(tmp_path: Path) -> None:
    mark = Mark(tmp_path)
    mark.keep(Head("firm", 11, "aa"))
    mark.keep(Head("firm", 10, "bb"))
    assert mark.seen("firm") == Head("firm", 11, "aa"), "another executor of this machine was a step behind"
    mark.keep(Head("firm", 10, "bb"), anew=True)
    assert mark.seen("firm") == Head("firm", 10, "bb")
