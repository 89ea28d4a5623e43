"""A firm in memory's reach: the real store and executor, one snapshot file, and rails that keep their own books."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from execution.clock import FixedClock
from execution.domain.facts import BalanceFacts, BillFacts
from execution.domain.payload import Payload
from execution.domain.rail import RailRecord, Reply, Request, Search, Wire
from execution.executor import Executor, Outcome
from execution.facts.ramp_payee import RampVendor
from execution.facts.snapshot import Pointer, Snapshot
from execution.people.principal import Principal
from execution.senders.base import RailUnreachable
from execution.service.payouts import Payouts
from execution.settings import Settings
from execution.store import Store
from execution.store import tables as t
from execution.store.migrate import migrate
from execution.tenancy.policies import write_policy

START = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
PEOPLE = {
    name: Principal(name, name.title(), role, "firm", None)
    for name, role in {
        "bea": "bookkeeper", "carl": "controller", "cleo": "controller", "ada": "advisor", "farid": "firm_admin",
    }.items()
}  # fmt: skip


class Rails:
    """Ramp, bank and QBO of one client; `fault` is done to the next POST."""

    name = "ramp"

    def __init__(self, world: World) -> None:
        self.world, self.sender = world, self
        self.bills: dict[str, RailRecord] = {}
        self.posts = 0
        self.fault = ""
        self.skew = 0
        self.is_down = False
        self.archive_refused = ""
        self.is_blind = False  # A listing that does not show new bills yet.
        self.available = 1_000_000
        self.foreign = 0
        self.own_seen: set[str] = set()
        self.vendors: dict[str, RampVendor | None] = {}

    def _answers(self) -> None:
        if self.is_down:
            raise RailUnreachable("ramp", "does not answer")

    def balance(self, account_id: str, asked_at: datetime) -> BalanceFacts:
        self._answers()
        return BalanceFacts(account_id, self.available, "USD", asked_at, is_live=True)

    def bill(self, source_bill_id: str) -> BillFacts | None:
        self._answers()
        bill = self.world.bills.get(source_bill_id)
        return BillFacts(source_bill_id, bill["open_minor"], "USD", bill["sync_token_qbo"]) if bill else None

    def vendor(self, vendor_id: str) -> RampVendor | None:
        self._answers()
        return self.vendors.get(vendor_id, RampVendor(vendor_id, True, f"account-{vendor_id}", "ACH"))

    def foreign_minor(self, source_bank_account_id: str, own: set[str]) -> int:
        self.own_seen = own
        return self.foreign

    def skew_seconds(self, now: datetime) -> int | None:
        return self.skew

    def search(self, payload: Payload) -> Search:
        self._answers()
        if self.is_blind:
            return Search((), (), 1)
        return Search(tuple(b for b in self.bills.values() if b.remote_id == payload.payout_id), (), 1)

    def request_for(self, payload: Payload) -> Request:
        self._asked = payload
        return Request("POST", "/bills", payload.canonical())

    def post(self, request: Request) -> Reply:
        fault, self.fault, payload = self.fault, "", self._asked
        if fault == "never":
            return Reply(Wire.NEVER_SENT, "no connection")
        if fault == "refused":
            return Reply(Wire.REFUSED, "Ramp refused")
        self.posts += 1
        if fault == "lost":
            return Reply(Wire.UNCONFIRMED, "Ramp went silent")
        record = self.lands(payload)
        if fault == "twice":
            self.lands(payload)
        if fault in ("silent", "twice"):
            return Reply(Wire.UNCONFIRMED, "Ramp went silent")
        return Reply(Wire.DONE, "created", 201, record.record_id, None, b"", record.status_summary)

    def lands(self, payload: Payload, **changes: Any) -> RailRecord:
        record = RailRecord("bill", f"bill-{len(self.bills) + 1}", payload.payout_id, payload.vendor_id_ramp,
                            payload.invoice_number, payload.amount_minor, "USD", "PAYMENT_SCHEDULED")  # fmt: skip
        record = replace(record, **changes)
        self.bills[record.record_id] = record
        return record

    def becomes(self, remote_id: str, status: str, **changes: Any) -> None:
        for key, bill in self.bills.items():
            if bill.remote_id == remote_id:
                self.bills[key] = replace(bill, status_summary=status, **changes)

    def submit(self, record_id: str) -> str | None:
        return None

    def archive(self, bill_id: str) -> str | None:
        self._answers()
        if self.archive_refused:
            return self.archive_refused
        self.bills[bill_id] = replace(self.bills[bill_id], is_archived=True, status_summary="ARCHIVED")
        return None

    def everything(self) -> list[RailRecord]:
        self._answers()
        return list(self.bills.values())

    def read(self, record: RailRecord) -> RailRecord | None:
        self._answers()
        return self.bills.get(record.record_id)


class _Figures(Snapshot):
    """A snapshot whose rows are given instead of read."""

    def __init__(self, world: World) -> None:
        self.pointer = Pointer("firm", world.snapshot_id, world.clock.now(), world.root)
        self._world = world

    def _rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        w = self._world
        if "pub_open_bills" in sql:
            return list(w.bills.values())
        if "pub_portfolio" in sql:
            return [{"readiness_score": 90, "average_daily_net_burn_minor": 1}]
        if "pub_rail_health" in sql:
            read = {"client_id": "acme", "status": "fresh", "reason": "", "last_success_at": w.read_at or w.clock.now()}
            return [{**read, "rail": rail} for rail in ("qbo", "ramp", "plaid")]
        if "pub_accounts" in sql:
            return [{"account_id_plaid": "acc", "available_minor": w.available, "currency_code": "USD",
                     "balance_at": w.clock.now(), "bank_account_id_ramp": "b1", "is_cash": True}]  # fmt: skip
        if "pub_payout_proofs" in sql:
            return w.proofs
        if "pub_paid_elsewhere" in sql:
            return [{"client_id": "acme", **other} for other in w.elsewhere]
        if "pub_cash_weeks" in sql:
            return w.weeks
        if "pub_cash_lines" in sql:
            return w.lines
        if "pub_clients" in sql:
            return [{"client_id": "acme"}]
        return []


class World:
    """Everything of one small firm; `url` chooses the database, `store` is one that stands at the newest schema."""

    def __init__(
        self, url: str | None = None, *, buffer_minor: int = 0, policy: dict[str, Any] | None = None,
        store: Store | None = None,
    ) -> None:  # fmt: skip
        self.root = Path(tempfile.mkdtemp(prefix="rowcol-world-"))
        url = url or f"sqlite:///{self.root / 'control.db'}"
        self.clock, self.snapshot_id = FixedClock(START), "s1"
        self.bills: dict[str, dict[str, Any]] = {}
        self.proofs: list[dict[str, Any]] = []
        self.available = 1_000_000  # As the last load saw it.
        self.elsewhere: list[dict[str, Any]] = []
        self.weeks: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        self.read_at: datetime | None = None
        self.rails = Rails(self)
        if store is None:
            migrate(url)
        self.store = store or Store(url)
        self.payouts = Payouts(self.store, self.clock, Settings.from_env({"ROWCOL_DATA": str(self.root)}))
        self.payouts._snapshot = self.snapshot  # type: ignore[method-assign,assignment]
        self.restart()
        with self.store.begin() as cx:
            cx.execute(sa.insert(t.advisor).values(advisor_id="firm", advisor_name="Firm", created_at=START))
            cx.execute(sa.insert(t.client).values(
                advisor_id="firm", client_id="acme", client_name="Acme", time_zone="America/New_York",
                currency_code="USD", payout_mode="direct", ramp_entity_id="e1", ramp_bank_account_id="b1",
                account_id_plaid="acc", created_at=START))  # fmt: skip
            write_policy(cx, "firm", "acme", {"buffer_minor": buffer_minor, **(policy or {})}, by="set-up", at=START)
            for one in PEOPLE.values():
                cx.execute(sa.insert(t.person).values(person_id=one.person_id, name=one.name, created_at=START))
                cx.execute(sa.insert(t.membership).values(
                    advisor_id="firm", person_id=one.person_id, role=one.role, client_id="*",
                    from_at=START - timedelta(days=9)))  # fmt: skip

    @contextmanager
    def snapshot(self, advisor_id: str) -> Iterator[Snapshot]:
        yield _Figures(self)

    def restart(self) -> None:
        """A fresh executor process, as far as its memory goes."""
        self.executor = Executor(self.store, self.clock, rails_for=lambda row: self.rails,
                                 open_snapshot=self.snapshot, fingerprint_key=b"k" * 32)  # fmt: skip

    def bill(self, number: int, minor: int = 90_000, **changes: Any) -> str:
        bill_id, today = f"qbo:{number}", self.clock.now().date()
        self.bills[bill_id] = {
            "client_id": "acme", "source_bill_id": bill_id, "sync_token_qbo": "0", "counterparty_id": None,
            "vendor_name": f"Vendor {number}", "vendor_id_qbo": f"q{number}", "vendor_id_ramp": f"v{number}",
            "invoice_number": f"INV-{number}", "open_minor": minor, "currency_code": "USD", "bill_date": today,
            "due_date": today + timedelta(days=5), "entity_id_ramp": "e1", "source_bank_account_id_ramp": "b1",
            "account_id_plaid": "acc", "is_vendor_new": False, "first_paid_date": None, "duplicate_of": None,
            "duplicate_evidence": None, "is_payable_here": True, "not_payable_reason": None, **changes,
        }  # fmt: skip
        return bill_id

    def learn(self) -> None:
        """Payees of all open bills are read at Ramp."""
        for bill in self.bills.values():
            bill.setdefault("vendor_id_ramp", None)
        self.executor.learn_payees("firm", 1000)

    def released(self, bill_id: str, signers: tuple[str, ...] = ("carl",), releaser: str = "cleo") -> str:
        self.learn()
        made = self.payouts.propose(PEOPLE["bea"], "acme", bill_id)
        assert made.state == "proposed", made.state_reason
        for name in signers:
            self.payouts.approve(PEOPLE[name], made.payout_id, payload_sha256=made.payload_sha256, reason="due")
        self.payouts.release(PEOPLE[releaser], made.payout_id)
        return made.payout_id

    def run(self, **later: int) -> list[Outcome]:
        """One pass, some time later; the executor starts afresh, so that everything is looked at."""
        self.clock.at += timedelta(**later)
        self.restart()
        self.executor.take_proofs("firm")
        return self.executor.one_pass()

    def state(self, payout_id: str) -> str:
        return str(self.row(payout_id)["state"])

    def row(self, payout_id: str) -> dict[str, Any]:
        with self.store.read() as cx:
            return dict(cx.execute(sa.select(t.payout).where(t.payout.c.payout_id == payout_id)).mappings().one())

    def count(self, table: sa.Table, *where: Any) -> int:
        with self.store.read() as cx:
            return int(cx.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one())

    def used(self, scope: str) -> int:
        u = t.limit_use.c
        with self.store.read() as cx:
            return int(cx.execute(sa.select(sa.func.coalesce(sa.func.sum(u.used_minor), 0)).where(u.scope == scope)
                                  ).scalar_one())  # fmt: skip

    def actions(self) -> list[str]:
        import json

        with self.store.read() as cx:
            bodies = cx.execute(sa.select(t.audit.c.body).order_by(t.audit.c.seq)).scalars()
            return [json.loads(bytes(body))["action"] for body in bodies]


@contextmanager
def world_with_bills(url: str | None, *minors: int, **how: Any) -> Iterator[World]:
    """A world with open bills 1, 2, … of these amounts, enough cash for all, and their payees read."""
    made = World(url, **how)
    for number, minor in enumerate(minors, start=1):
        made.bill(number, minor)
    made.rails.available = max(made.rails.available, 10 * sum(minors))
    made.learn()
    yield made
    made.store.dispose()
