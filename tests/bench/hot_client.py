"""One client whom everybody pays for at once: real store, snapshot, service and executor; only the rails are made up.

Each process has its own engine, service and executor, as separate machines would; they meet in the database alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.clock import FixedClock
from execution.domain.facts import BalanceFacts, BillFacts
from execution.domain.payload import Payload
from execution.domain.rail import RailRecord, Reply, Request, Search, Wire
from execution.domain.reference import payout_id_for
from execution.executor import Executor
from execution.facts.ramp_payee import RampVendor
from execution.facts.snapshot import open_snapshot
from execution.people.principal import Principal
from execution.service.payouts import Payouts
from execution.settings import Settings
from execution.store import Store
from execution.store import tables as t
from execution.store.migrate import migrate
from execution.tenancy.policies import write_policy

SCHEMA = Path(__file__).resolve().parents[1] / "app" / "published_schema.sql"
START = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
CONTROLLERS = 50
ACCOUNT = "acc"
FIRM, CLIENT = "firm", "hot"
BEA = Principal("bea", "Bea Moreno", "bookkeeper", FIRM, None)
NO_LIMIT = 10**12


def controller(number: int) -> Principal:
    """One of the fifty."""
    name = f"controller-{number % CONTROLLERS}"
    return Principal(name, name, "controller", FIRM, None)


def payout_id(number: int) -> str:
    """The reference of a bill's first payout."""
    return payout_id_for(FIRM, CLIENT, "ramp", f"qbo:{number}", 1)


class TimedStore(Store):
    """A store that remembers how long each write transaction took, its wait for a turn included."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.seconds: list[float] = []

    @contextmanager
    def begin(self, name: str = "") -> Iterator[Connection]:
        """One write transaction, timed."""
        began = time.perf_counter()
        with super().begin(name) as connection:
            yield connection
        self.seconds.append(time.perf_counter() - began)


class Rails:
    """Ramp, the bank and QBO, answering at once and keeping what was sent."""

    name = "ramp"

    def __init__(self, amounts: dict[str, int], available_minor: int) -> None:
        self.sender, self._amounts, self._available = self, amounts, available_minor
        self.sent: dict[str, RailRecord] = {}

    def balance(self, account_id: str, asked_at: datetime) -> BalanceFacts:
        return BalanceFacts(account_id, self._available, "USD", asked_at, is_live=True)

    def bill(self, source_bill_id: str) -> BillFacts | None:
        return BillFacts(source_bill_id, self._amounts[source_bill_id], "USD", "0")

    def vendor(self, vendor_id: str) -> RampVendor | None:
        return RampVendor(vendor_id, True, f"account-{vendor_id}", "ACH")

    def foreign_minor(self, source_bank_account_id: str, own: set[str]) -> int:
        return 0

    def skew_seconds(self, now: datetime) -> int | None:
        return 0

    def search(self, payload: Payload) -> Search:
        return Search(tuple(r for r in (self.sent.get(payload.payout_id),) if r), (), 1)

    def request_for(self, payload: Payload) -> Request:
        return Request("POST", "/bills", payload.canonical())

    def post(self, request: Request) -> Reply:
        told = json.loads(request.body)
        record = RailRecord("bill", f"bill-{told['payout_id'][:12]}", told["payout_id"], told["vendor_id_ramp"],
                            told["invoice_number"], told["amount_minor"], "USD", "PAYMENT_SCHEDULED")  # fmt: skip
        assert told["payout_id"] not in self.sent, "sent twice"
        self.sent[told["payout_id"]] = record
        return Reply(Wire.DONE, "created", 201, record.record_id, None, b"{}", record.status_summary)

    def submit(self, record_id: str) -> str | None:
        return None

    def read(self, record: RailRecord) -> RailRecord | None:
        return replace(self.sent[record.remote_id or ""], status_summary="PAYMENT_SCHEDULED")


class HotClient:
    """The firm as one process sees it."""

    def __init__(self, root: Path, url: str, bills: int, cents: int, available_minor: int) -> None:
        self.bills, self.cents = bills, cents
        self.store = TimedStore(url)
        self.clock = FixedClock(START)
        settings = Settings.from_env({"ROWCOL_DATA": str(root)})
        self.payouts = Payouts(self.store, self.clock, settings)
        amounts = {f"qbo:{number}": cents for number in range(bills)}
        self.rails = Rails(amounts, available_minor)
        self.executor = Executor(self.store, self.clock, rails_for=lambda row: self.rails,
                                 open_snapshot=lambda firm: open_snapshot(root, firm),
                                 fingerprint_key=b"k" * 32)  # fmt: skip

    def pay(self, number: int) -> None:
        """One bill from proposal until Ramp holds it: propose, approve, release, reserve, intent, record."""
        made = self.payouts.propose(BEA, CLIENT, f"qbo:{number}")
        assert made.state == "proposed", made.state_reason
        self.payouts.approve(controller(number), made.payout_id, payload_sha256=made.payload_sha256, reason="due")
        self.payouts.release(controller(number + 1), made.payout_id)
        self._take_along(made.payout_id, "approved", "at_rail")

    def settle(self, number: int) -> None:
        """The bank's line came with a new snapshot: the hold is consumed."""
        self._take_along(payout_id(number), "at_rail", "settled")

    def _take_along(self, payout_id: str, state: str, until: str) -> None:
        for _ in range(100):
            done = self.executor._take_along({"advisor_id": FIRM, "payout_id": payout_id, "state": state})
            state = done[-1].state if done else state
            if state == until:
                return
            assert state in ("approved", "reserved"), f"{payout_id} came to {state}: {done}"
        raise AssertionError(f"{payout_id} stays {state}")


def make_firm(root: Path, url: str, bills: int, cents: int, available_minor: int) -> None:
    """The firm's people, client, policy and figures, and each vendor's account as read at Ramp."""
    migrate(url)
    store = Store(url)
    with store.begin() as cx:
        cx.execute(sa.insert(t.advisor).values(advisor_id=FIRM, advisor_name="Firm", created_at=START))
        cx.execute(sa.insert(t.client).values(
            advisor_id=FIRM, client_id=CLIENT, client_name="Hot", time_zone="America/New_York", currency_code="USD",
            payout_mode="direct", ramp_entity_id="e1", ramp_bank_account_id="b1", account_id_plaid=ACCOUNT,
            created_at=START))  # fmt: skip
        rules = {"buffer_minor": 0, "day_limit_minor": NO_LIMIT, "vendor_day_limit_minor": NO_LIMIT,
                 "client_week_limit_minor": NO_LIMIT, "client_payouts_hour_max": 100_000,
                 "client_payouts_day_max": 100_000}  # fmt: skip
        write_policy(cx, FIRM, CLIENT, rules, by="set-up", at=START)
        for one in (BEA, *map(controller, range(CONTROLLERS))):
            cx.execute(sa.insert(t.person).values(person_id=one.person_id, name=one.name, created_at=START))
            cx.execute(sa.insert(t.membership).values(
                advisor_id=FIRM, person_id=one.person_id, role=one.role, client_id="*",
                from_at=START - timedelta(days=9)))  # fmt: skip
    _publish(root, bills, cents, available_minor)
    firm = HotClient(root, url, bills, cents, available_minor)
    firm.executor.learn_payees(FIRM, bills)
    firm.store.dispose()
    store.dispose()


def _publish(root: Path, bills: int, cents: int, available_minor: int) -> None:
    folder = root / "published" / FIRM / "s1"
    folder.mkdir(parents=True)
    whose: dict[str, Any] = {"advisor_id": FIRM, "client_id": CLIENT}
    today = START.date()
    with duckdb.connect(str(folder / "snapshot.duckdb")) as db:
        db.execute(SCHEMA.read_text())

        def put(table: str, rows: list[dict[str, Any]]) -> None:
            names = ", ".join(rows[0])
            db.executemany(f"insert into {table} ({names}) values ({', '.join('?' * len(rows[0]))})",
                           [list(row.values()) for row in rows])  # fmt: skip

        put("pub_clients", [{**whose, "client_name": "Hot"}])
        put("pub_portfolio", [{**whose, "readiness_score": 90, "average_daily_net_burn_minor": 1000}])
        put("pub_rail_health", [{**whose, "rail": rail, "status": "fresh", "reason": ""}
                                for rail in ("qbo", "ramp", "plaid", "stripe")])  # fmt: skip
        put("pub_accounts", [{**whose, "account_id_plaid": ACCOUNT, "is_cash": True, "available_minor": available_minor,
                              "currency_code": "USD", "balance_at": START, "bank_account_id_ramp": "b1"}])  # fmt: skip
        db.execute("begin")
        put("pub_open_bills", [
            {**whose, "source_bill_id": f"qbo:{n}", "bill_id_qbo": str(n), "sync_token_qbo": "0",
             "counterparty_id": f"cp{n}", "vendor_name": f"Vendor {n}", "vendor_id_qbo": f"q{n}",
             "vendor_id_ramp": f"v{n}", "invoice_number": f"INV-{n}", "total_minor": cents, "open_minor": cents,
             "currency_code": "USD", "bill_date": today, "due_date": today + timedelta(days=20), "days_overdue": 0,
             "is_vendor_new": False, "first_paid_date": today - timedelta(days=300), "is_payable_here": True}
            for n in range(bills)
        ])  # fmt: skip
        put("pub_payments_history", [
            {**whose, "payment_key": f"p{n}", "vendor_id_ramp": f"v{n}", "counterparty_id": f"cp{n}",
             "invoice_number_normalized": f"OLD{n}", "amount_minor": cents, "currency_code": "USD",
             "paid_date": today - timedelta(days=60), "rail": "ramp", "record_id": f"old-{n}"}
            for n in range(bills)
        ])  # fmt: skip
        put("pub_payout_proofs", [
            {**whose, "payout_id": payout_id(n), "posting_id_plaid": f"tx{n}", "posted_date": today,
             "posting_description": f"RAMP BILL PAY {n}", "candidate_count": 1, "decided_by": "descriptor",
             "amount_minor": cents,
             "bill_payment_id_qbo": f"bp{n}", "bill_payment_date": today}
            for n in range(bills)
        ])  # fmt: skip
        db.execute("commit")
    pointer = {"snapshot_id": "s1", "published_at": START.isoformat(), "as_of_at": START.isoformat()}
    (root / "published" / FIRM / "current.json").write_text(json.dumps(pointer))
