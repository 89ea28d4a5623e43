"""All four rails of a running sandbox into a warehouse: complete, incremental, and walled off per client."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from ingestion import RAILS, Connection, MemoryTokens, SyncOutcome, load

ROOT = Path(__file__).resolve().parents[2]
IDS = {"qbo": "realm_id", "ramp": "business_id", "plaid": "item_id", "stripe": "account_id"}
# World object to raw table, where what the rail shows is exactly what is stored.
KINDS = {
    "qbo": {
        "CompanyInfo": "company_info",
        "Account": "accounts",
        "Vendor": "vendors",
        "Customer": "customers",
        "Item": "items",
        "Bill": "bills",
        "BillPayment": "bill_payments",
        "Invoice": "invoices",
        "Payment": "payments",
        "Purchase": "purchases",
        "Deposit": "deposits",
        "Transfer": "transfers",
        "JournalEntry": "journal_entries",
        "VendorCredit": "vendor_credits",
        "CreditMemo": "credit_memos",
        "SalesReceipt": "sales_receipts",
        "RefundReceipt": "refund_receipts",
    },
    "ramp": {
        "bill": "bills",
        "draft_bill": "draft_bills",
        "vendor": "vendors",
        "transfer": "transfers",
        "reimbursement": "reimbursements",
        "entity": "entities",
        "bank_account": "bank_accounts",
    },
    "plaid": {"account": "accounts", "transaction": "transactions"},
    "stripe": {
        "customer": "customers",
        "invoice": "invoices",
        "invoice_payment": "invoice_payments",
        "charge": "charges",
        "refund": "refunds",
        "dispute": "disputes",
        "balance_transaction": "balance_transactions",
        "payout": "payouts",
    },
}
SHOWN = """
with shown as (
    select client_key, is_deleted, row_number() over (partition by client_key, id order by version desc) as newest
    from object_version where rail = ? and kind = ? and visible_at <= ?
)
select client_key, count(*) from shown where newest = 1 and not is_deleted group by client_key
"""


def gone_flag(rail: str, table: str) -> str:
    """The column that marks a record as gone."""
    return "is_removed" if (rail, table) == ("plaid", "transactions") else "is_deleted"


@dataclass
class Rig:
    """A sandbox that stands still, a warehouse, and what loads them."""

    urls: dict[str, str]
    world: Path
    warehouse: Path
    tokens: MemoryTokens

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = httpx.request(method, self.urls["control"] + path, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.control("GET", "/clock")["now"])

    def connections(self) -> list[Connection]:
        found = []
        for client in self.control("GET", "/onboarding")["clients"]:
            profile, name = client["profile"], client["client_key"]
            for rail in RAILS:
                if given := profile.get(rail):
                    secrets = {
                        "qbo": lambda of: {"refresh_token": of["refresh_token"]},
                        "ramp": lambda of: {
                            "client_id": of["reader_client_id"],
                            "client_secret": of["reader_client_secret"],
                        },
                        "plaid": lambda of: {"access_token": of["access_token"]},
                        "stripe": lambda of: {"api_key": of["restricted_key"]},
                    }[rail](given)
                    account = str(given[IDS[rail]])
                    found.append(Connection("firm", name, rail, f"{rail}-{name}", account, secrets))
        return found

    def load(self, run_id: str) -> list[SyncOutcome]:
        return load(
            self.connections(),
            warehouse=self.warehouse,
            run_id=run_id,
            as_of=self.now,
            tokens=self.tokens,
            control_url=None,
        )

    def raw(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse)) as database:
            return database.execute(query).fetchall()

    def fingerprint(self) -> dict[str, tuple[Any, ...]]:
        """Per raw table: row places, count and content."""
        marks = {}
        for rail, kinds in KINDS.items():
            for table in kinds.values():
                rows = f"(select rowid, t from raw_{rail}.{table} t)"
                query = f"select sum(rowid), count(*), bit_xor(hash(t::varchar)) from {rows}"
                marks[f"{rail}.{table}"] = self.raw(query)[0]
        return marks


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world") / "world.db"
    command = [sys.executable, "-m", "sandbox", "generate", "--clients", "3", "--months", "4", "--seed", "7"]
    command += ["--end", "2026-11-24", "--firms", "1", "--out", str(path)]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert made.returncode == 0, made.stderr[-2000:]
    return path


@pytest.fixture(scope="module")
def rig(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    if str(ROOT / "tests") not in sys.path:
        sys.path.append(str(ROOT / "tests"))
    from rails_server import running_sandbox

    folder = tmp_path_factory.mktemp("rig")
    with running_sandbox(world, paused=True) as urls, pytest.MonkeyPatch.context() as patch:
        built = Rig(urls, world, folder / "warehouse" / "rowcol.duckdb", MemoryTokens())
        for rail in RAILS:
            patch.setenv(f"ROWCOL_{rail.upper()}_URL", urls[rail])
        onboarding = built.control("GET", "/onboarding")
        apps = onboarding.get("apps") or onboarding.get("app_credentials") or onboarding["app"]
        for rail in ("qbo", "plaid"):
            secret = apps[rail].get("client_secret") or apps[rail]["secret"]
            patch.setenv(f"ROWCOL_{rail.upper()}_CLIENT_ID", apps[rail]["client_id"])
            patch.setenv(f"ROWCOL_{rail.upper()}_CLIENT_SECRET", secret)
            patch.setenv(f"ROWCOL_{rail.upper()}_SECRET", secret)
        patch.setenv("ROWCOL_PATIENCE_SCALE", "0.01")
        yield built


@pytest.fixture(scope="module")
def first(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> list[SyncOutcome]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROWCOL_DATA", str(tmp_path_factory.mktemp("data")))
        return rig.load("first")


@pytest.mark.slow
def test_full_load_holds_what_the_rails_show(rig: Rig, first: list[SyncOutcome]) -> None:
    assert {(o.client_id, o.rail): o.reason for o in first if o.outcome != "ok"} == {}
    at = int(rig.now.timestamp())
    with sqlite3.connect(rig.world) as shown:
        for rail, kinds in KINDS.items():
            for kind, table in kinds.items():
                expected = dict(shown.execute(SHOWN, (rail, kind, at)).fetchall())
                live = f"where not {gone_flag(rail, table)}"
                found = rig.raw(f"select client_id, count(*) from raw_{rail}.{table} {live} group by 1")
                assert dict(found) == expected, f"{rail}.{table}"


@pytest.mark.slow
def test_second_run_changes_no_row_and_reads_no_rail_in_full(rig: Rig, first: list[SyncOutcome]) -> None:
    before = rig.fingerprint()
    again = {(o.client_id, o.rail): o for o in rig.load("second")}
    assert {o.reason for o in again.values()} == {None}
    assert sum(o.rows_changed for o in again.values()) == 0 and rig.fingerprint() == before
    read = {rail: sum(o.rows_read for o in again.values() if o.rail == rail) for rail in RAILS}
    full = {rail: sum(o.rows_read for o in first if o.rail == rail) for rail in RAILS}
    assert all(read[rail] < full[rail] / 2 for rail in RAILS), (read, full)
    assert all(o.requests_made <= 2 for o in again.values() if o.rail == "qbo")


@pytest.mark.slow
def test_after_some_days_raw_equals_a_fresh_full_load(rig: Rig, first: list[SyncOutcome], tmp_path: Path) -> None:
    rig.control("POST", "/clock/advance", {"days": 5})
    outcomes = rig.load("later")
    assert {o.reason for o in outcomes} == {None} and sum(o.rows_changed for o in outcomes) > 0
    fresh = Rig(rig.urls, rig.world, tmp_path / "fresh.duckdb", rig.tokens)
    assert {o.reason for o in fresh.load("fresh")} == {None}
    for rail, kinds in KINDS.items():
        for table in kinds.values():
            query = f"select * from raw_{rail}.{table} where not {gone_flag(rail, table)} order by all"
            if (rail, table) == ("ramp", "bills"):
                # The trace of a payment stays known after the week in which a full load would still ask for it.
                query = query.replace("*", "* replace (json_merge_patch(payment, '{\"trace_id\": null}') as payment)")
            mine, theirs = set(rig.raw(query)), set(fresh.raw(query))
            assert mine == theirs, f"{rail}.{table}: {sorted(mine ^ theirs, key=str)[:2]}"


@pytest.mark.slow
def test_one_revoked_one_malformed_one_down_and_the_others_load(rig: Rig, first: list[SyncOutcome]) -> None:
    clients = sorted({o.client_id for o in first})
    stripes = sorted({o.client_id for o in first if o.rail == "stripe"})
    rig.control("POST", "/clock/advance", {"days": 1})
    rig.control("POST", "/faults", {"kind": "token_revoked", "rail": "qbo", "client_key": clients[0]})
    rig.control("POST", "/faults", {"kind": "malformed_page", "rail": "plaid", "client_key": clients[1]})
    rig.control("POST", "/faults", {"kind": "throttled", "rail": "stripe", "client_key": stripes[-1]})
    rig.control("POST", "/faults", {"kind": "rail_down", "rail": "ramp"})
    try:
        outcomes = {(o.client_id, o.rail): o for o in rig.load("faults")}
    finally:
        rig.control("DELETE", "/faults")
    expected = {(clients[0], "qbo"): "token_revoked", (clients[1], "plaid"): "malformed"}
    expected[(stripes[-1], "stripe")] = "throttled"
    expected |= {key: "rail_down" for key in outcomes if key[1] == "ramp"}
    assert {key: o.reason_code for key, o in outcomes.items() if o.outcome == "failed"} == expected
    for (client, _), outcome in outcomes.items():
        if outcome.outcome == "failed":
            assert f"Client {client} on " in str(outcome.reason) and outcome.rows_changed == 0
    kept = rig.raw("select outcome, count(*) from raw_ops.connection_syncs where run_id = 'faults' group by 1")
    assert dict(kept)["failed"] == len(expected)
    healed = rig.load("healed")
    assert {o.reason for o in healed} == {None}
