"""A sandbox's firm taken on by a control plane of its own, with hand-made figures of its open bills."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import subprocess
import sys
import uuid
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import httpx

from execution.people.principal import Principal
from execution.service import ControlPlane, connect
from execution.settings import Settings
from execution.worker import Worker
from sandbox.world.packing import readable

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "tests" / "app" / "published_schema.sql"


class TakenOn:
    """The plane, its people, and the worker as a process against the sandbox's ports."""

    def __init__(self, root: Path, world: Path, urls: dict[str, str]) -> None:
        self.urls, self.world, self.root = urls, world, root
        told = httpx.get(f"{urls['control']}/onboarding", timeout=10).json()
        self.profiles: dict[str, Any] = {c["client_key"]: c["profile"] for c in told["clients"]}
        app = told["app"]
        self.env = {
            "ROWCOL_DATA": str(root), "ROWCOL_MODE": "demo", "ROWCOL_EXECUTION_SENDER": "ramp",
            "ROWCOL_CLOCK_URL": f"{urls['control']}/clock",
            **{f"ROWCOL_{rail.upper()}_URL": urls[rail] for rail in ("qbo", "ramp", "plaid", "stripe")},
            "ROWCOL_QBO_TOKEN_URL": f"{urls['qbo']}/oauth2/v1/tokens/bearer",
            "ROWCOL_QBO_CLIENT_ID": app["qbo"]["client_id"], "ROWCOL_QBO_CLIENT_SECRET": app["qbo"]["client_secret"],
            "ROWCOL_PLAID_CLIENT_ID": app["plaid"]["client_id"], "ROWCOL_PLAID_SECRET": app["plaid"]["secret"],
        }  # fmt: skip
        self.plane: ControlPlane = connect(Settings.from_env(self.env))
        self.plane.bootstrap_demo(told)
        self.secret_texts = [
            profile["ramp"][name] for profile in self.profiles.values() for name in ("executor_client_secret",)
        ]

    def person(self, person_id: str) -> Principal:
        return self.plane.people.sign_in_demo(person_id).principal

    def process(self, failpoint: str = "") -> subprocess.CompletedProcess[str]:
        """One round of the worker as the process that it is; its secrets must not show."""
        env = {**os.environ, **self.env, **({"ROWCOL_FAILPOINT": failpoint} if failpoint else {})}
        command = [sys.executable, "-m", "execution.worker", "--once"]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=90, check=False)
        for secret in self.secret_texts:
            assert secret not in done.stdout + done.stderr
        return done

    def work(self) -> str:
        """One round of a worker that starts afresh, in this process; what it said."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            assert Worker(self.plane.settings, self.plane.store, self.plane.clock, 1000).round()
        return said.getvalue()

    def advance(self, **by: int) -> None:
        httpx.post(f"{self.urls['control']}/clock/advance", json=by, timeout=60).raise_for_status()

    def now(self, rail: str, kind: str, client: str) -> dict[str, dict[str, Any]]:
        """Objects of a rail as they stand now, straight out of the world."""
        shown = """
            select id, body, is_deleted from (
                select *, row_number() over (partition by id order by version desc) as newest from object_version
                where rail = ? and kind = ? and client_key = ? and visible_at <= ?
            ) where newest = 1"""
        at = int(self.plane.now().timestamp())
        with sqlite3.connect(self.world) as db:
            unpacked = readable(db)
            rows = db.execute(shown, (rail, kind, client, at)).fetchall()
            return {key: json.loads(unpacked(rail, client, kind, body)) for key, body, gone in rows if not gone}

    def standing(self, client: str, payout_id: str) -> list[dict[str, Any]]:
        """Ramp's bills and drafts with our reference."""
        found = [*self.now("ramp", "bill", client).values()]
        drafts = [*self.now("ramp", "draft_bill", client).values()]
        became = {bill.get("draft_bill_id") for bill in found}
        rows = found + [draft for draft in drafts if draft["id"] not in became]
        return [row for row in rows if row.get("remote_id") == payout_id]

    def payable(self, client: str) -> list[dict[str, Any]]:
        """Open QBO bills of vendors that Ramp knows and that Ramp does not hold yet, as pub_open_bills has them."""
        profile = self.profiles[client]
        vendors = {v["accounting_vendor_remote_id"]: k for k, v in self.now("ramp", "vendor", client).items()}
        at_ramp = self.now("ramp", "bill", client).values()
        numbers = {(bill["vendor"]["id"], bill["invoice_number"]) for bill in at_ramp}
        paid = {bill["vendor"]["id"] for bill in at_ramp if bill["paid_at"]}
        found = []
        for bill in self.now("qbo", "Bill", client).values():
            vendor = vendors.get(bill["VendorRef"]["value"])
            if vendor is None or not bill["Balance"] or (vendor, bill.get("DocNumber")) in numbers:
                continue
            open_minor = round(bill["Balance"] * 100)
            found.append({
                "advisor_id": profile_advisor(self.plane, client), "client_id": client,
                "source_bill_id": f"qbo:{bill['Id']}", "bill_id_qbo": bill["Id"],
                "sync_token_qbo": str(bill["SyncToken"]), "counterparty_id": f"cp-{vendor}",
                "vendor_name": bill["VendorRef"]["name"], "vendor_id_qbo": bill["VendorRef"]["value"],
                "vendor_id_ramp": vendor, "invoice_number": bill.get("DocNumber"), "total_minor": open_minor,
                "open_minor": open_minor, "currency_code": "USD", "bill_date": date.fromisoformat(bill["TxnDate"]),
                "due_date": date.fromisoformat(bill["DueDate"]), "entity_id_ramp": profile["ramp"]["entity_id"],
                "source_bank_account_id_ramp": profile["ramp"]["bank_account_id"],
                "account_id_plaid": profile["plaid"]["operating_account_id"],
                "is_vendor_new": vendor not in paid, "is_payable_here": True,
            })  # fmt: skip
        return sorted(found, key=lambda bill: bill["source_bill_id"])

    def publish(self, proofs: list[dict[str, Any]] | None = None) -> None:
        """Figures of every client's payable bills, its paid history and its funding account."""
        at, snapshot_id = self.plane.now(), uuid.uuid4().hex
        for advisor in self.plane.clients.advisors():
            folder = self.root / "published" / advisor.advisor_id / snapshot_id
            folder.mkdir(parents=True)
            with duckdb.connect(str(folder / "snapshot.duckdb")) as db:
                db.execute(SCHEMA.read_text())
                for client in self.plane.clients.all():
                    if client.advisor_id == advisor.advisor_id:
                        self._put_client(db, advisor.advisor_id, client.client_id, at)
                for proof in proofs or []:
                    put(db, "pub_payout_proofs", {"advisor_id": advisor.advisor_id, **proof})
            pointer = {"snapshot_id": snapshot_id, "published_at": at.isoformat(), "as_of_at": at.isoformat()}
            (folder.parent / "current.json").write_text(json.dumps(pointer))

    def _put_client(self, db: duckdb.DuckDBPyConnection, advisor_id: str, client: str, at: datetime) -> None:
        profile, whose = self.profiles[client], {"advisor_id": advisor_id, "client_id": client}
        put(db, "pub_clients", {**whose, "client_name": profile["client_name"]})
        put(db, "pub_portfolio", {**whose, "readiness_score": 90, "average_daily_net_burn_minor": 1000})
        for rail in ("qbo", "ramp", "plaid", "stripe"):
            put(db, "pub_rail_health", {**whose, "rail": rail, "status": "fresh", "reason": ""})
        account = profile["plaid"]["operating_account_id"]
        put(db, "pub_accounts", {
            **whose, "account_id_plaid": account, "is_cash": True, "available_minor": 10**9, "currency_code": "USD",
            "balance_at": at, "bank_account_id_ramp": profile["ramp"]["bank_account_id"],
        })  # fmt: skip
        for bill in self.payable(client):
            put(db, "pub_open_bills", bill)
        for bill in self.now("ramp", "bill", client).values():
            if bill["paid_at"]:
                put(db, "pub_payments_history", {
                    **whose, "vendor_id_ramp": bill["vendor"]["id"], "counterparty_id": f"cp-{bill['vendor']['id']}",
                    "invoice_number_normalized": bill["invoice_number"], "amount_minor": -bill["amount"]["amount"],
                    "currency_code": "USD", "paid_date": date.fromisoformat(bill["paid_at"][:10]), "rail": "ramp",
                    "record_id": bill["id"],
                })  # fmt: skip


def put(db: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    db.execute(f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values()))


def profile_advisor(plane: ControlPlane, client_id: str) -> str:
    return next(c.advisor_id for c in plane.clients.all() if c.client_id == client_id)
