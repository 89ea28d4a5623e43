"""What the API answers when all is well, and how it fails when something breaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.envelope import BODY_LIMIT_BYTES
from app.receiver.taking import RAILS as RECEIVED
from execution.errors import StaleData
from ingestion.inbox import InboxFull, ProofUnavailable
from ingestion.rails import RAILS as LOADED
from tests.app import firm
from tests.app.api.firms import HARBOR, World, body_of, signed


def test_the_hygiene_queue_is_read_page_by_page(world: World) -> None:
    headers = world.bearer("bookkeeper")
    whole = world.http.get(f"/advisor/{HARBOR}/hygiene", headers=headers).json()
    seen, offset = [], 0
    while offset is not None:
        page = world.http.get(f"/advisor/{HARBOR}/hygiene?limit=2&offset={offset}", headers=headers).json()
        assert len(page["items"]) <= 2 and page["total"] == whole["total"]
        seen += [item["hygiene_item_id"] for item in page["items"]]
        offset = page["next_offset"]
    assert seen == [item["hygiene_item_id"] for item in whole["items"]] and len(seen) == whole["total"] > 2
    assert whole["next_offset"] is None and whole["evidence"]["snapshot_id"]
    past = world.http.get(f"/advisor/{HARBOR}/hygiene?offset=900", headers=headers).json()
    assert past["items"] == [] and past["next_offset"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "offset=-1", "offset=1e9"])
def test_a_page_that_cannot_be(world: World, query: str) -> None:
    answer = world.http.get(f"/advisor/{HARBOR}/hygiene?{query}", headers=world.bearer("analyst"))
    assert answer.status_code == 422
    assert query.split("=")[0] in answer.json()["detail"] and "whole number" in answer.json()["detail"]


def test_the_digest_says_state_then_variance_then_next(world: World) -> None:
    told = world.http.get(f"/advisor/{HARBOR}/clients/c01/digest", headers=world.bearer("analyst")).json()
    assert told["state"]["client_name"] == "Canyon Electric" and told["state"]["runway_status"]
    assert isinstance(told["state"]["cash_available_minor"], int)
    assert [v["rank"] for v in told["variances"]] == [1, 2, 3]
    assert told["weeks_2_to_4"]["lowest_week_start_date"] and told["weeks_5_to_13"]
    assert {rail["rail"] for rail in told["rails"]} == {"qbo", "ramp", "plaid", "stripe"}
    assert told["payables_aging"] and told["next_actions"]


def test_an_owner_reads_the_own_client_alone(world: World) -> None:
    headers = world.bearer("client_owner")
    queue = world.http.get(f"/advisor/{HARBOR}/hygiene", headers=headers).json()
    assert {item["client_id"] for item in queue["items"]} == {"c01"}
    assert world.http.get(f"/advisor/{HARBOR}/clients/c02/digest", headers=headers).status_code == 404


def test_a_session_token_and_an_api_token_both_open(world: World) -> None:
    person = world.person("controller")
    token = world.plane.people.issue_api_token(person, "month end script")
    for headers in ({"Authorization": f"Bearer {token}"}, world.bearer("controller")):
        assert world.http.get(f"/advisor/{HARBOR}/hygiene", headers=headers).status_code == 200


def test_before_anything_is_published(world: World) -> None:
    (world.folder / "published" / HARBOR / "current.json").unlink()
    answer = world.http.get(f"/advisor/{HARBOR}/hygiene", headers=world.bearer("controller"))
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_data")
    assert "rowcol run" in answer.json()["detail"]


def test_a_refused_newer_build_is_said(world: World) -> None:
    firm.refuse(world.folder, firm.AS_OF.replace(hour=9), "a dbt test failed", ["unique"])
    told = world.http.get(f"/advisor/{HARBOR}/hygiene", headers=world.bearer("controller")).json()
    assert told["evidence"]["newer_build_refused"] == "a dbt test failed"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nope", 404, "no_such_route"),
        ("GET", "/advisor/harbor/hygiene/", 404, "no_such_route"),
        ("DELETE", "/health", 405, "method_not_allowed"),
        ("GET", "/webhooks/ramp/ramp-c01", 405, "method_not_allowed"),
    ],
)
def test_unknown_routes_and_methods_are_problems_too(
    world: World, method: str, path: str, status: int, code: str
) -> None:
    answer = world.http.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert status != 405 or answer.headers["allow"]


def test_a_large_body_is_cut_off(world: World) -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        for _ in range(4096):
            read += 65_536
            yield b"x" * 65_536

    path, headers = f"/advisor/{HARBOR}/clients/c01/approve-bills", world.bearer("controller", key="key-00000001")
    for answer in (
        world.http.post("/webhooks/ramp/ramp-c01", content=b"x" * (BODY_LIMIT_BYTES + 1)),
        world.http.post(path, content=b"x" * (BODY_LIMIT_BYTES + 1), headers=headers),
        world.http.post("/webhooks/ramp/ramp-c01", content=endless()),
    ):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert str(BODY_LIMIT_BYTES) in answer.json()["detail"]
    fits = b" " * BODY_LIMIT_BYTES
    assert world.http.post("/webhooks/ramp/ramp-c01", content=fits).status_code == 401
    assert world.inbox.pending() == []


def test_what_breaks_inside_stays_inside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("password=hunter2 at /srv/secret")

    headers = world.bearer("controller")
    monkeypatch.setattr(world.plane.clients, "get", broken)
    answer = world.http.get(f"/advisor/{HARBOR}/clients/c01/digest", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "hunter2" not in answer.text and "RuntimeError" not in answer.text
    assert answer.json()["correlation_id"] == answer.headers["x-correlation-id"] != ""
    assert answer.json()["correlation_id"] in answer.json()["detail"]


@pytest.mark.parametrize("error", [InboxFull("200000 wait"), ProofUnavailable("Plaid is away")])
def test_what_cannot_be_stored_now_is_asked_for_again(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(world.inbox, "begin", away)
    answer = world.deliver("plaid", body_of("plaid"), signed("plaid", body_of("plaid")))
    assert (answer.status_code, answer.json()["detail"]) == (503, str(error)) and answer.headers["retry-after"]


def test_a_clock_that_cannot_be_read_is_a_refusal_not_a_crash(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def now(self) -> Any:
            raise StaleData("the business clock does not answer; start the sandbox")

    headers = world.bearer("controller")
    for part in (world.plane, world.plane.people, world.plane.clients, world.plane.audit):
        monkeypatch.setattr(part, "clock" if part is world.plane else "_clock", Broken())
    answer = world.http.get(f"/advisor/{HARBOR}/clients/c01/digest", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_data")


def test_the_documents_name_every_route_and_its_errors(world: World) -> None:
    told = world.http.get("/openapi.json").json()
    for path, methods in told["paths"].items():
        for method, route in methods.items():
            assert route["tags"] and route["summary"] and route["description"], (method, path)
            if path != "/health":
                failing = {status: answer for status, answer in route["responses"].items() if status >= "4"}
                assert {"401", "404"} <= set(failing) or path.startswith("/webhooks")
                assert all(list(answer["content"]) == ["application/problem+json"] for answer in failing.values())
    approve = told["paths"]["/advisor/{advisor_id}/clients/{client_id}/approve-bills"]["post"]
    assert {p["name"] for p in approve["parameters"]} == {"advisor_id", "client_id", "idempotency-key"}
    assert {"Problem", "NothingApproved"} <= set(told["components"]["schemas"])
    assert approve["security"] and told["components"]["schemas"]["ApproveBills"]["examples"]
    assert world.http.get("/docs").status_code == 200 and world.http.get("/health").json() == {"status": "ok"}


def test_answers_are_private(world: World) -> None:
    answer = world.http.get(f"/advisor/{HARBOR}/hygiene", headers=world.bearer("analyst"))
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_every_rail_that_is_loaded_may_send_webhooks() -> None:
    assert set(RECEIVED) == set(LOADED)


def test_the_server_finds_the_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import app.api

    monkeypatch.setenv("ROWCOL_DATA", str(tmp_path))
    monkeypatch.delitem(vars(app.api), "api", raising=False)
    with TestClient(app.api.api) as http:
        assert http.get("/health").status_code == 200
    assert (tmp_path / "control" / "control.db").exists()
    with pytest.raises(AttributeError):
        _ = app.api.nothing_of_this_name
    app.api.api.state.plane.store.dispose()
    monkeypatch.delitem(vars(app.api), "api", raising=False)
