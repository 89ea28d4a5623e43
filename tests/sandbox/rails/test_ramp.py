"""Ramp: scopes, pages, what a bill must look like, and a payment's whole course through bank and books."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.rails.talk import WRITE, Talk
from tests.sandbox.rails.tiny_world import ENTITY, FUNDING, VENDOR, VENDOR_ACCOUNT, VENDOR_CONTACT


@pytest.fixture(scope="module")
def reader(talk: Talk) -> str:
    return talk.ramp_token("c1")


@pytest.fixture(scope="module")
def writer(talk: Talk) -> str:
    return talk.ramp_token("c1", "executor", WRITE)


def bill_of(number: str, arrival: str | None = "2026-12-01", **fields: Any) -> dict[str, Any]:
    details = {"source_bank_account_id": FUNDING, "vendor_account_id": VENDOR_ACCOUNT, "payment_arrival_date": arrival}
    given = {
        "vendor_id": VENDOR,
        "vendor_contact_id": VENDOR_CONTACT,
        "entity_id": ENTITY,
        "invoice_number": number,
        "invoice_currency": "USD",
        "issued_at": "2026-11-01",
        "due_at": "2026-12-01",
        "line_items": [{"amount": "100.50", "memo": "Hosting"}],
        "payment_method": "ACH",
        "payment_details": details,
    }
    return {**given, **fields}


def days(talk: Talk, count: float) -> None:
    talk.control("POST", "/clock/advance", {"days": count})


def test_scopes_are_checked_per_app_and_per_call(talk: Talk, reader: str) -> None:
    refused = talk.ramp(reader, "POST", "/bills", json=bill_of("X"))
    assert (refused.status_code, refused.json()["error_v2"]["error_code"]) == (403, "DEVELOPER_7100")
    ramp = talk.profile("c1")["ramp"]
    answer = talk.http.post(
        f"{talk.urls['ramp']}/developer/v1/token",
        data={"grant_type": "client_credentials", "scope": "bills:write"},
        auth=(ramp["reader_client_id"], ramp["reader_client_secret"]),
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    bare = talk.ramp_token("c1", scope="")
    assert talk.ramp(bare, "GET", "/bills").status_code == 403


def test_pages_follow_next_and_declined_purchases_are_left_out(talk: Talk, reader: str) -> None:
    page = talk.ramp(reader, "GET", "/transactions", params={"page_size": 2}).json()
    assert [row["id"] for row in page["data"]] == ["tx1", "tx2"]
    following = talk.http.get(page["page"]["next"], headers={"Authorization": f"Bearer {reader}"}).json()
    assert [row["id"] for row in following["data"]] == ["tx3", "tx4"]
    assert following["page"]["next"] is None
    every = talk.ramp(reader, "GET", "/transactions", params={"state": "ALL"}).json()["data"]
    assert len(every) == 5
    wrong = talk.ramp(reader, "GET", "/bills", params={"page_size": 101})
    assert wrong.status_code == 422
    assert wrong.json()["error"] == {"page_size": ["Value must be between 2 and 100"]}
    assert wrong.headers["x-trace-id"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"vendor_id": None}, "vendor_id"),
        ({"vendor_id": "nobody"}, "vendor_id"),
        ({"invoice_number": "X" * 21}, "invoice_number"),
        ({"line_items": [{"amount": "12.345"}]}, "line_items.0.amount"),
        ({"line_items": [{"amount": "-5"}]}, "line_items"),
        ({"line_items": []}, "line_items"),
        ({"enable_accounting_sync": False, "remote_id": "a"}, "enable_accounting_sync"),
    ],
)
def test_refuses_a_bad_bill_by_field(talk: Talk, writer: str, change: dict[str, Any], field: str) -> None:
    answer = talk.ramp(writer, "POST", "/bills", json=bill_of("BAD", **change))
    assert answer.status_code == 422
    assert field in answer.json()["error"]


@pytest.mark.parametrize(
    ("arrival", "reason"),
    [("2026-11-28", "weekend"), ("2026-11-26", "holiday"), ("2026-11-25", "too soon")],
    ids=["saturday", "thanksgiving", "tomorrow"],
)
def test_refuses_an_arrival_date_the_bank_cannot_do(talk: Talk, writer: str, arrival: str, reason: str) -> None:
    answer = talk.ramp(writer, "POST", "/bills", json=bill_of("DATE", arrival))
    assert answer.status_code == 422
    assert reason in answer.json()["error"]["payment_details.payment_arrival_date"][0]


def test_an_action_without_json_body_is_refused(talk: Talk, writer: str) -> None:
    answer = talk.ramp(writer, "POST", "/bills")
    assert (answer.status_code, answer.json()["error_v2"]["error_code"]) == (400, "DEVELOPER_7011")


def test_the_same_post_twice_makes_two_bills(talk: Talk, reader: str, writer: str) -> None:
    made = [talk.ramp(writer, "POST", "/bills", json=bill_of("TWICE", remote_id="k1")).json()["id"] for _ in range(2)]
    found = talk.ramp(reader, "GET", "/bills", params={"remote_id": "k1", "nonsense": "1"}).json()["data"]
    assert sorted(bill["id"] for bill in found) == sorted(made)
    assert len(set(made)) == 2


def test_an_effect_outlives_its_lost_answer(talk: Talk, reader: str, writer: str) -> None:
    talk.control("POST", "/faults", {"rail": "ramp", "kind": "timeout_after_effect", "path": "/bills", "times": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        talk.ramp(writer, "POST", "/bills", json=bill_of("LOST", remote_id="lost"))
    found = talk.ramp(reader, "GET", "/bills", params={"remote_id": "lost"}).json()["data"]
    assert len(found) == 1


def test_a_draft_cannot_be_removed_and_is_submitted_only_when_complete(talk: Talk, reader: str, writer: str) -> None:
    draft = talk.ramp(writer, "POST", "/bills/drafts", json={"vendor_id": VENDOR}).json()
    assert talk.ramp(writer, "DELETE", f"/bills/drafts/{draft['id']}").status_code == 405
    refused = talk.ramp(writer, "POST", f"/bills/drafts/{draft['id']}/submit", json={})
    assert (refused.status_code, refused.json()["error_v2"]["error_code"]) == (400, "BILL_PAY_7145")
    listed = talk.ramp(reader, "GET", "/bills/drafts").json()["data"]
    assert draft["id"] in {row["id"] for row in listed}
    assert talk.ramp(reader, "GET", f"/bills/{draft['id']}").status_code == 404


def test_hold_and_archive_stop_a_scheduled_payment(talk: Talk, reader: str, writer: str) -> None:
    held = talk.ramp(writer, "POST", "/bills", json=bill_of("HOLD")).json()
    assert talk.ramp(writer, "POST", f"/bills/{held['id']}/hold", json={}).json()["status_summary"] == "ON_HOLD"
    again = talk.ramp(writer, "POST", f"/bills/{held['id']}/release", json={}).json()
    assert again["status_summary"] == "PAYMENT_SCHEDULED"
    assert talk.ramp(writer, "DELETE", f"/bills/{held['id']}").status_code == 204
    archived = talk.ramp(reader, "GET", f"/bills/{held['id']}").json()
    assert archived["status_summary"] == "ARCHIVED" and archived["archived_at"]


def test_a_payment_runs_its_course_through_bank_and_books(talk: Talk, reader: str, writer: str) -> None:
    _, cursor = talk.plaid_all("c1")
    before = talk.plaid("c1", "/accounts/balance/get").json()["accounts"][0]["balances"]["current"]
    made = talk.ramp(writer, "POST", "/bills", json=bill_of("INV-1")).json()
    assert made["status_summary"] == "PAYMENT_SCHEDULED"
    assert made["amount"]["amount"] == 10_050
    assert made["payment"]["payment_date"].startswith("2026-11-27")

    def state() -> str:
        return str(talk.ramp(reader, "GET", f"/bills/{made['id']}").json()["status_summary"])

    days(talk, 3.5)
    assert state() == "PAYMENT_PROCESSING"
    pending = [row for row in talk.plaid_all("c1", cursor)[0]["added"] if row["pending"]]
    assert "NIMBUS HOSTING" in pending[0]["name"] and pending[0]["amount"] == 100.5
    days(talk, 4)
    paid = talk.ramp(reader, "GET", f"/bills/{made['id']}").json()
    assert (paid["status"], paid["status_summary"]) == ("PAID", "PAYMENT_COMPLETED")
    trace = paid["payment"]["trace_id"]["trace_id"]
    listed = talk.ramp(reader, "GET", "/bills", params={"invoice_number": "INV-1"}).json()["data"][0]
    assert listed["payment"]["trace_id"] is None

    rows = talk.plaid_all("c1", cursor)[0]
    mine = [row for row in rows["added"] if row["payment_meta"]["reference_number"] == trace]
    assert [(row["date"], row["pending"]) for row in mine] == [("2026-12-01", False)]
    assert "planned-check" not in {row["transaction_id"] for row in rows["added"]}
    # The sync that began before the pending row never hears of it; one from the middle sees it removed.
    assert mine[0]["pending_transaction_id"] not in {row["transaction_id"] for row in rows["added"]}
    after = talk.plaid("c1", "/accounts/balance/get").json()["accounts"][0]["balances"]["current"]
    assert round(before - after, 2) >= 100.5

    token = str(talk.qbo_token("c1").json()["access_token"])
    bill = talk.qbo(token, "c1", "/bill/101").json()["Bill"]
    assert bill["Balance"] == 0 and bill["SyncToken"] == "1"
    payments = talk.qbo(token, "c1", "/query", query="select * from BillPayment").json()["QueryResponse"]["BillPayment"]
    mine = [p for p in payments if p["Line"][0]["LinkedTxn"][0]["TxnId"] == "101"]
    assert [p["Id"] for p in mine] == [bill["LinkedTxn"][0]["TxnId"]]
    assert "500" not in {p["Id"] for p in payments}


def test_a_bill_the_books_lack_is_written_by_ramps_own_link(talk: Talk, writer: str) -> None:
    made = talk.ramp(writer, "POST", "/bills", json=bill_of("ONLY-RAMP", "2026-12-11"))
    assert made.status_code == 201, made.text
    days(talk, 0.5)
    token = str(talk.qbo_token("c1").json()["access_token"])
    query = "select * from Bill where DocNumber = 'ONLY-RAMP'"
    found = talk.qbo(token, "c1", "/query", query=query).json()["QueryResponse"]["Bill"]
    assert [bill["Balance"] for bill in found] == [100.5]


def test_where_payments_wait_for_a_payer_it_is_released_a_day_later(talk: Talk) -> None:
    token = talk.ramp_token("c2", "executor", WRITE)
    made = talk.ramp(token, "POST", "/bills", json=bill_of("WAIT", "2026-12-14")).json()
    assert made["status_summary"] == "AWAITING_RELEASE"
    assert made["payment"]["details"]["approval_status"] == "PENDING"
    days(talk, 1.1)
    assert talk.ramp(token, "GET", f"/bills/{made['id']}").json()["status_summary"] == "PAYMENT_SCHEDULED"


@pytest.mark.parametrize(
    ("ending", "arrival"), [("payment_error", "2026-12-21"), ("payment_return", "2027-01-11")], ids=["error", "return"]
)
def test_a_payment_that_fails_ends_in_error(talk: Talk, ending: str, arrival: str) -> None:
    writer = talk.ramp_token("c1", "executor", WRITE)
    talk.control("POST", "/faults", {"rail": "ramp", "kind": ending, "times": 1})
    answer = talk.ramp(writer, "POST", "/bills", json=bill_of(f"BAD-{ending[-6:]}", arrival))
    made = answer.json()
    days(talk, 22)
    writer = talk.ramp_token("c1", "executor", WRITE)
    assert talk.ramp(writer, "GET", f"/bills/{made['id']}").json()["status_summary"] == "PAYMENT_ERROR"
    rows = talk.plaid_all("c1")[0]["added"]
    back = [row for row in rows if row["amount"] == -100.5]
    assert len(back) == (1 if ending == "payment_return" else 0)


def test_the_clients_approver_finishes_a_complete_draft_next_day(talk: Talk) -> None:
    writer = talk.ramp_token("c1", "executor", WRITE)
    given = bill_of("DRAFT-9")
    for name in ("payment_method", "payment_details"):
        given.pop(name)
    draft = talk.ramp(writer, "POST", "/bills/drafts", json=given).json()
    assert talk.ramp(writer, "POST", f"/bills/drafts/{draft['id']}/submit", json={}).status_code == 200
    days(talk, 1.1)
    assert talk.ramp(writer, "GET", f"/bills/drafts/{draft['id']}").status_code == 404
    found = talk.ramp(writer, "GET", "/bills", params={"draft_bill_id": draft["id"]}).json()["data"]
    assert [bill["status_summary"] for bill in found] == ["PAYMENT_SCHEDULED"]
