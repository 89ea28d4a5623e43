"""The kill bed: the real executor on a real store and real HTTP, ended by SIGKILL where a case says, then taken over.

A case is a payout that was released, one answer of Ramp, and up to two places to die in. The bed forks a worker out of
a warm process (a fresh interpreter would take a second), lets it run until it dies or has nothing to do, forks the next
one, and moves the clock until the payout has ended or somebody owns it. The books of the rails then tell what was paid.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import Any

import httpx
import psycopg
import sqlalchemy as sa

from execution import failpoints
from execution.audit.verify import verify_chain
from execution.clock import FixedClock
from execution.domain.states import ENDED, WATCHED_AT_RAIL, State
from execution.executor import Executor
from execution.facts.live import LiveRails
from execution.facts.snapshot import Snapshot
from execution.mark import Mark
from execution.payouts.leases import Leases
from execution.presence import Presence
from execution.service.connections import Connections
from execution.service.payouts import Payouts
from execution.settings import Settings
from execution.store import Store
from execution.store import tables as t
from execution.vault import KeyRing, Where
from execution.vault.keys import read_or_make
from tests.execution.kill.rails import LATE, Rails
from tests.execution.payouts.world import PEOPLE, START, World, _Figures

WIRE_SECONDS = 0.25
KEY = b"k" * 32
# Reading the machine's certificates takes 20 ms for each client that is opened; forked workers share one reading.
httpx._transports.default.create_ssl_context = functools.cache(httpx._transports.default.create_ssl_context)  # type: ignore[attr-defined]
# Seconds after the start at which a worker makes its passes; from the fourth hour on it is the payment's own days.
HOURS = (0, 6, 45, 170, 700, 1500, 2000, 2600, 4000, 6000, 8000, 12_000)
DAYS = (1, 4, 7, 14)
MINOR = 90_000


@dataclass(frozen=True, slots=True)
class Case:
    """What happens to one payout. `first` and `second` are failpoints; empty where that worker lives."""

    number: int
    database: str
    mode: str
    fault: str
    first: str = ""
    second: str = ""
    hit: int = 1  # At which passing of `first` the worker dies.
    down_minutes: int = 0  # How long nobody works after it died there.
    to_the_bank: bool = True  # Else the case ends once the payout is known to be at Ramp, owned and with its due time.

    def __str__(self) -> str:
        return f"{self.number} {self.database} {self.mode} {self.fault} {self.first or '-'} {self.second or '-'}"


@dataclass(slots=True)
class Told:
    """What came of a case. `faults` are sentences; none is what everybody wants."""

    case: Case
    state: str
    kills: int
    reached: tuple[str, ...]
    twice: bool
    faults: list[str] = field(default_factory=list)


class Bed:
    """Templates of a store with one released payout, and the rails. One bed serves all cases of a run."""

    def __init__(self, root: Path, postgres: str | None) -> None:
        self.root, self.postgres = root, postgres
        self.rails = Rails()
        self.payout_ids: dict[str, str] = {}
        self.bills: dict[str, Any] = {}
        databases = ["sqlite", *(["postgresql"] if postgres else [])]
        for database in databases:
            for mode in ("draft", "direct"):
                self._template(database, mode)
        self._warm(databases)

    def close(self) -> None:
        """Ends the rails."""
        self.rails.stop()

    def _template(self, database: str, mode: str) -> None:
        if database == "sqlite":
            url = f"sqlite:///{self.root / f'template-{mode}.db'}"
        else:
            self._sql(f"create database template_{mode}")
            url = f"postgresql://postgres@/template_{mode}?host={self.postgres}"
        world = World(url)
        settings = self.settings(url, self.root)
        read_or_make(settings.kek_path)
        with world.store.begin() as cx:
            cx.execute(sa.update(t.client).values(payout_mode=mode))
            keep = Connections(world.store, KeyRing.from_file(settings.kek_path), world.clock).keep
            for rail, kind, secrets in (
                ("ramp", "executor", {"client_id": "x", "client_secret": "y"}),
                ("plaid", "reader", {"access_token": "z"}),
                ("qbo", "reader", {"refresh_token": "r"}),
            ):
                keep(cx, Where("firm", "acme", rail, kind), secrets, connection_id=rail, external_account_id=rail,
                     at=START)  # fmt: skip
        self.payout_ids[mode] = world.released(world.bill(1, MINOR))
        self.bills = world.bills
        world.store.dispose()

    def _warm(self, databases: list[str]) -> None:
        """Play one case of each kind here: forked workers then share what was imported and every compiled statement."""
        self.stores: dict[str, Store] = {}
        for number, (database, mode) in enumerate((d, m) for d in databases for m in ("draft", "direct")):
            case = Case(-1 - number, database, mode, "timeout-after")
            with self.store_of(case) as (url, folder):
                self.stores.setdefault(database, Store(url))
                self.tell("/_case", now=START.isoformat(), fault=case.fault)
                Shift(self, case, url, folder).work(START)
                self._judged(case, 0, (), [])

    def settings(self, url: str, data: Path) -> Settings:
        """Settings of a worker: real rails of this bed, real sender."""
        made = Settings.from_env({
            "ROWCOL_DATA": str(data), "ROWCOL_CONTROL_URL": url, "ROWCOL_EXECUTION_SENDER": "ramp",
            "ROWCOL_RAMP_URL": self.rails.ramp_url, "ROWCOL_PLAID_URL": self.rails.desk_url,
            "ROWCOL_QBO_URL": self.rails.desk_url,
        })  # fmt: skip
        return made

    def _sql(self, statement: str) -> None:
        assert self.postgres
        with psycopg.connect(host=self.postgres, user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def store_of(self, case: Case) -> Iterator[tuple[str, Path]]:
        """A fresh copy of the case's template under the one name that all cases use: its URL, and a data folder."""
        folder = self.root / "case"
        folder.mkdir()
        try:
            if case.database == "sqlite":
                shutil.copy(self.root / f"template-{case.mode}.db", folder / "control.db")
                yield f"sqlite:///{folder / 'control.db'}", folder
                return
            self._sql(f"create database case_ template template_{case.mode}")
            try:
                yield f"postgresql://postgres@/case_?host={self.postgres}", folder
            finally:
                self._sql("drop database case_ with (force)")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def tell(self, path: str, **body: Any) -> dict[str, Any]:
        """Say something to the rails, a case or the time; answers what Ramp and the bank hold then."""
        door = HTTPConnection("127.0.0.1", self.rails.desk_port, timeout=10)
        try:
            door.request("POST", path, json.dumps(body))
            answer: dict[str, Any] = json.loads(door.getresponse().read())
            return answer
        finally:
            door.close()

    def books(self) -> dict[str, Any]:
        """What Ramp and the bank hold now. Looking moves nothing, so a dropped connection is asked again."""
        try:
            return self.tell("/_look", now=START.isoformat())
        except (RemoteDisconnected, ConnectionResetError):
            return self.tell("/_look", now=START.isoformat())

    def run(self, case: Case) -> Told:
        """Play one case to its end and judge it."""
        with self.store_of(case) as (url, folder):
            self.tell("/_case", now=START.isoformat(), fault=case.fault)
            kills, reached, at = 0, [], START
            faults: list[str] = []
            for failpoint, hit in ((case.first, case.hit), (case.second, 1), ("", 1)):

                def shift(failpoint: str = failpoint, hit: int = hit, at: datetime = at) -> None:
                    failpoints.arm(failpoint or None, hit)
                    Shift(self, case, url, folder).work(at)

                code, told = in_a_fork(shift)
                if code != -signal.SIGKILL:
                    faults += [f"a worker ended with {code}: {told[-600:]}"] if code else []
                    break  # It lived to the end of the payout's days.
                kills += 1
                reached.append(failpoint)
                # The next one begins where this one died, or some time later.
                pause = timedelta(minutes=case.down_minutes if kills == 1 else 0)
                at = datetime.fromisoformat(self.books()["now"]) + pause
            return self._judged(case, kills, tuple(reached), faults)

    def _judged(self, case: Case, kills: int, reached: tuple[str, ...], faults: list[str]) -> Told:
        store, books = self.stores[case.database], self.books()
        try:
            with store.read() as cx:
                row = cx.execute(sa.select(t.payout)).mappings().one()
                intents = cx.execute(sa.select(sa.func.count()).select_from(t.rail_call).where(
                    t.rail_call.c.method == "POST")).scalar_one()  # fmt: skip
                chain = verify_chain(cx, "firm", semantic=True)
                held = cx.execute(sa.select(sa.func.sum(t.account_cash.c.held_minor))).scalar_one() or 0
                frozen = cx.execute(sa.select(sa.func.count()).select_from(t.client_freeze)).scalar_one()
                owners = (
                    cx.execute(
                        sa.select(t.custody_link.c.owner).where(
                            t.custody_link.c.closed_at.is_(None), t.custody_link.c.due_at.is_not(None)
                        )
                    )
                    .scalars()
                    .all()
                )
                halted = cx.execute(sa.select(sa.func.count()).select_from(t.halt).where(
                    t.halt.c.ended_at.is_(None))).scalar_one()  # fmt: skip
            state = State(row["state"])
            live = sum(status != "ARCHIVED" for *_, status in books["standing"])
            twice = books["paid"] > 1 or (not case.to_the_bank and live > 1)
            if twice:
                faults.append(f"paid {books['paid']} times, {live} bills stand")
            if books["posts"] > intents:
                faults.append(f"{books['posts']} requests at Ramp, {intents} intents in the store")
            if not chain.ok:
                faults.append(f"chain broken at {chain.first_bad_seq}: {chain.problem}")
            if books["paid"] and state is not State.SETTLED and not frozen:
                faults.append(f"paid at the bank, and the payout is {state}")
            if state is State.SETTLED and books["paid"] != 1:
                faults.append(f"settled, and the bank shows {books['paid']} payments")
            if state not in ENDED and state is not State.SETTLED:
                if not [owner for owner in owners if owner]:
                    faults.append(f"stands as {state} and nobody owns it")
                is_underway = state in WATCHED_AT_RAIL and not case.to_the_bank and live == 1
                if not frozen and state is not State.BLOCKED and not is_underway:
                    faults.append(f"lost: still {state} after {DAYS[-1]} days ({row['state_reason']})")
            if halted:
                faults.append("the executor is still halted")
            if held not in (0, row["amount_minor"]):
                faults.append(f"{held} is held for a payout of {row['amount_minor']}")
            if held and (state in ENDED or state is State.SETTLED):
                faults.append(f"{held} is still held though the payout is {state}")
            return Told(case, str(state), kills, reached, twice, faults)
        finally:
            store.dispose()


class _Kept:
    """What the world's snapshot needs to answer; bank lines come from the rails' books."""

    def __init__(self, bed: Bed, clock: FixedClock, root: Path) -> None:
        self.clock, self.root, self.bills = clock, root, bed.bills
        self.snapshot_id, self.proofs, self.elsewhere = "s1", list[dict[str, Any]](), list[dict[str, Any]]()
        self.available, self.read_at = 5_000_000, None


class Shift:
    """One worker process, after its fork."""

    def __init__(self, bed: Bed, case: Case, url: str, folder: Path) -> None:
        self.bed, self.case = bed, case
        self.clock, self.quiet_until = FixedClock(START), START
        settings = bed.settings(url, folder)
        self.store = bed.stores[case.database]  # Without an open connection: those are each process's own.
        self.presence = Presence(settings.executors_dir, f"worker-{os.getpid()}")
        self.kept = _Kept(bed, self.clock, folder)
        connections = Connections(self.store, KeyRing.from_file(bed.root / "control" / "kek"), self.clock)
        self.rails = LiveRails(settings, connections, "firm", "acme")
        self.rails._ramp._http.timeout = httpx.Timeout(WIRE_SECONDS, connect=1.0)
        self.payouts = Payouts(self.store, self.clock, settings)
        self.executor = Executor(
            self.store, self.clock, rails_for=lambda row: self.rails, open_snapshot=self.snapshot, fingerprint_key=KEY,
            leases=Leases(self.store, self.presence.owner, is_dead=self.presence.is_dead),
            watched_by=(Mark(settings.executors_dir), self.presence),
        )  # fmt: skip

    @contextmanager
    def snapshot(self, advisor_id: str) -> Iterator[Snapshot]:
        """The figures, as published."""
        yield _Figures(self.kept)  # type: ignore[arg-type]

    def work(self, began: datetime) -> None:
        """Passes at each instant, until the payout has ended or the days are over."""
        began_days = [timedelta(days=d) for d in DAYS if timedelta(days=d) > began - START]
        instants = [*(began + timedelta(seconds=s) for s in HOURS), *(START + step for step in began_days)]
        for at in sorted(instants):
            if at < self.quiet_until:
                continue
            self.clock.at = at
            self.look_at_the_bank(self.bed.tell("/_clock", now=self.clock.at.isoformat())["bank"])
            self.executor.one_pass()
            state, reason = self.stands()
            if state in ENDED or state in (State.SETTLED, State.BLOCKED):
                break
            if state in WATCHED_AT_RAIL and not self.case.to_the_bank:
                break
            if state in WATCHED_AT_RAIL and self.case.fault not in LATE:
                # Known to be at Ramp, and nothing more can land: until it pays nothing happens.
                self.quiet_until = START + timedelta(days=1)
            if state is State.UNCONFIRMED and "agrees to send it again" in reason:
                self.payouts.agree_to_resend(PEOPLE["cleo"], self.bed.payout_ids[self.case.mode], "looked in Ramp")
        self.presence.leave()
        self.store.dispose()

    def stands(self) -> tuple[State, str]:
        """The payout's state and reason now."""
        with self.store.read() as cx:
            row = cx.execute(sa.select(t.payout.c.state, t.payout.c.state_reason)).one()
        return State(row.state), row.state_reason

    def look_at_the_bank(self, bank: list[dict[str, Any]]) -> None:
        """Figures of this moment: which of our payments the bank shows."""
        by_reference: dict[str, list[dict[str, Any]]] = {}
        for line in bank:
            by_reference.setdefault(line["remote_id"], []).append(line)
        self.kept.proofs = [
            {"client_id": "acme", "payout_id": reference, "candidate_count": len(lines), "amount_minor": MINOR,
             "posting_id_plaid": lines[0]["posting_id"], "posted_date": lines[0]["day"],
             "posting_description": "ACH", "bill_payment_id_qbo": None}
            for reference, lines in by_reference.items()
        ]  # fmt: skip
        self.executor.take_proofs("firm")


def in_a_fork(act: Any) -> tuple[int, str]:
    """Run something in a child of this process; its exit code (negative for a signal) and what it said of a failure."""
    inbox, outbox = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(inbox)
        code = 0
        try:
            act()
        except BaseException:
            os.write(outbox, traceback.format_exc().encode()[-60_000:])
            code = 1
        finally:
            os._exit(code)
    os.close(outbox)
    told = b""
    while part := os.read(inbox, 65_536):
        told += part
    os.close(inbox)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), told.decode(errors="replace")
