"""A firm that pays for days while backups are taken at random moments, and what happens when each of them is put back.

The rails keep what they hold; the machine keeps its marks; only the store goes back. Then the executor runs, people
resume it, propose every bill that the store believes unpaid, and more days pass. Bills stay open in QBO all the while,
the worst case: no other guard helps.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from execution.audit.verify import verify_chain
from execution.domain.rail import Reply, Request
from execution.domain.rail_drift import references
from execution.errors import RowcolError
from execution.executor import Executor
from execution.mark import Mark
from execution.payouts.leases import Leases
from execution.people.principal import AtMachine
from execution.presence import Presence
from execution.service.executor import ExecutorDesk
from execution.store import Store
from execution.store import tables as t
from execution.store.backup import back_up
from tests.execution.payouts.world import PEOPLE, World
from tests.postgres_server import BINARIES, fresh_database

MINOR = 90_000
POLICY = {"day_limit_minor": 10**11, "client_week_limit_minor": 10**11, "approver_day_limit_minor": 10**11,
          "client_payouts_hour_max": 10**5, "client_payouts_day_max": 10**5}  # fmt: skip


@dataclass(slots=True)
class Restored:
    """What one restore came to. `faults` are sentences; none is what everybody wants."""

    lost_events: int
    was_halted: bool
    lines: int
    taken_over: int
    adopted_later: int
    faults: list[str] = field(default_factory=list)


class PayingFirm:
    """One store with its world; `seed` decides everything."""

    def __init__(self, root: Path, seed: int, payouts: int, backups: int, server: str | None) -> None:
        self.root, self.server, self.chosen = root, server, random.Random(seed)
        self.world = World(fresh_database(server) if server else None, policy=POLICY)
        self.world.rails.available = self.world.available = 10**10
        self.copies: list[tuple[int, Path]] = []
        with self.world.store.begin() as cx:
            cx.execute(sa.insert(t.connection).values(
                advisor_id="firm", client_id="acme", rail="ramp", kind="executor", connection_id="c",
                external_account_id="x", token_ct=b"", dek_wrapped=b"", kek_id="k",
                updated_at=self.world.clock.now()))  # fmt: skip
        self.executor = self._executor(root / "marks")
        self._live(payouts, set(self.chosen.sample(range(payouts), backups)))
        self.events = self.world.count(t.audit)

    def _executor(self, marks: Path) -> Executor:
        world = self.world
        presence = Presence(marks, f"executor-{self.chosen.getrandbits(60)}")
        self.close = presence.leave
        return Executor(
            world.store, world.clock, rails_for=lambda row: world.rails, open_snapshot=world.snapshot,
            fingerprint_key=b"k" * 32, watched_by=(Mark(marks), presence),
            leases=Leases(world.store, presence.owner, is_dead=presence.is_dead),
        )  # fmt: skip

    def _live(self, payouts: int, when: set[int]) -> None:
        """Days of work; a backup may fall anywhere, also while a request is on the wire."""
        world, chosen = self.world, self.chosen
        post = world.rails.post
        due: list[Callable[[], None]] = []

        def posting(request: Request) -> Reply:
            if due and chosen.random() < 0.5:
                due.pop()()
            reply = post(request)
            if due and chosen.random() < 0.5:
                due.pop()()
            return reply

        world.rails.post = posting  # type: ignore[method-assign]
        for number in range(payouts):
            bill = world.bill(number, MINOR + number, invoice_number=chosen.choice(("", f"INV-{number}")))
            world.clock.at += timedelta(minutes=chosen.randint(1, 60))
            kind = chosen.random()
            self._learn()
            made = world.payouts.propose(PEOPLE["bea"], "acme", bill)
            if kind < 0.12:
                world.payouts.cancel(PEOPLE["ada"], made.payout_id, "again")
                made = world.payouts.propose(PEOPLE["bea"], "acme", bill)
            if number in when:
                due.append(self._back_up)
            if kind < 0.92:
                self._sign(made.payout_id)
            if chosen.random() < 0.5:
                self._days(0)
            if number in when and due:
                due.pop()()
            if chosen.random() < 0.05:
                self._days(1)
        self._days(0)
        world.rails.post = post  # type: ignore[method-assign]

    def _learn(self) -> None:
        self.executor.learn_payees("firm", 1000)

    def _sign(self, payout_id: str) -> None:
        row = self.world.row(payout_id)
        if row["state"] == "proposed":
            self.world.payouts.approve(PEOPLE["carl"], payout_id, payload_sha256=row["payload_sha256"], reason="due")
        if self.world.row(payout_id)["released_at"] is None:
            self.world.payouts.release(PEOPLE["cleo"], payout_id)

    def _days(self, days: int) -> None:
        """Time passes; Ramp pays what is three days old, the bank shows it, the executor makes its pass."""
        world = self.world
        world.clock.at += timedelta(days=days, minutes=2)
        for bill in list(world.rails.bills.values()):
            if bill.remote_id and not bill.is_archived and self.chosen.random() < 0.3 * days:
                world.rails.becomes(bill.remote_id, "PAYMENT_COMPLETED")
                world.proofs.append({
                    "client_id": "acme", "payout_id": bill.remote_id, "candidate_count": 1, "amount_minor": MINOR,
                    "posting_id_plaid": f"post-{bill.record_id}", "posted_date": world.clock.now().date(),
                    "posting_description": "ACH", "bill_payment_id_qbo": None})  # fmt: skip
        self.executor.take_proofs("firm")
        self.executor.one_pass()

    def _back_up(self) -> None:
        events, copy = self.world.count(t.audit), self.root / f"copy-{len(self.copies)}"
        if self.server:
            self._pg("pg_dump", "-Fc", "-f", str(copy), self._database(self.world.store))
        else:
            back_up(self.world.store.url, copy)
        self.copies.append((events, copy))

    def _pg(self, program: str, *arguments: str) -> None:
        command = [str(BINARIES[-1].parent / program), "-h", str(self.server), "-U", "postgres", *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=120)

    @staticmethod
    def _database(store: Store) -> str:
        return str(store.engine.url.database)

    def _put_back(self, copy: Path, number: int) -> str:
        if not self.server:
            return f"sqlite:///{back_up(f'sqlite:///{copy}', self.root / f'restored-{number}.db')}"
        url = fresh_database(self.server)
        self._pg("pg_restore", "-d", str(make_url(url).database), str(copy))
        return url

    def restore(self, number: int) -> Restored:
        """Put one backup back, beside the rails and the marks of the end; judge what follows."""
        events, copy = self.copies[number]
        world = self.world
        kept = (world.store, dict(world.rails.bills), world.rails.posts, list(world.proofs), world.clock.at)
        marks = self.root / f"marks-{number}"
        shutil.copytree(self.root / "marks", marks, ignore=shutil.ignore_patterns("*.alive"))
        before, living = self.executor, self.close
        world.store = Store(self._put_back(copy, number))
        world.payouts._store = world.store
        try:
            self.executor = self._executor(marks)
            told = self._judged(self.events - events)
            self.close()
            return told
        finally:
            world.store.dispose()
            world.store, world.rails.bills, world.rails.posts, world.proofs, world.clock.at = kept
            world.payouts._store = world.store
            self.executor, self.close = before, living

    def _judged(self, lost: int) -> Restored:
        world, faults = self.world, list[str]()
        desk = ExecutorDesk(world.store, world.clock)
        unknown, doubtful = self._unknown()
        posts = world.rails.posts
        self._days(0)
        if world.rails.posts != posts and desk.halts():
            faults.append("something was sent while the executor was halted")
        with world.store.read() as cx:
            lines = cx.execute(sa.select(t.rail_drift)).all()
            halted = cx.execute(sa.select(t.halt)).all()
        named = {line.record_id for line in lines}
        faults += [f"{record} stands at Ramp unknown and unnamed" for record in unknown - named - doubtful]
        if unknown - doubtful and not halted:
            faults.append("something at Ramp was unknown and nobody was halted")
        for one in desk.halts():
            with world.store.read() as cx:
                if cx.execute(sa.select(t.halt.c.scanned_at).where(t.halt.c.ended_at.is_(None))).scalar() is None:
                    faults.append("still halted, and Ramp was not looked through")
            desk.resume(AtMachine("ops", "firm"), one.client_id, "compared with Ramp")
        adopted = self._people_go_on()
        faults += self._paid_twice()
        with world.store.read() as cx:
            report = verify_chain(cx, "firm", semantic=True)
        if not report.ok:
            faults.append(f"chain broken at {report.first_bad_seq}: {report.problem}")
        taken = sum(line.kind == "adopted" for line in lines)
        return Restored(lost, bool(halted), len(lines), taken, adopted, faults)

    def _unknown(self) -> tuple[set[str], set[str]]:
        """Live records at Ramp that the store does not know; those of payouts in doubt, whose own look finds them."""
        with self.world.store.read() as cx:
            rows = {row["payout_id"]: dict(row) for row in cx.execute(sa.select(t.payout)).mappings()}
        unknown, doubtful = set(), set()
        for record in self.world.rails.bills.values():
            row = rows.get(record.remote_id or "")
            if row is None or row["rail_bill_id"] != record.record_id:
                unknown.add(record.record_id)
            if row is not None and row["state"] in ("sending", "unconfirmed"):
                doubtful.add(record.record_id)
        return unknown, doubtful

    def _people_go_on(self) -> int:
        """Every bill that the store believes unpaid is proposed, signed and released; days pass."""
        world, before = self.world, set(self.world.rails.bills)
        self._learn()
        for bill in list(world.bills):
            try:
                self._sign(world.payouts.propose(PEOPLE["bea"], "acme", bill).payout_id)
            except RowcolError:
                continue  # It stands, was sent, or is blocked: as it should be.
        for days in (0, 0, 1, 1, 2):
            self._days(days)
        with world.store.read() as cx:
            known = set(cx.execute(sa.select(t.payout.c.rail_bill_id)).scalars())
        return len(before & known)

    def _paid_twice(self) -> list[str]:
        live: Counter[str] = Counter()
        bill_of = references("firm", "acme", self.world.bills)
        for record in self.world.rails.bills.values():
            if not record.is_archived:
                live[bill_of[str(record.remote_id)]] += 1
        return [f"{bill} stands {count} times at Ramp" for bill, count in live.items() if count > 1]


def naive_second_payments(firm: PayingFirm, number: int) -> int:
    """How many bills a client that trusts its own store alone would send once more after the same restore."""
    store = Store(firm._put_back(firm.copies[number][1], 10_000 + number))
    with store.read() as cx:
        rows: dict[str, Any] = {row["payout_id"]: row["rail_bill_id"] for row in cx.execute(
            sa.select(t.payout.c.payout_id, t.payout.c.rail_bill_id)).mappings()}  # fmt: skip
    store.dispose()
    return sum(rows.get(str(one.remote_id)) is None for one in firm.world.rails.bills.values() if not one.is_archived)
