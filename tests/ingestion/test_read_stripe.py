"""Stripe: lists once, then events say what to fetch; failures get their names."""

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
from ingestion.stripe.resources import OBJECTS, read
from ingestion.stripe.settings import StripeSettings
from tests.ingestion.scripted_rail import Answer, Call, Scripted, scripted

AS_OF = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NOW = int(AS_OF.timestamp())
DAY = 86_400
_numbers = itertools.count()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWCOL_PATIENCE_SCALE", "0.002")


def listing(rows: list[dict[str, Any]], more: bool = False) -> dict[str, Any]:
    return {"object": "list", "data": rows, "has_more": more, "url": "/"}


def fetched(
    answer: Callable[[Call], Answer], folder: Path, cursor: dict[str, Any] | None = None
) -> tuple[Fetched, Scripted]:
    with scripted(answer) as server:
        mine = replace(StripeSettings(), url=server.url)
        rail = replace(BY_NAME["stripe"], read=lambda *given: read(*given, settings=mine))
        name = f"stripe{next(_numbers)}"
        connection = Connection("firm", "c1", "stripe", name, "acct_1", {"api_key": "rk_test_1"})
        return fetch(rail, connection, cursor or {}, folder, AS_OF, None), server


def test_first_load_lists_everything_up_to_the_as_of(tmp_path: Path) -> None:
    def answer(call: Call) -> Answer:
        if call.path == "/v1/charges":
            is_first = "starting_after" not in call.query
            rows = [{"id": f"ch_{n}", "amount": n, "created": NOW} for n in range(100)]
            return 200, listing(rows if is_first else [{"id": "ch_last", "amount": 7}], is_first)
        if call.path == "/v1/payouts":
            done = {"reconciliation_status": "completed", "created": NOW - DAY}
            old = {"reconciliation_status": "completed", "created": NOW - 200 * DAY}
            return 200, listing([{"id": "po_1", **done}, {"id": "po_old", **old}, {"id": "po_2", "created": NOW}])
        if call.query.get("payout"):
            return 200, listing([{"id": "txn_po", "type": "payout"}, {"id": "txn_1", "type": "charge"}])
        return 200, listing([])

    done, server = fetched(answer, tmp_path)
    assert done.failure is None and done.whole == frozenset(OBJECTS.values())
    assert done.cursor == {"read_at": NOW, "lined_payouts": ["po_1"]}
    assert [c.query["payout"] for c in server.calls if c.query.get("payout")] == ["po_1"]
    assert done.rows_read == 101 + 3 + 1
    lists = [call for call in server.calls if not call.query.get("payout")]
    assert all(call.query["created[lte]"] == str(NOW) and call.method == "GET" for call in lists)
    assert {call.headers["stripe-version"] for call in server.calls} == {"2026-05-27.dahlia"}
    assert not any(call.path == "/v1/events" for call in server.calls)


def test_later_loads_fetch_what_events_name(tmp_path: Path) -> None:
    def event(kind: str, object_id: str) -> dict[str, Any]:
        return {"id": f"evt_{object_id}", "data": {"object": {"object": kind, "id": object_id, "total": -1}}}

    def answer(call: Call) -> Answer:
        if call.path == "/v1/events":
            named = [event("invoice", "in_old"), event("invoice", "in_new"), event("customer", "cus_gone")]
            return 200, listing([*named, event("invoice", "in_draft_deleted"), event("account", "acct_1")])
        if call.path == "/v1/invoices":
            return 200, listing([{"id": "in_new", "total": 5}])
        if call.path == "/v1/invoices/in_old":
            return 200, {"id": "in_old", "total": 9}
        if call.path == "/v1/customers/cus_gone":
            return 200, {"id": "cus_gone", "object": "customer", "deleted": True}
        if call.path == "/v1/invoices/in_draft_deleted":
            return 404, {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such"}}
        return 200, listing([])

    done, server = fetched(answer, tmp_path, {"read_at": NOW - DAY, "lined_payouts": []})
    assert done.failure is None and done.rows_read == 4 and not done.whole
    singles = [call.path for call in server.calls if call.path.count("/") == 3]
    assert sorted(singles) == ["/v1/customers/cus_gone", "/v1/invoices/in_draft_deleted", "/v1/invoices/in_old"]
    assert all("created[gte]" in call.query for call in server.calls if call.path.count("/") == 2)


def test_payouts_lined_before_are_not_asked_again(tmp_path: Path) -> None:
    def answer(call: Call) -> Answer:
        if call.path == "/v1/payouts":
            return 200, listing([{"id": "po_1", "reconciliation_status": "completed", "created": NOW - DAY}])
        assert not call.query.get("payout")
        return 200, listing([])

    done, _ = fetched(answer, tmp_path, {"read_at": NOW - DAY, "lined_payouts": ["po_1"]})
    assert done.failure is None and done.cursor["lined_payouts"] == ["po_1"]


def test_a_gap_of_over_25_days_is_listed_in_full(tmp_path: Path) -> None:
    done, _ = fetched(lambda call: (200, listing([])), tmp_path, {"read_at": NOW - 26 * DAY})
    assert done.whole == frozenset(OBJECTS.values())


def error(kind: str, code: str = "") -> dict[str, Any]:
    return {"error": {"type": kind, "code": code, "message": "m"}}


@pytest.mark.parametrize(
    ("answer", "reason_code"),
    [
        ((401, error("invalid_request_error", "api_key_expired")), "token_revoked"),
        ((403, error("invalid_request_error", "more_permissions_required")), "forbidden"),
        ((429, error("invalid_request_error", "rate_limit")), "throttled"),
        ((500, error("api_error")), "rail_down"),
        ((400, error("invalid_request_error", "parameter_unknown")), "rejected"),
        ((200, '{"object": "list", "data": ['), "malformed"),
        ((200, {"object": "list", "data": {}}), "malformed"),
        ((200, listing([{"id": "cus_1", "balance": "plenty"}])), "malformed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_failure_has_its_name(tmp_path: Path, answer: Answer, reason_code: str) -> None:
    done, _ = fetched(lambda call: answer, tmp_path)
    assert done.failure is not None and done.failure.reason_code == reason_code
