"""The generated world goes on after its last day, and what we pay through Ramp takes its place in it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.world.packing import readable
from tests.rails_server import running_sandbox
from tests.sandbox.rails.talk import WRITE, Talk

END = date(2026, 11, 24)


@pytest.fixture
def world(generated_world: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(generated_world, tmp_path / "world.db"))


@pytest.fixture
def talk(world: Path) -> Iterator[Talk]:
    with running_sandbox(world, paused=True) as urls, httpx.Client(timeout=30, trust_env=False) as http:
        yield Talk(urls, http)


def days(talk: Talk, count: float) -> None:
    talk.control("POST", "/clock/advance", {"days": count})


def books(talk: Talk, key: str, query: str) -> list[dict[str, Any]]:
    """Every row of a QBO query; a rotated refresh token is kept by asking onboarding anew."""
    token = str(talk.qbo_token(key).json()["access_token"])
    answer = talk.qbo(token, key, "/query", query=f"{query} maxresults 1000").json()["QueryResponse"]
    return list(answer.get(query.split()[3], []))


def payable(talk: Talk, key: str) -> list[dict[str, Any]]:
    """Open bills due about now whose Ramp vendor has one account since long ago."""
    reader = talk.ramp_token(key)
    vendors = talk.ramp(reader, "GET", "/vendors", params={"page_size": 100}).json()["data"]
    ramp = {vendor["accounting_vendor_remote_id"]: vendor for vendor in vendors if vendor["is_active"]}
    found = []
    for bill in books(talk, key, "select * from Bill where Balance > '0'"):
        late = (END - date.fromisoformat(bill["DueDate"])).days
        vendor = ramp.get(bill["VendorRef"]["value"])
        if vendor and -14 <= late <= 5 and len(accounts(talk, reader, vendor["id"])) == 1:
            found.append({**bill, "ramp": vendor})
    return sorted(found, key=lambda bill: bill["Id"])


def accounts(talk: Talk, reader: str, vendor_id: str) -> list[dict[str, Any]]:
    return list(talk.ramp(reader, "GET", f"/vendors/{vendor_id}/accounts").json()["data"])


def as_ramp_bill(talk: Talk, key: str, bill: dict[str, Any], arrival: str) -> dict[str, Any]:
    ramp, vendor = talk.profile(key)["ramp"], bill["ramp"]
    return {
        "vendor_id": vendor["id"],
        "vendor_contact_id": vendor["contacts"][0],
        "entity_id": ramp["entity_id"],
        "invoice_number": bill["DocNumber"],
        "invoice_currency": "USD",
        "issued_at": bill["TxnDate"],
        "due_at": bill["DueDate"],
        "line_items": [{"amount": f"{bill['TotalAmt']:.2f}", "memo": "From the books"}],
        "payment_method": "ACH",
        "payment_details": {
            "source_bank_account_id": ramp["bank_account_id"],
            "vendor_account_id": accounts(talk, talk.ramp_token(key), vendor["id"])[0]["id"],
            "payment_arrival_date": arrival,
        },
    }


def ramp_bills_of(world: Path, key: str, number: str) -> set[str]:
    """Every Ramp bill that the world holds for an invoice, planned ones included."""
    with sqlite3.connect(world) as db:
        readable(db)
        rows = db.execute(
            "select distinct id from object_version where rail='ramp' and kind='bill' and client_key=?"
            " and instr(json_body(rail, client_key, kind, body), ?) > 0",
            (key, f'"invoice_number":"{number}"'.encode()),
        ).fetchall()
    return {row[0] for row in rows}


def test_every_ramp_client_has_bills_to_pay(talk: Talk) -> None:
    for key in talk.client_keys():
        every = books(talk, key, "select * from Bill where Balance > '0'")
        assert 8 <= len(every) <= 60
        amounts = [bill["Balance"] for bill in payable(talk, key)]
        assert sum(amount < 1000 for amount in amounts) >= 3, amounts
        assert sum(1000 <= amount < 5000 for amount in amounts) >= 2, amounts


def test_the_days_after_the_end_bring_new_records(talk: Talk) -> None:
    keys = talk.client_keys()
    cursors = {key: talk.plaid_all(key)[1] for key in keys}
    bills = {key: len(books(talk, key, "select * from Bill")) for key in keys}
    seller = keys[2]
    payouts = talk.stripe(seller, "/v1/payouts", limit=3).json()["data"]
    days(talk, 8)
    for key in keys:
        assert len(talk.plaid_all(key, cursors[key])[0]["added"]) > 5
        assert len(books(talk, key, "select * from Bill")) > bills[key]
    assert talk.stripe(seller, "/v1/payouts", limit=3).json()["data"][0]["created"] > payouts[0]["created"]


def test_a_direct_payment_closes_the_bill_and_nothing_pays_it_twice(talk: Talk, world: Path) -> None:
    key = talk.client_keys()[0]
    assert talk.profile(key)["payout_mode"] == "direct"
    bill = next(bill for bill in payable(talk, key) if len(ramp_bills_of(world, key, bill["DocNumber"])) == 1)
    planned = ramp_bills_of(world, key, bill["DocNumber"])
    _, cursor = talk.plaid_all(key)
    writer = talk.ramp_token(key, "executor", WRITE)
    made = talk.ramp(writer, "POST", "/bills", json=as_ramp_bill(talk, key, bill, "2026-12-01"))
    assert made.status_code == 201, made.text
    assert ramp_bills_of(world, key, bill["DocNumber"]) == {made.json()["id"]} != planned

    days(talk, 9)
    shown = talk.ramp(talk.ramp_token(key), "GET", f"/bills/{made.json()['id']}").json()
    assert shown["status_summary"] == "PAYMENT_COMPLETED"
    trace = shown["payment"]["trace_id"]["trace_id"]
    added = talk.plaid_all(key, cursor)[0]["added"]
    mine = [row for row in added if row["payment_meta"]["reference_number"] == trace]
    assert [(row["amount"], row["date"]) for row in mine] == [(bill["TotalAmt"], "2026-12-01")]

    days(talk, 75)
    closed = next(row for row in books(talk, key, "select * from Bill") if row["Id"] == bill["Id"])
    assert closed["Balance"] == 0
    payments = books(talk, key, "select * from BillPayment where TxnDate > '2026-11-24'")
    links = [link["TxnId"] for row in payments for line in row["Line"] for link in line["LinkedTxn"]]
    assert links.count(bill["Id"]) == 1


def test_a_draft_is_approved_paid_and_booked(talk: Talk) -> None:
    key = talk.client_keys()[1]
    assert talk.profile(key)["payout_mode"] == "draft"
    bill = payable(talk, key)[0]
    _, cursor = talk.plaid_all(key)
    given = as_ramp_bill(talk, key, bill, "2026-12-01")
    del given["payment_method"], given["payment_details"]
    writer = talk.ramp_token(key, "executor", WRITE)
    draft = talk.ramp(writer, "POST", "/bills/drafts", json=given).json()
    assert talk.ramp(writer, "POST", f"/bills/drafts/{draft['id']}/submit", json={}).status_code == 200
    days(talk, 22)
    reader = talk.ramp_token(key)
    landed = talk.ramp(reader, "GET", "/bills", params={"draft_bill_id": draft["id"]}).json()["data"]
    assert [row["status_summary"] for row in landed] == ["PAYMENT_COMPLETED"]
    trace = talk.ramp(reader, "GET", f"/bills/{landed[0]['id']}").json()["payment"]["trace_id"]["trace_id"]
    added = talk.plaid_all(key, cursor)[0]["added"]
    mine = [row["amount"] for row in added if row["payment_meta"]["reference_number"] == trace]
    assert mine == [bill["TotalAmt"]]
    closed = next(row for row in books(talk, key, "select * from Bill") if row["Id"] == bill["Id"])
    assert (closed["Balance"], closed["LinkedTxn"][0]["TxnType"]) == (0, "BillPaymentCheck")


def test_a_returned_payment_opens_the_bill_again(talk: Talk) -> None:
    """The third client has a vendor whose bank sends every payment back."""
    key = talk.client_keys()[2]
    returning = talk.profile(key)["ramp"]["payment_return_vendor_ids"]
    bill = next(bill for bill in payable(talk, key) if bill["ramp"]["id"] in returning)
    writer = talk.ramp_token(key, "executor", WRITE)
    made = talk.ramp(writer, "POST", "/bills", json=as_ramp_bill(talk, key, bill, "2026-12-01")).json()
    days(talk, 7.5)
    assert next(row for row in books(talk, key, "select * from Bill") if row["Id"] == bill["Id"])["Balance"] == 0
    days(talk, 4)
    again = next(row for row in books(talk, key, "select * from Bill") if row["Id"] == bill["Id"])
    assert (again["Balance"], again["LinkedTxn"]) == (bill["TotalAmt"], [])
    assert int(again["SyncToken"]) >= 2
    payments = books(talk, key, "select * from BillPayment where TxnDate > '2026-11-24'")
    links = {link["TxnId"] for row in payments for line in row["Line"] for link in line["LinkedTxn"]}
    assert bill["Id"] not in links
    shown = talk.ramp(talk.ramp_token(key), "GET", f"/bills/{made['id']}").json()
    assert shown["status_summary"] == "PAYMENT_ERROR"
    assert date.fromisoformat(bill["DueDate"]) > END - timedelta(days=6)


def test_every_rail_tells_of_the_days_that_pass(talk: Talk) -> None:
    nobody = "http://127.0.0.1:9/hooks"
    talk.control("POST", "/webhooks/targets", dict.fromkeys(("qbo", "ramp", "plaid", "stripe"), nobody))
    for key in talk.client_keys():
        talk.plaid_all(key)
    assert talk.control("POST", "/clock/advance", {"days": 6})["webhooks"] > 20
    records = talk.control("GET", "/webhooks/deliveries")["deliveries"]
    assert {record["rail"] for record in records} == {"qbo", "ramp", "plaid", "stripe"}
