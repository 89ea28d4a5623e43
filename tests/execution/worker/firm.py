"""A small firm on disk: control store, one snapshot, and three rails in one HTTP process with their own books."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import UTC, date, datetime, timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import sqlalchemy as sa

from execution.clock import clock_for
from execution.executor import Executor
from execution.people.principal import Principal
from execution.service.connections import Connections
from execution.service.payouts import Payouts
from execution.settings import Settings
from execution.store import Store
from execution.store import tables as t
from execution.store.migrate import migrate
from execution.vault import KeyRing, Where
from execution.vault.keys import read_or_make
from execution.worker import executor_for

SCHEMA = Path(__file__).resolve().parents[2] / "app" / "published_schema.sql"
BEA = Principal("bea", "Bea Moreno", "bookkeeper", "firm", None)
CARL = Principal("carl", "Carl Osei", "controller", "firm", None)
ADA = Principal("ada", "Ada Lindqvist", "advisor", "firm", None)


class Books:
    """What Ramp, the bank and QBO hold."""

    def __init__(self) -> None:
        self.drafts: dict[str, dict[str, Any]] = {}
        self.bills: dict[str, dict[str, Any]] = {}
        self.vendor_accounts = [{"id": "va1", "payment_method": "ACH", "is_default": True}]
        self.posts = 0
        self.fault = ""
        self.available = 50_000.00
        self.qbo = {"Id": "1", "SyncToken": "0", "Balance": 900.00, "CurrencyRef": {"value": "USD"}}


class Handler(BaseHTTPRequestHandler):
    books: Books

    def log_message(self, *args: Any) -> None:
        pass

    def _answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response_only(status)
        self.send_header("date", formatdate(usegmt=True))
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        url, b = urlsplit(self.path), self.books
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        path = url.path.removeprefix("/developer/v1")
        if path.startswith("/v3/company"):
            return self._answer(200, {"Bill": b.qbo})
        if path == "/vendors/v1":
            return self._answer(200, {"id": "v1", "is_active": True})
        if path.startswith("/vendors/"):
            rows = b.vendor_accounts if "accounts" in path else [{"id": "c1"}]
            return self._answer(200, {"data": rows, "page": {"next": None}})
        store = b.drafts if path.startswith("/bills/drafts") else b.bills
        tail = path.rsplit("/", 1)[-1]
        if tail in store:
            return self._answer(200, store[tail])
        if tail not in ("bills", "drafts"):
            return self._answer(404, {"error_v2": {"error_code": "X"}})
        rows = [r for r in store.values() if all(r.get(k) == v for k, v in query.items() if k == "remote_id")]
        self._answer(200, {"data": rows, "page": {"next": None}})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        b, path = self.books, urlsplit(self.path).path
        if path.endswith("/token") or path.endswith("/bearer"):
            return self._answer(200, {"access_token": "tok", "expires_in": 600, "refresh_token": "r2"})
        if path.endswith("/accounts/balance/get"):
            balances = {"available": b.available, "current": b.available, "iso_currency_code": "USD"}
            return self._answer(200, {"accounts": [{"account_id": "acc", "balances": balances}]})
        if path.endswith("/submit"):
            return self._answer(200, {})
        if b.fault == "refused":
            return self._answer(422, {"error_v2": {"error_code": "DEVELOPER_7001", "message": "no"}})
        given, b.posts = json.loads(body), b.posts + 1
        amount = {"amount": round(float(given["line_items"][0]["amount"]) * 100), "currency_code": "USD"}
        row = {"id": str(uuid.uuid4()), "remote_id": given["remote_id"], "vendor": {"id": given["vendor_id"]},
               "invoice_number": given["invoice_number"], "amount": amount}  # fmt: skip
        if path.endswith("/drafts"):
            b.drafts[row["id"]] = row
        else:
            b.bills[row["id"]] = {**row, "status_summary": "PAYMENT_SCHEDULED", "payment": {"details": {}}}
        if b.fault == "silent":
            self.close_connection = True
            return self.connection.close()
        self._answer(201, row)


class Firm:
    """Everything a test needs; `close()` stops the rails."""

    def __init__(self, root: Path, mode: str = "draft") -> None:
        self.books = Books()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("H", (Handler,), {"books": self.books}))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{self.server.server_port}"
        self.env = {"ROWCOL_DATA": str(root), "ROWCOL_EXECUTION_SENDER": "ramp", "ROWCOL_RAMP_URL": url,
                    "ROWCOL_PLAID_URL": url, "ROWCOL_QBO_URL": url, "PATH": "/usr/bin"}  # fmt: skip
        self.settings = Settings.from_env(self.env)
        read_or_make(self.settings.kek_path)
        migrate(self.settings.control_url)
        self.store, self.clock = Store(self.settings.control_url), clock_for(None)
        self.payouts = Payouts(self.store, self.clock, self.settings)
        self.root, self.mode = root, mode
        self._people()
        self.bills = [self.bill("qbo:1", 90_000)]
        self.publish()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.store.dispose()

    def _people(self) -> None:
        now = datetime.now(UTC) - timedelta(days=30)
        with self.store.begin() as cx:
            cx.execute(sa.insert(t.advisor).values(advisor_id="firm", advisor_name="Firm", created_at=now))
            cx.execute(sa.insert(t.client).values(
                advisor_id="firm", client_id="acme", client_name="Acme", time_zone="America/New_York",
                currency_code="USD", payout_mode=self.mode, ramp_entity_id="e1", ramp_bank_account_id="b1",
                account_id_plaid="acc", created_at=now))  # fmt: skip
            cx.execute(sa.insert(t.policy).values(
                advisor_id="firm", client_id="acme", version=1, body="{}", sha256="p", buffer_minor=100_000,
                readiness_minimum=70, written_by="farid", written_at=now))  # fmt: skip
            for person in (BEA, CARL, ADA):
                cx.execute(sa.insert(t.person).values(
                    person_id=person.person_id, name=person.name, is_demo=True, created_at=now))  # fmt: skip
                cx.execute(sa.insert(t.membership).values(
                    advisor_id="firm", person_id=person.person_id, role=person.role, client_id="*",
                    from_at=now))  # fmt: skip
            keep = Connections(self.store, KeyRing.from_file(self.settings.kek_path), self.clock).keep
            for rail, kind, secrets in (
                ("ramp", "executor", {"client_id": "x", "client_secret": "y"}),
                ("plaid", "reader", {"access_token": "z"}),
                ("qbo", "reader", {"refresh_token": "r"}),
            ):
                where = Where("firm", "acme", rail, kind)
                keep(cx, where, secrets, connection_id=rail, external_account_id=rail, at=now)

    def bill(self, bill_id: str, minor: int, **changes: Any) -> dict[str, Any]:
        today = date.today()
        return {
            "advisor_id": "firm", "client_id": "acme", "source_bill_id": bill_id, "bill_id_qbo": bill_id[4:],
            "sync_token_qbo": "0", "counterparty_id": "cp1", "vendor_name": "Nimbus", "vendor_id_qbo": "56",
            "vendor_id_ramp": "v1", "invoice_number": f"INV-{bill_id[4:]}", "total_minor": minor, "open_minor": minor,
            "currency_code": "USD", "bill_date": today, "due_date": today + timedelta(days=20), "days_overdue": 0,
            "is_vendor_new": False, "is_payable_here": True, **changes,
        }  # fmt: skip

    def publish(self, proofs: list[dict[str, Any]] | None = None) -> None:
        now = datetime.now(UTC)
        snapshot_id = uuid.uuid4().hex
        folder = self.root / "published" / "firm" / snapshot_id
        folder.mkdir(parents=True)
        with duckdb.connect(str(folder / "snapshot.duckdb")) as db:
            db.execute(SCHEMA.read_text())

            def put(table: str, row: dict[str, Any]) -> None:
                names = ", ".join(row)
                db.execute(f"insert into {table} ({names}) values ({', '.join('?' * len(row))})", list(row.values()))

            whose = {"advisor_id": "firm", "client_id": "acme"}
            put("pub_clients", {**whose, "client_name": "Acme"})
            put("pub_portfolio", {**whose, "readiness_score": 90, "average_daily_net_burn_minor": 1000})
            for rail in ("qbo", "ramp", "plaid", "stripe"):
                put("pub_rail_health", {**whose, "rail": rail, "status": "fresh", "reason": ""})
            put("pub_accounts", {**whose, "account_id_plaid": "acc", "is_cash": True, "available_minor": 5_000_000,
                                 "currency_code": "USD", "balance_at": now, "bank_account_id_ramp": "b1"})  # fmt: skip
            for bill in self.bills:
                put("pub_open_bills", bill)
            for proof in proofs or []:
                put("pub_payout_proofs", {**whose, "decided_by": "only candidate", **proof})
        pointer = {"snapshot_id": snapshot_id, "published_at": now.isoformat(), "as_of_at": now.isoformat()}
        (self.root / "published" / "firm" / "current.json").write_text(json.dumps(pointer))

    def executor(self) -> Executor:
        """The real executor on this firm's rails, in this process."""
        return executor_for(self.settings, self.store, self.clock)

    def released(self, bill_id: str = "qbo:1") -> str:
        """A payout that was proposed, approved and released; answers its id."""
        self.executor().learn_payees("firm", 100)
        made = self.payouts.propose(BEA, "acme", bill_id)
        assert made.state == "proposed", made.state_reason
        signed = self.payouts.approve(CARL, made.payout_id, payload_sha256=made.payload_sha256, reason="due")
        assert signed.state == "approved"
        self.payouts.release(CARL, made.payout_id)
        return made.payout_id
