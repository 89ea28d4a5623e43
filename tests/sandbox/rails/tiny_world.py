"""A world of two clients made by hand: small enough to know every row of."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

NOW = int(datetime(2026, 11, 24, 15, 0, tzinfo=UTC).timestamp())  # a Tuesday, 10:00 in New York
DAY = 86_400
SCHEMA = """
create table meta(key text primary key, value text);
create table firm(advisor_id text primary key, advisor_name text);
create table client(client_key text primary key, advisor_id text, position int, profile text);
create table object_version(rail text, client_key text, kind text, id text, version int, visible_at int, created_at int,
    is_deleted int default 0, amount_minor int, account_id text, body blob,
    primary key(rail, client_key, kind, id, version)) without rowid;
create index ov_visible on object_version(visible_at);
create table webhook_plan(rail text, client_key text, at int, event_type text, object_id text);
create table truth_event(client_key text, event_id text, kind text, rail text, object_kind text, object_id text);
create table truth_defect(client_key text, defect_id text, kind text, note text, records text);
create table truth_ledger(client_key text, day text, account text, amount_minor int, kind text, counterparty text,
    event_id text);
"""
VENDOR = "11111111-1111-4111-8111-111111111111"
VENDOR_ACCOUNT = "22222222-2222-4222-8222-222222222222"
VENDOR_CONTACT = "33333333-3333-4333-8333-333333333333"
ENTITY = "44444444-4444-4444-8444-444444444444"
FUNDING = "55555555-5555-4555-8555-555555555555"
USER = "66666666-6666-4666-8666-666666666666"
OPERATING = "opAcct1111111111111111111111111111111"


def profile(key: str, number: int, **ramp: Any) -> dict[str, Any]:
    return {
        "client_name": f"Client {number} LLC",
        "industry": "agency",
        "time_zone": "America/New_York",
        "currency_code": "USD",
        "rails": ["qbo", "ramp", "plaid", "stripe"],
        "qbo": {
            "realm_id": f"46208163{number:02d}",
            "refresh_token": f"RT1-first-{key}",
            "bank_account_id": "35",
            "ap_account_id": "33",
        },
        "ramp": {
            "business_id": f"99999999-9999-4999-8999-{number:012d}",
            "reader_client_id": f"ramp_id_reader_{key}",
            "reader_client_secret": f"ramp_sec_reader_{key}",
            "executor_client_id": f"ramp_id_exec_{key}",
            "executor_client_secret": f"ramp_sec_exec_{key}",
            "entity_id": ENTITY,
            "bank_account_id": FUNDING,
            "syncs_to_qbo": True,
            **ramp,
        },
        "plaid": {
            "item_id": f"item{key}",
            "access_token": f"access-sandbox-{key}",
            "institution_id": "ins_109508",
            "operating_account_id": OPERATING,
            "accounts": [{"account_id": OPERATING, "opening_minor": 1_000_000}],
        },
        "stripe": {"account_id": f"acct_{key}", "restricted_key": f"rk_test_{key}"},
    }


def qbo(kind: str, object_id: str, at: int, **fields: Any) -> dict[str, Any]:
    stamp = datetime.fromtimestamp(at, UTC).isoformat()
    return {
        "Id": object_id,
        "SyncToken": "0",
        "domain": "QBO",
        "sparse": False,
        "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp},
        **fields,
    }


def posting(posting_id: str, amount: float, day: str, **fields: Any) -> dict[str, Any]:
    return {
        "transaction_id": posting_id,
        "pending_transaction_id": None,
        "account_id": OPERATING,
        "account_owner": None,
        "pending": False,
        "date": day,
        "authorized_date": day,
        "datetime": None,
        "authorized_datetime": None,
        "amount": amount,
        "iso_currency_code": "USD",
        "unofficial_currency_code": None,
        "name": "SOMEONE",
        "merchant_name": None,
        "merchant_entity_id": None,
        "original_description": "SOMEONE 123",
        "check_number": None,
        "payment_channel": "other",
        "transaction_code": None,
        "category": None,
        "category_id": None,
        "payment_meta": dict.fromkeys(
            (
                "reference_number",
                "ppd_id",
                "payee",
                "by_order_of",
                "payer",
                "payment_method",
                "payment_processor",
                "reason",
            )
        ),
        "location": dict.fromkeys(
            ("address", "city", "region", "postal_code", "country", "lat", "lon", "store_number")
        ),
        "counterparties": [],
        "personal_finance_category": None,
        **fields,
    }


class World:
    """Writes a world.db."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path)
        self.db.executescript(SCHEMA)

    def put(
        self,
        rail: str,
        key: str,
        kind: str,
        object_id: str,
        body: Any,
        *,
        at: int,
        version: int = 0,
        deleted: bool = False,
        amount: int | None = None,
        account: str | None = None,
    ) -> None:
        row = (rail, key, kind, object_id, version, at, at, int(deleted), amount, account, orjson.dumps(body))
        self.db.execute("insert into object_version values (?,?,?,?,?,?,?,?,?,?,?)", row)

    def done(self) -> None:
        self.db.commit()
        self.db.close()


def make(path: Path, *, postings: int = 7, bills: int = 5) -> Path:
    """Two clients; the second one's payments wait for a Payer."""
    world = World(path)
    meta = {"seed": "7", "clients": "2", "months": "1", "firms": "1", "end_date": "2026-11-24"}
    meta |= {"now": str(NOW), "start_at": str(NOW - 300 * DAY)}
    world.db.executemany("insert into meta values (?,?)", meta.items())
    world.db.execute("insert into firm values ('firm1','First Firm')")
    for number, key in enumerate(("c1", "c2"), 1):
        ramp = {} if key == "c1" else {"payment_release": True}
        text = orjson.dumps(profile(key, number, **ramp)).decode()
        world.db.execute("insert into client values (?,?,?,?)", (key, "firm1", number, text))
        _qbo(world, key, bills)
        _ramp(world, key, number)
        _plaid(world, key, postings)
        _stripe(world, key)
    world.done()
    return path


def _qbo(world: World, key: str, bills: int) -> None:
    past = NOW - 20 * DAY
    company = qbo("CompanyInfo", "1", past, CompanyName=f"Client {key}", LegalName=f"Client {key}", Country="USA")
    world.put("qbo", key, "CompanyInfo", "1", company, at=past)
    account = {"Name": "Checking", "Active": True, "Classification": "Asset", "AccountType": "Bank"}
    world.put("qbo", key, "Account", "35", qbo("Account", "35", past, **account), at=past)
    for number, active in ((56, True), (57, False)):
        vendor = qbo("Vendor", str(number), past, DisplayName=f"Nimbus O'Brien {number}", Active=active)
        world.put("qbo", key, "Vendor", str(number), vendor, at=past)
    for number in range(bills):
        at = NOW - (bills - number) * DAY
        body = qbo(
            "Bill",
            str(100 + number),
            at,
            DocNumber=f"INV-{number}",
            TxnDate="2026-11-01",
            DueDate=f"2026-12-{number % 28 + 1:02d}",
            VendorRef={"value": "56", "name": "Nimbus"},
            APAccountRef={"value": "33", "name": "A/P"},
            TotalAmt=100.5,
            Balance=100.5,
            LinkedTxn=[],
            Line=[{"Id": "1", "Amount": 100.5, "DetailType": "AccountBasedExpenseLineDetail"}],
        )
        world.put("qbo", key, "Bill", str(100 + number), body, at=at, amount=10_050)
    gone = qbo("Bill", "99", past, DocNumber="X")
    world.put("qbo", key, "Bill", "99", gone, at=past)
    world.put("qbo", key, "Bill", "99", {}, at=NOW - 2 * DAY, version=1, deleted=True)
    # The client would have paid INV-1 by check in three days; the plan is one truth event.
    at = NOW + 3 * DAY
    check = qbo("BillPayment", "500", at, TotalAmt=100.5, Line=[{"Amount": 100.5, "LinkedTxn": [{"TxnId": "101"}]}])
    world.put("qbo", key, "BillPayment", "500", check, at=at)
    world.put("plaid", key, "transaction", "planned-check", posting("planned-check", 100.5, "2026-11-27"), at=at,
              amount=10_050, account=OPERATING)  # fmt: skip
    for rail, kind, object_id in (("qbo", "BillPayment", "500"), ("plaid", "transaction", "planned-check")):
        world.db.execute(
            "insert into truth_event values (?,?,?,?,?,?)", (key, "ev1", "bill_payment", rail, kind, object_id)
        )


def _ramp(world: World, key: str, number: int) -> None:
    at = NOW - 200 * DAY
    stamp = datetime.fromtimestamp(at, UTC).isoformat()
    business = f"99999999-9999-4999-8999-{number:012d}"
    world.put("ramp", key, "business", business, {"id": business, "business_name_legal": "Client"}, at=at)
    vendor = {
        "id": VENDOR,
        "name": "Nimbus Hosting Services",
        "is_active": True,
        "accounting_vendor_remote_id": "56",
        "created_at": stamp,
    }
    world.put("ramp", key, "vendor", VENDOR, vendor, at=at)
    account = {
        "id": VENDOR_ACCOUNT,
        "vendor_id": VENDOR,
        "payment_method": "ACH",
        "currency": "USD",
        "is_default": True,
    }
    world.put("ramp", key, "vendor_account", VENDOR_ACCOUNT, account, at=at)
    world.put("ramp", key, "vendor_contact", VENDOR_CONTACT, {"id": VENDOR_CONTACT, "vendor_id": VENDOR}, at=at)
    entity = {
        "id": ENTITY,
        "entity_name": "Main",
        "is_primary": True,
        "currency": "USD",
        "accounts": [{"usage_type": "BILL_PAY_BANK_ACCOUNT", "bank_account_id": FUNDING}],
    }
    world.put("ramp", key, "entity", ENTITY, entity, at=at)
    bank = {"id": FUNDING, "account_number_last_four": "4410", "financial_institution_name": "First"}
    world.put("ramp", key, "bank_account", FUNDING, bank, at=at)
    world.put("ramp", key, "user", USER, {"id": USER, "first_name": "Ana", "last_name": "Ruiz"}, at=at)
    for n in range(5):
        state = "DECLINED" if n == 0 else "CLEARED"
        body = {
            "id": f"tx{n}",
            "state": state,
            "amount": 10.0,
            "user_transaction_time": f"2026-11-0{n + 1}T00:00:00+00:00",
        }
        world.put("ramp", key, "transaction", f"tx{n}", body, at=NOW - (10 - n) * DAY)


def _plaid(world: World, key: str, postings: int) -> None:
    at = NOW - 200 * DAY
    account = {
        "account_id": OPERATING,
        "mask": "4410",
        "name": "Operating",
        "official_name": None,
        "type": "depository",
        "subtype": "checking",
        "balances": {"available": None, "current": None, "limit": None, "iso_currency_code": "USD",
                     "unofficial_currency_code": None},
    }  # fmt: skip
    world.put("plaid", key, "account", OPERATING, account, at=at)
    item = {
        "item_id": f"item{key}",
        "institution_id": "ins_109508",
        "webhook": None,
        "error": None,
        "available_products": [],
        "billed_products": ["transactions"],
        "consent_expiration_time": None,
        "update_type": "background",
    }
    world.put("plaid", key, "item", f"item{key}", item, at=at)
    bank = {"institution_id": "ins_109508", "name": "First Platypus Bank", "products": ["transactions"],
            "country_codes": ["US"], "routing_numbers": [], "oauth": False}  # fmt: skip
    world.put("plaid", key, "institution", "ins_109508", bank, at=at)
    for number in range(postings):
        seen = NOW - (postings - number) * 3600
        body = posting(f"post{number:05d}", 1.25, "2026-11-20")
        world.put("plaid", key, "transaction", body["transaction_id"], body, at=seen, amount=125, account=OPERATING)
    pending = posting("pend1", 40.0, "2026-11-24", pending=True)
    world.put("plaid", key, "transaction", "pend1", pending, at=NOW - 60, amount=4_000, account=OPERATING)
    settled = posting("pend1-posted", 42.0, "2026-11-25", pending_transaction_id="pend1")
    later = NOW + DAY
    world.put("plaid", key, "transaction", "pend1", {}, at=later, version=1, deleted=True, account=OPERATING)
    world.put("plaid", key, "transaction", "pend1-posted", settled, at=later, amount=4_200, account=OPERATING)


def _stripe(world: World, key: str) -> None:
    at = NOW - 10 * DAY
    world.put("stripe", key, "account", f"acct_{key}", {"id": f"acct_{key}", "object": "account"}, at=at)
    world.put("stripe", key, "customer", "cus_1", {"id": "cus_1", "object": "customer", "email": "a@b.co"}, at=at)
    for number in range(5):
        invoice = {"id": f"in_{number}", "object": "invoice", "status": "open", "customer": "cus_1",
                   "created": at + number, "total": 2500, "lines": {"object": "list", "data": []}}  # fmt: skip
        world.put("stripe", key, "invoice", f"in_{number}", invoice, at=at + number)
    paid = {**invoice, "id": "in_0", "status": "paid", "created": at}
    world.put("stripe", key, "invoice", "in_0", paid, at=NOW + DAY, version=1)
    charge = {"id": "ch_1", "object": "charge", "amount": 5000, "status": "succeeded", "created": at}
    world.put("stripe", key, "charge", "ch_1", charge, at=at)
    for name, net, source, kind in (("txn_1", 4_700, "ch_1", "charge"), ("txn_2", -4_700, "po_1", "payout")):
        line = {"id": name, "object": "balance_transaction", "net": net, "amount": net, "fee": 0, "currency": "usd",
                "source": source, "type": kind, "available_on": at, "created": at}  # fmt: skip
        world.put("stripe", key, "balance_transaction", name, line, at=at)
        world.put("stripe", key, "payout_line", f"po_1:{name}", {"payout": "po_1", "balance_transaction": name}, at=at)
    payout = {
        "id": "po_1",
        "object": "payout",
        "amount": 4700,
        "status": "paid",
        "created": at,
        "arrival_date": at + DAY,
    }
    world.put("stripe", key, "payout", "po_1", payout, at=at)
