"""Plaid: the sync loop starts over when data moves under it, and every error code gets its name."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.bulkhead import Fetched, fetch
from ingestion.connections import Connection
from ingestion.plaid.resources import read
from ingestion.plaid.settings import PlaidSettings
from ingestion.rails import BY_NAME
from tests.ingestion.scripted_rail import Answer, Call, Scripted, scripted

AS_OF = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BALANCES = {"available": 18250.11, "current": 18990.40, "limit": None, "iso_currency_code": "USD"}
ACCOUNT = {"account_id": "acc", "mask": "4410", "name": "Operating", "type": "depository", "balances": BALANCES}
ACCOUNTS = {"accounts": [ACCOUNT], "item": {"item_id": "item-1"}, "request_id": "r"}
_numbers = itertools.count()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWCOL_PATIENCE_SCALE", "0.002")


def page(added: list[str], removed: list[str], cursor: str, more: bool) -> dict[str, Any]:
    rows = [{"transaction_id": name, "amount": 941.2, "date": "2026-03-05"} for name in added]
    gone = [{"transaction_id": name} for name in removed]
    return {"added": rows, "modified": [], "removed": gone, "next_cursor": cursor, "has_more": more}


def fetched(
    sync: Callable[[dict[str, Any]], Answer], folder: Path, cursor: dict[str, Any] | None = None
) -> tuple[Fetched, Scripted]:
    def answer(call: Call) -> Answer:
        return sync(json.loads(call.body)) if call.path == "/transactions/sync" else (200, ACCOUNTS)

    with scripted(answer) as server:
        mine = replace(PlaidSettings(), url=server.url, client_id="cid", secret="sec")
        rail = replace(BY_NAME["plaid"], read=lambda *given: read(*given, settings=mine))
        name = f"plaid{next(_numbers)}"
        connection = Connection("firm", "c1", "plaid", name, "item-1", {"access_token": "access-1"})
        return fetch(rail, connection, cursor or {}, folder, AS_OF, None), server


def error(kind: str, code: str) -> dict[str, Any]:
    return {"error_type": kind, "error_code": code, "error_message": "m", "request_id": "r"}


def transactions(done: Fetched) -> list[tuple[Any, ...]]:
    query = "select transaction_id, is_removed, item_id from read_parquet(?) order by 1"
    return duckdb.execute(query, [str(done.files["transactions"])]).fetchall()


def test_pages_are_followed_and_removals_win(tmp_path: Path) -> None:
    pages = {None: page(["a", "b"], [], "c1", True), "c1": page(["c"], ["a"], "c2", False)}
    done, server = fetched(lambda body: (200, pages[body.get("cursor")]), tmp_path)
    assert done.failure is None and done.cursor == {"sync_cursor": "c2"}
    assert transactions(done) == [("a", True, "item-1"), ("b", False, "item-1"), ("c", False, "item-1")]
    first = json.loads(next(call.body for call in server.calls if call.path == "/transactions/sync"))
    assert first["count"] == 500 and first["options"]["include_original_description"] is True
    assert server.calls[0].headers["plaid-client-id"] == "cid" and server.calls[0].headers["plaid-secret"] == "sec"


def test_a_mutation_discards_all_pages_and_starts_over(tmp_path: Path) -> None:
    answers = [
        (200, page(["a", "b"], [], "p1", True)),
        (400, error("TRANSACTIONS_ERROR", "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION")),
        (200, page(["b"], [], "p2", True)),
        (200, page(["c"], [], "end", False)),
    ]
    asked: list[Any] = []

    def sync(body: dict[str, Any]) -> Answer:
        asked.append(body.get("cursor"))
        return answers.pop(0)

    done, _ = fetched(sync, tmp_path, {"sync_cursor": "start"})
    assert asked == ["start", "p1", "start", "p2"]
    assert [row[0] for row in transactions(done)] == ["b", "c"] and done.cursor == {"sync_cursor": "end"}


def test_an_empty_cursor_is_not_kept(tmp_path: Path) -> None:
    done, _ = fetched(lambda body: (200, page([], [], "", False)), tmp_path)
    assert done.failure is None and done.cursor == {} and done.rows_read == 3


@pytest.mark.parametrize(
    ("answer", "reason_code"),
    [
        ((400, error("ITEM_ERROR", "ITEM_LOGIN_REQUIRED")), "token_revoked"),
        ((400, error("INVALID_INPUT", "INVALID_ACCESS_TOKEN")), "token_revoked"),
        ((400, error("INVALID_INPUT", "INVALID_API_KEYS")), "forbidden"),
        ((400, error("INSTITUTION_ERROR", "INSTITUTION_DOWN")), "rail_down"),
        ((429, error("RATE_LIMIT_EXCEEDED", "TRANSACTIONS_SYNC_LIMIT")), "throttled"),
        ((500, error("API_ERROR", "INTERNAL_SERVER_ERROR")), "rail_down"),
        ((400, error("INVALID_REQUEST", "INVALID_FIELD")), "rejected"),
        ((502, "<html>"), "rail_down"),
        ((200, '{"added": ['), "malformed"),
        ((200, {"added": []}), "malformed"),
        ((200, {**page([], [], "c", False), "added": [{"transaction_id": "t", "amount": "much"}]}), "malformed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_failure_has_its_name(tmp_path: Path, answer: Answer, reason_code: str) -> None:
    done, _ = fetched(lambda body: answer, tmp_path)
    assert done.failure is not None and done.failure.reason_code == reason_code
    assert done.files == {}
