"""QBO: tokens that rotate, the query language, change data capture, limits and errors."""

from __future__ import annotations

import time

import pytest

from tests.sandbox.rails.talk import Talk


@pytest.fixture(scope="module")
def token(talk: Talk) -> str:
    return str(talk.qbo_token("c1").json()["access_token"])


def select(talk: Talk, token: str, query: str) -> list[str]:
    answer = talk.qbo(token, "c1", "/query", query=query, minorversion="75")
    if answer.status_code == 429:
        time.sleep(0.5)
        return select(talk, token, query)
    assert answer.status_code == 200, answer.text
    entity = query.split(" from ")[1].split()[0]
    return [row["Id"] for row in answer.json()["QueryResponse"].get(entity, [])]


def test_each_refresh_gives_a_new_token_and_the_one_before_dies_with_its_successors_use(talk: Talk) -> None:
    first = talk.profile("c2")["qbo"]["refresh_token"]
    second = talk.qbo_token("c2", first).json()["refresh_token"]
    assert second != first
    assert talk.qbo_token("c2", first).json()["refresh_token"] == second
    third = talk.qbo_token("c2", second).json()["refresh_token"]
    dead = talk.qbo_token("c2", first)
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")
    assert third not in (first, second)


def test_pages_by_position_and_leaves_the_entity_out_when_there_are_no_rows(talk: Talk, token: str) -> None:
    first = select(talk, token, "select * from Bill orderby Id startposition 1 maxresults 2")
    second = select(talk, token, "select * from Bill orderby Id startposition 3 maxresults 2")
    assert (first, second) == (["100", "101"], ["102", "103"])
    empty = talk.qbo(token, "c1", "/query", query="select * from Bill startposition 100")
    assert empty.json()["QueryResponse"] == {}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("MetaData.LastUpdatedTime >= '2026-11-23T00:00:00-08:00'", ["104"]),
        ("DocNumber = 'INV-2'", ["102"]),
        ("VendorRef = '56' and DueDate > '2026-12-03'", ["103", "104"]),
        ("Id in ('100','104')", ["100", "104"]),
        ("DocNumber like '%-3'", ["103"]),
        ("Balance > '200.00'", []),
    ],
)
def test_filters(talk: Talk, token: str, where: str, expected: list[str]) -> None:
    assert select(talk, token, f"select * from Bill where {where} orderby Id") == expected


def test_inactive_names_show_only_when_asked_for(talk: Talk, token: str) -> None:
    assert select(talk, token, "select * from Vendor") == ["56"]
    assert select(talk, token, "select * from Vendor where Active in (true, false)") == ["56", "57"]
    assert select(talk, token, r"select * from Vendor where DisplayName = 'Nimbus O\'Brien 56'") == ["56"]


@pytest.mark.parametrize(
    "query",
    [
        "select Id from Bill",
        "select * from Ledger",
        "select * from Bill where Memo = 'x'",
        "select * from Bill maxresults 1001",
        "select * from Bill where DocNumber = 'a' or DocNumber = 'b'",
        "",
    ],
)
def test_refuses_what_the_language_has_not(talk: Talk, token: str, query: str) -> None:
    time.sleep(0.12)
    answer = talk.qbo(token, "c1", "/query", query=query)
    assert answer.status_code == 400
    assert answer.json()["Fault"]["type"] == "ValidationFault"


def test_deletions_show_in_change_data_capture_only(talk: Talk, token: str) -> None:
    time.sleep(0.4)
    answer = talk.qbo(token, "c1", "/cdc", entities="Bill,Vendor", changedSince="2026-11-22T00:00:00+00:00").json()
    bills, vendors = answer["CDCResponse"][0]["QueryResponse"]
    gone = [row for row in bills["Bill"] if row.get("status") == "Deleted"]
    assert [row["Id"] for row in gone] == ["99"]
    assert vendors == {}
    assert "99" not in select(talk, token, "select * from Bill")
    late = talk.qbo(token, "c1", "/cdc", entities="Bill", changedSince="2026-09-01T00:00:00+00:00")
    assert late.status_code == 400


def test_one_object_its_company_and_the_errors(talk: Talk, token: str) -> None:
    time.sleep(0.5)
    answer = talk.qbo(token, "c1", "/bill/100")
    assert answer.json()["Bill"]["Id"] == "100"
    assert answer.headers["intuit_tid"]
    assert talk.qbo(token, "c1", "/companyinfo/4620816301").json()["CompanyInfo"]["Country"] == "USA"
    missing = talk.qbo(token, "c1", "/bill/99")
    assert (missing.status_code, missing.json()["Fault"]["Error"][0]["code"]) == (400, "610")
    assert talk.qbo("nonsense", "c1", "/bill/100").status_code == 401
    assert talk.qbo(token, "c2", "/bill/100").status_code == 403


def test_ten_requests_a_second_per_realm(talk: Talk, token: str) -> None:
    codes = [talk.qbo(token, "c1", "/bill/100").status_code for _ in range(14)]
    assert codes.count(429) >= 3


def test_a_revoked_client_is_refused_and_the_others_are_not(talk: Talk) -> None:
    talk.control("POST", "/faults", {"rail": "qbo", "client_key": "c1", "kind": "token_revoked"})
    assert talk.qbo_token("c1").json()["error"] == "invalid_grant"
    assert talk.qbo_token("c2").status_code == 200
