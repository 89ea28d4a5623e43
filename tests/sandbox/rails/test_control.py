"""The control port, and a sandbox that is stopped and started again."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.rails_server import running_sandbox
from tests.sandbox.rails.talk import WRITE, Talk
from tests.sandbox.rails.test_ramp import bill_of
from tests.sandbox.rails.tiny_world import make


def test_counts_what_was_asked_and_by_whom(talk: Talk) -> None:
    talk.control("DELETE", "/requests")
    talk.stripe("c1", "/v1/customers")
    talk.stripe("c1", "/v1/customers/cus_1")
    rows = talk.control("GET", "/requests")
    assert rows["by_rail"]["stripe"] == 2
    assert {(row["client_key"], row["path"]) for row in rows["requests"] if row["rail"] == "stripe"} == {
        ("c1", "/v1/customers"),
        ("c1", "/v1/customers/{id}"),
    }


def test_bad_control_calls_say_what_is_wrong(talk: Talk) -> None:
    for method, path, body in (
        ("POST", "/clock/advance", {"days": -1}),
        ("POST", "/clock/advance", {"weeks": 1}),
        ("POST", "/faults", {"kind": "earthquake"}),
        ("POST", "/faults", {"kind": "throttled", "client_key": "nobody"}),
        ("POST", "/webhooks/targets", {"venmo": "http://x"}),
    ):
        answer = talk.http.request(method, talk.urls["control"] + path, json=body)
        assert answer.status_code == 422 and answer.json()["error"]


def test_a_malformed_page_is_no_json(talk: Talk) -> None:
    talk.control("POST", "/faults", {"rail": "stripe", "kind": "malformed_page", "times": 1})
    answer = talk.stripe("c1", "/v1/customers")
    assert answer.status_code == 200
    try:
        answer.json()
        raise AssertionError("the page parsed")
    except ValueError:
        pass
    assert talk.stripe("c1", "/v1/customers").json()["data"]


def test_the_date_header_is_the_sandboxes_clock(talk: Talk) -> None:
    assert talk.stripe("c1", "/v1/customers").headers["date"].startswith("Tue, 24 Nov 2026 15:00")


def test_what_happened_survives_a_restart(tmp_path: Path) -> None:
    world = make(tmp_path / "world.db")
    with running_sandbox(world, paused=True) as urls, httpx.Client(trust_env=False) as http:
        talk = Talk(urls, http)
        token = talk.ramp_token("c1", "executor", WRITE)
        made = talk.ramp(token, "POST", "/bills", json=bill_of("KEPT")).json()["id"]
        refresh = talk.qbo_token("c1").json()["refresh_token"]
        talk.control("POST", "/clock/advance", {"days": 9})
    with running_sandbox(world) as urls, httpx.Client(trust_env=False) as http:
        talk = Talk(urls, http)
        assert talk.control("GET", "/clock")["now"].startswith("2026-12-03")
        assert talk.ramp(token, "GET", f"/bills/{made}").json()["status_summary"] == "PAYMENT_COMPLETED"
        assert talk.profile("c1")["qbo"]["refresh_token"] == refresh
        assert talk.qbo_token("c1").status_code == 200
