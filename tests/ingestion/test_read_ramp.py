"""Ramp: a bill is followed while it is open and a few days beyond; nothing else is read twice."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.bulkhead import Fetched, fetch
from ingestion.connections import Connection
from ingestion.rails import BY_NAME
from ingestion.ramp.resources import read
from ingestion.ramp.settings import RampSettings
from tests.ingestion.scripted_rail import Answer, Call, Scripted, scripted

AS_OF = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_numbers = itertools.count()
TRACE = {"trace_id": "0910", "descriptor": "ACH"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWCOL_PATIENCE_SCALE", "0.002")


def bill(
    bill_id: str, summary: str = "PAYMENT_SCHEDULED", paid: str | None = None, trace: Any = None
) -> dict[str, Any]:
    payment = {"payment_method": "ACH", "trace_id": trace}
    return {"id": bill_id, "status_summary": summary, "paid_at": paid, "archived_at": None, "payment": payment}


def listing(rows: list[dict[str, Any]], following: str | None = None) -> dict[str, Any]:
    return {"data": rows, "page": {"next": following}}


def fetched(
    answer: Callable[[Call], Answer], folder: Path, cursor: dict[str, Any] | None = None
) -> tuple[Fetched, Scripted]:
    def with_token(call: Call) -> Answer:
        if call.path.endswith("/token"):
            return 200, {"access_token": "tok", "expires_in": 864000}
        return answer(call)

    with scripted(with_token) as server:
        mine = replace(RampSettings(), url=server.url)
        rail = replace(BY_NAME["ramp"], read=lambda *given: read(*given, settings=mine))
        secrets = {"client_id": f"app{next(_numbers)}", "client_secret": "s"}
        connection = Connection("firm", "c1", "ramp", secrets["client_id"], "biz", secrets)
        return fetch(rail, connection, cursor or {}, folder, AS_OF, None), server


def paths(server: Scripted) -> list[str]:
    return [call.path.removeprefix("/developer/v1/") for call in server.calls]


def test_first_load_pages_bills_and_reads_a_fresh_trace_singly(tmp_path: Path) -> None:
    def answer(call: Call) -> Answer:
        if call.path.endswith("/bills"):
            if "start" not in call.query:
                return 200, listing([bill("b1")], "https://elsewhere.example/developer/v1/bills?start=b1&page_size=100")
            paid_now = bill("b2", "PAYMENT_COMPLETED", "2026-11-23T00:00:00+00:00")
            paid_before = bill("b3", "PAYMENT_COMPLETED", "2026-10-01T00:00:00+00:00")
            return 200, listing([paid_now, paid_before, bill("b4", "ARCHIVED")])
        if call.path.endswith("/bills/b2"):
            return 200, bill("b2", "PAYMENT_COMPLETED", "2026-11-23T00:00:00+00:00", TRACE)
        return 200, listing([])

    done, server = fetched(answer, tmp_path)
    assert done.failure is None and done.rows_read == 4
    assert done.cursor["open_bills"] == ["b1"] and done.cursor["traced_bills"] == ["b2"]
    assert paths(server).count("bills/b2") == 1 and "bills/b3" not in paths(server)
    assert {call.method for call in server.calls[1:]} == {"GET"}
    assert all(call.query["page_size"] == "100" for call in server.calls[1:] if not call.path.endswith("/b2"))


def test_later_loads_follow_open_bills_and_let_paid_ones_be(tmp_path: Path) -> None:
    def answer(call: Call) -> Answer:
        if call.path.endswith("/bills"):
            if "status_summaries" in call.query:
                return 200, listing([bill("still_open")])
            if "from_paid_at" in call.query:
                return 200, listing([bill("traced", "PAYMENT_COMPLETED", "2026-11-23T00:00:00+00:00")])
            return 200, listing([bill("new")])
        if call.path.endswith("/bills/closed"):
            return 200, bill("closed", "ARCHIVED")
        if call.path.endswith("/bills/vanished"):
            return 404, {"error_v2": {"error_code": "DEVELOPER_7002"}}
        return 200, listing([])

    cursor = {
        "read_at": "2026-11-23T12:00:00+00:00",
        "open_bills": ["still_open", "closed", "vanished"],
        "traced_bills": ["traced"],
        "open_drafts": {"d1": "2026-11-01T00:00:00+00:00"},
    }
    done, server = fetched(answer, tmp_path, cursor)
    assert done.failure is None
    assert done.cursor["open_bills"] == ["new", "still_open"] and done.cursor["traced_bills"] == ["traced"]
    # still_open, new, closed, vanished; the traced one is left as it is; and a draft that is gone.
    assert done.rows_read == 4 + 1
    assert "bills/traced" not in paths(server) and done.cursor["open_drafts"] == {}
    by_path = {call.path.rsplit("/", 1)[1]: call.query for call in server.calls}
    assert by_path["drafts"]["from_created_at"] == "2026-11-01T00:00:00+00:00"
    assert by_path["transactions"]["from_date"] == "2026-11-09T12:00:00+00:00"
    assert by_path["vendors"]["from_updated_at"] == "2026-11-22T12:00:00+00:00"
    assert by_path["reimbursements"]["updated_after"] == "2026-11-22T12:00:00+00:00"


@pytest.mark.parametrize(
    ("answer", "reason_code"),
    [
        ((401, {"error": "unauthorized"}), "token_revoked"),
        ((403, {"error_v2": {"error_code": "DEVELOPER_7100"}}), "forbidden"),
        ((429, {}), "throttled"),
        ((504, {}), "rail_down"),
        ((422, {"error_v2": {"error_code": "DEVELOPER_7001"}}), "rejected"),
        ((200, '{"data": ['), "malformed"),
        ((200, {"data": []}), "malformed"),
        ((200, {"data": ["b1"], "page": {"next": None}}), "malformed"),
        ((200, {"data": [{"id": "b", "issued_at": "someday"}], "page": {"next": None}}), "malformed"),
        ((200, {"data": [], "page": {"next": "https://x/y"}}), "malformed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_failure_has_its_name(tmp_path: Path, answer: Answer, reason_code: str) -> None:
    done, _ = fetched(lambda call: answer, tmp_path)
    assert done.failure is not None and done.failure.reason_code == reason_code


def test_an_app_that_was_removed_is_token_revoked(tmp_path: Path) -> None:
    with scripted(lambda call: (401, {"error": "invalid_client"})) as server:
        rail = replace(BY_NAME["ramp"], read=lambda *given: read(*given, settings=RampSettings(url=server.url)))
        connection = Connection("firm", "c1", "ramp", "x", "biz", {"client_id": "gone", "client_secret": "s"})
        done = fetch(rail, connection, {}, tmp_path, AS_OF, None)
    assert done.failure is not None and done.failure.reason_code == "token_revoked"


def test_a_long_running_reader_renews_its_dead_token_once(tmp_path: Path) -> None:
    """The token is kept between loads; ten days later Ramp no longer takes it, and the load must not notice."""
    issued: list[str] = []
    dead: set[str] = set()

    def answer(call: Call) -> Answer:
        if call.path.endswith("/token"):
            issued.append(f"t{len(issued) + 1}")
            return 200, {"access_token": issued[-1], "expires_in": 864000}
        if call.headers["authorization"].removeprefix("Bearer ") in dead:
            return 401, {"error": "unauthorized"}
        return 200, listing([])

    with scripted(answer) as server:
        rail = replace(BY_NAME["ramp"], read=lambda *given: read(*given, settings=RampSettings(url=server.url)))
        secrets = {"client_id": f"app{next(_numbers)}", "client_secret": "s"}
        connection = Connection("firm", "c1", "ramp", "long", "biz", secrets)
        for run, tokens in (("first", ["t1"]), ("same", ["t1"]), ("later", ["t1", "t2"]), ("after", ["t1", "t2"])):
            (tmp_path / run).mkdir()
            dead |= {"t1"} if run == "later" else set()
            done = fetch(rail, connection, {}, tmp_path / run, AS_OF, None)
            assert (done.failure, issued) == (None, tokens), run
