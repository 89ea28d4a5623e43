"""A firm of the sandbox that pays its bills through the real executor, week after week, with every sync a real one.

A sync is what `rowcol run` does: load the four rails and the control store, build the warehouse, publish; then the
executor's rounds. People's decisions go through the service, and money only through the sandbox's Ramp.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from execution.errors import RowcolError
from execution.facts.snapshot import open_snapshot
from execution.service.payout_reading import Reading
from execution.store import tables as t
from execution.worker import Worker
from ingestion import ensure_raw_tables
from orchestration.paths import DBT_PROJECT, Paths
from orchestration.steps.build import as_of_vars, dbt_environment
from orchestration.steps.load import load_rails
from orchestration.steps.publish import publish
from sandbox.rails.http import dump
from sandbox.world.packing import readable
from tests.bench.loaded_world import ROOT, build
from tests.execution.sandbox.taken_on import TakenOn
from tests.rails_server import running_sandbox

END = date(2026, 11, 24)
HISTORY_MONTHS = 6
SYNC_HOUR = 23  # UTC: what the day posted and Ramp's link booked is there to be read.
MOST_A_WEEK = 10  # Payouts of one client in one week.
# What a world does wrong by itself, and its records that are payments of a bill.
BOOKED_ON_ANOTHER = "booked on the invoice's other entry"
PAID_TWICE = "paid by another road too"
_PAYMENTS = {("qbo", "BillPayment"), ("ramp", "bill"), ("ramp", "transaction"), ("plaid", "transaction")}


@dataclass
class Paid:
    """One payout of the bench, with the fault that was planted on it, if any."""

    client: str
    payout_id: str
    sent_at: datetime
    fault: str = ""
    held: str = ""  # What the world itself did wrong with it, and by which record.
    held_by: str = ""
    evident_at: datetime | None = None
    found_at_sync: int | None = None
    posted_sync: int | None = None
    closed_sync: int | None = None
    accused: list[str] = field(default_factory=list)


class Firm:
    """The sandbox served, the firm taken on, and the steps of a week."""

    def __init__(self, home: Path, clients: int, weeks: int, seed: int) -> None:
        self.home, self.random = home, random.Random(seed)
        self.world = home / "world.db"
        months = HISTORY_MONTHS + weeks * 12 // 52 + 1
        size = ["--clients", str(clients), "--months", str(months), "--seed", str(seed), "--end", END.isoformat()]
        command = [sys.executable, "-m", "sandbox", "generate", *size, "--out", str(self.world)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # The world runs a hundred days past its end by itself; an earlier start makes the year whole.
        first = END - timedelta(days=max(0, weeks * 7 + 65 - 115))
        starts = datetime(first.year, first.month, first.day, SYNC_HOUR, tzinfo=UTC)
        with sqlite3.connect(self.world) as db:
            db.execute("insert or replace into meta values ('now', ?)", (str(int(starts.timestamp())),))
        self.syncs = 0

    @contextmanager
    def served(self) -> Iterator[Firm]:
        """Everything up; the environment is the firm's until it ends."""
        before = dict(os.environ)
        with running_sandbox(self.world, paused=True) as urls:
            self.taken = TakenOn(self.home / "data", self.world, urls)
            os.environ.update(self.taken.env, ROWCOL_PATIENCE_SCALE="0.5")
            apps = self.taken.env
            os.environ |= {"ROWCOL_QBO_SECRET": apps["ROWCOL_QBO_CLIENT_SECRET"]}
            self.plane, self.paths = self.taken.plane, Paths.from_env()
            self.advisor = self.plane.clients.advisors()[0].advisor_id
            self.worker = Worker(self.plane.settings, self.plane.store, self.plane.clock, 1000)
            self.db = sqlite3.connect(self.world, timeout=60, isolation_level=None)
            readable(self.db)
            self.paths.warehouse.parent.mkdir(parents=True, exist_ok=True)
            ensure_raw_tables(self.paths.warehouse)
            try:
                yield self
            finally:
                self.db.close()
                self.plane.store.dispose()
                os.environ.clear()
                os.environ.update(before)

    def now(self) -> datetime:
        return self.plane.now()

    def sync(self) -> None:
        """Load, build, publish, and let the executor take in what is new."""
        now = self.now()
        outcomes = load_rails(self.plane, self.paths.warehouse, run_id=f"sync-{self.syncs}", as_of=now,
                              control_url=self.paths.control_url())  # fmt: skip
        for one in outcomes:
            if one.outcome != "ok":
                print(f"not loaded: {one.client_id} {one.rail} ({one.reason_code})", flush=True)
        self._build(now)
        publish(self.paths.warehouse, self.paths.published, as_of=now, evidence={})
        self.syncs += 1
        self.work()

    def _build(self, now: datetime) -> None:
        """Every model, like any build; the seeds and the parsing of the project only once, for neither changes."""
        target = self.home / "target"
        if self.syncs == 0:
            build(self.paths.warehouse, now, target)
            return
        command = [sys.executable, "-m", "tests.bench.kept_project", str(target), json.dumps(as_of_vars(now))]
        environment = {**dbt_environment(self.paths.warehouse), "PYTHONPATH": str(ROOT), "DBT_LOG_PATH": str(target)}
        done = subprocess.run(command, cwd=DBT_PROJECT, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"dbt run failed at sync {self.syncs}:\n{done.stdout[-3000:]}")

    def work(self) -> None:
        """Rounds of the executor until it has seen what Ramp shows now: it had hours, and takes them in seconds."""
        self._rounds_until(self._has_seen_ramp, at_least=2)

    def send_off(self) -> None:
        """Rounds until every released payout has left."""
        p = t.payout.c
        waiting = sa.select(sa.func.count()).where(p.released_at.is_not(None), p.state.in_(["approved", "reserved"]))

        def has_left() -> bool:
            with self.plane.store.read() as cx:
                return cx.execute(waiting).scalar_one() == 0

        self._rounds_until(has_left)

    def _rounds_until(self, is_done: Callable[[], bool], at_least: int = 1) -> None:
        """What the executor says is not shown. The rails' own limits make one that is in a hurry wait."""
        for number in range(1, 60):
            with contextlib.redirect_stdout(io.StringIO()):
                self.worker.round()
            if number >= at_least and is_done():
                return
            if number >= at_least:
                time.sleep(1.5)  # The limits are measured in real seconds, the executor's patience in the world's.
                self.advance(seconds=61)

    def _has_seen_ramp(self) -> bool:
        """Whether each payout on its way is known to be where Ramp shows it."""
        p = t.payout.c
        query = sa.select(p.client_id, p.payout_id, p.rail_bill_id, p.rail_status)
        with self.plane.store.read() as cx:
            rows = cx.execute(query.where(p.state.in_(["handed_off", "at_rail", "in_flight"]))).all()
        shown = {client: self.taken.now("ramp", "bill", client) for client in {row.client_id for row in rows}}
        references = {client: {bill.get("remote_id") for bill in bills.values()} for client, bills in shown.items()}
        for row in rows:
            bill = shown[row.client_id].get(row.rail_bill_id or "")
            is_behind = bill["status_summary"] != row.rail_status if bill else (
                row.rail_bill_id is None and row.payout_id in references[row.client_id])  # fmt: skip
            if is_behind:
                return False
        return True

    def advance(self, **by: int) -> None:
        self.taken.advance(**by)

    def payable(self, client: str) -> list[dict[str, Any]]:
        """Open bills that an ordinary controller would pay alone, to payees without a history of trouble."""
        ramp = self.taken.profiles[client].get("ramp") or {}
        marked = {*(ramp.get("payment_error_vendor_ids") or ()), *(ramp.get("payment_return_vendor_ids") or ())}
        with open_snapshot(self.plane.settings.data, self.advisor) as snapshot:
            bills = snapshot.open_bills(client)
        return [
            bill for bill in bills
            if bill["is_payable_here"] and not bill["is_vendor_new"] and not bill["duplicate_of"]
            and 20_000 <= bill["open_minor"] <= 450_000 and bill["vendor_id_ramp"] not in marked
        ]  # fmt: skip

    def decide(self, client: str) -> list[Paid]:
        """Propose, approve and release what the guards let through; answers what was released."""
        desk: Reading = self.plane.payouts
        bea, carl = self.taken.person("bea"), self.taken.person("carl")
        bills = self.payable(client)
        verdicts = {
            v.source_bill_id: v.outcome for v in desk.preview(carl, client, [b["source_bill_id"] for b in bills])
        }
        ready = [b["source_bill_id"] for b in bills if verdicts[b["source_bill_id"]] in ("pass", "warning")]
        done = []
        for bill_id in ready[:MOST_A_WEEK]:
            try:
                made = self.plane.payouts.propose(bea, client, bill_id)
                if made.state == "proposed":
                    self.plane.payouts.approve(carl, made.payout_id, payload_sha256=made.payload_sha256, reason="due")
                    self.plane.payouts.release(carl, made.payout_id)
                    done.append(Paid(client, made.payout_id, self.now()))
            except RowcolError as refused:
                print(f"not paid: {client} {bill_id}: {refused}", flush=True)
        return done

    def row(self, payout_id: str) -> dict[str, Any]:
        with self.plane.store.read() as cx:
            return dict(cx.execute(sa.select(t.payout).where(t.payout.c.payout_id == payout_id)).mappings().one())

    def links(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Every link by payout."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        with self.plane.store.read() as cx:
            for link in cx.execute(sa.select(t.custody_link)).mappings():
                found.setdefault(link["payout_id"], {})[link["link"]] = dict(link)
        return found

    def planned(self, client: str, rail: str, kind: str, object_id: str) -> list[tuple[int, int, dict[str, Any]]]:
        """(version, visible_at, body) of what the sandbox will still show of an object that it wrote itself."""
        rows = self.db.execute(
            "select version, visible_at, body from object_version where rail=? and client_key=? and kind=? and id=?"
            " and visible_at>? order by version",
            (rail, client, kind, object_id, int(self.now().timestamp())),
        )
        return [(version, at, json.loads(body)) for version, at, body in rows]

    def traces(self, client: str, rail_bill_id: str) -> dict[str, list[str]]:
        """What a payment leaves on the other rails, by `rail kind`."""
        rows = self.db.execute(
            "select distinct rail || ' ' || object_kind, object_id from truth_event where client_key=? and event_id=?",
            (client, f"payout:{rail_bill_id}"),
        )
        found: dict[str, list[str]] = {}
        for kind, object_id in rows:
            found.setdefault(kind, []).append(object_id)
        return found

    def shown(self, client: str, rail: str, kind: str, object_id: str) -> dict[str, Any] | None:
        """An object's body as it stands now; None while the rail shows none."""
        found = self.db.execute(
            "select is_deleted, json_body(rail, client_key, kind, body) from object_version where rail=?"
            " and client_key=? and kind=? and id=? and visible_at<=? order by version desc limit 1",
            (rail, client, kind, object_id, int(self.now().timestamp())),
        ).fetchone()
        return None if found is None or found[0] else dict(json.loads(found[1]))

    def held_by_the_world(self, client: str, source_bill_id: str, rail_bill_id: str) -> tuple[str, str]:
        """What the world itself did wrong with a payout's bill, and by which record; empty texts when nothing."""
        rail, bill_id = source_bill_id.split(":")
        for payment_id in self.traces(client, rail_bill_id).get("qbo BillPayment", []):
            booked = self.shown(client, "qbo", "BillPayment", payment_id)
            on = {link["TxnId"] for line in (booked or {}).get("Line", []) for link in line["LinkedTxn"]}
            if rail == "qbo" and on and bill_id not in on:
                return BOOKED_ON_ANOTHER, f"qbo BillPayment {payment_id}"
        others = self.db.execute(
            "select distinct b.rail, b.object_kind, b.object_id from truth_event a join truth_event b"
            " on b.client_key = a.client_key and b.event_id = a.event_id where a.client_key=? and a.rail=?"
            " and a.object_kind=? and a.object_id=? and a.event_id not like 'payout:%'",
            (client, rail, "Bill" if rail == "qbo" else "bill", bill_id),
        ).fetchall()
        for other in others:
            body = self.shown(client, *other) if other[:2] in _PAYMENTS else None
            if body is not None and (other[:2] != ("ramp", "bill") or body["paid_at"]):
                return PAID_TWICE, " ".join(other)
        return "", ""

    def forget(self, client: str, rail: str, kind: str, object_id: str) -> None:
        self.db.execute(
            "delete from object_version where rail=? and client_key=? and kind=? and id=? and visible_at>?",
            (rail, client, kind, object_id, int(self.now().timestamp())),
        )

    def rewrite(self, client: str, rail: str, kind: str, object_id: str, version: int, body: dict[str, Any]) -> None:
        """Show another body in a version's place, in the rail's own bytes: it looks for fields in them."""
        self.db.execute(
            "update object_version set body=?, amount_minor=coalesce(?, amount_minor)"
            " where rail=? and client_key=? and kind=? and id=? and version=?",
            (dump(body), round(body["amount"] * 100) if kind == "transaction" else None,
             rail, client, kind, object_id, version),
        )  # fmt: skip

    def add(self, client: str, rail: str, kind: str, object_id: str, at: int, body: dict[str, Any], *,
            amount_minor: int | None = None, account_id: str | None = None, gone: bool = False) -> None:  # fmt: skip
        last = self.db.execute(
            "select max(version) from object_version where rail=? and client_key=? and kind=? and id=?",
            (rail, client, kind, object_id),
        ).fetchone()[0]
        version = 0 if last is None else last + 1
        self.db.execute(
            "insert into object_version values (?,?,?,?,?,?,?,?,?,?,?)",
            (rail, client, kind, object_id, version, at, at, int(gone), amount_minor, account_id,
             dump(body)),
        )  # fmt: skip
