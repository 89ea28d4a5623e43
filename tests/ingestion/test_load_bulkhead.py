"""The whole way into the warehouse with readers that this file makes up: walls, cursors, unchanged rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion import Connection, Progress, SyncOutcome, ensure_raw_tables, load
from ingestion.contract import Table
from ingestion.control_journal import TABLES as CONTROL_TABLES
from ingestion.errors import TokenRevoked, UnknownRail
from ingestion.rails import BY_NAME

AS_OF = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
Books = dict[str, Any]


def connection(client_id: str, rail: str = "plaid") -> Connection:
    return Connection("firm", client_id, rail, f"{rail}-{client_id}", f"item-{client_id}", {"access_token": "secret"})


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Books:
    """What each client's rail answers; `seen` collects the cursors that the reader was given."""
    state: Books = {"rows": {}, "fail": {}, "whole": set(), "seen": {}}

    def read(connection: Any, line: Any, spill: Any, cursor: Any, as_of: Any, tokens: Any) -> dict[str, Any]:
        client = connection.client_id
        state["seen"].setdefault(client, []).append(dict(cursor))
        spill.add("transactions", state["rows"].get(client, []))
        if client in state["whole"]:
            spill.mark_whole("transactions")
        if error := state["fail"].get(client):
            raise error
        return {"sync_cursor": len(state["seen"][client])}

    monkeypatch.setitem(BY_NAME, "plaid", replace(BY_NAME["plaid"], read=read))
    return state


def run(warehouse: Path, clients: list[str], run_id: str = "r1", **more: Any) -> dict[str, SyncOutcome]:
    given = [connection(client) for client in clients]
    options: dict[str, Any] = {"as_of": AS_OF, "tokens": None, "control_url": None, **more}
    return {outcome.client_id: outcome for outcome in load(given, warehouse=warehouse, run_id=run_id, **options)}


def rows_in(warehouse: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(warehouse)) as database:
        return database.execute(query).fetchall()


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return tmp_path / "warehouse" / "rowcol.duckdb"


def test_a_failed_client_keeps_its_rows_and_cursor_and_the_others_load(books: Books, warehouse: Path) -> None:
    books["rows"] = {"a": [{"transaction_id": "1", "amount": 1.25}], "b": [{"transaction_id": "1", "amount": 2.5}]}
    assert {o.outcome for o in run(warehouse, ["a", "b"]).values()} == {"ok"}
    books["rows"] = {client: [{"transaction_id": "2", "amount": 9.0}] for client in ("a", "b")}
    books["fail"] = {"a": TokenRevoked("ITEM_LOGIN_REQUIRED")}
    outcomes = run(warehouse, ["a", "b"], "r2")
    assert outcomes["a"].outcome == "failed" and outcomes["a"].reason_code == "token_revoked"
    assert "Client a on Plaid: ITEM_LOGIN_REQUIRED. Ask the client to reconnect" in str(outcomes["a"].reason)
    assert outcomes["b"].rows_changed == 1
    keys = rows_in(warehouse, "select client_id, transaction_id from raw_plaid.transactions order by all")
    assert keys == [("a", "1"), ("b", "1"), ("b", "2")]
    books["fail"] = {}
    run(warehouse, ["a", "b"], "r3")
    assert books["seen"]["a"] == [{}, {"sync_cursor": 1}, {"sync_cursor": 1}]
    assert books["seen"]["b"] == [{}, {"sync_cursor": 1}, {"sync_cursor": 2}]


def test_nothing_new_changes_no_row(books: Books, warehouse: Path) -> None:
    books["rows"] = {"a": [{"transaction_id": str(n), "amount": n / 100} for n in range(50)]}
    run(warehouse, ["a"])
    mark = "select max(rowid), count(*), md5(string_agg(t::varchar, '' order by transaction_id)) "
    mark += "from (select rowid, t, transaction_id from raw_plaid.transactions t)"
    before = rows_in(warehouse, mark)
    again = run(warehouse, ["a"], "r2")["a"]
    assert (again.rows_read, again.rows_changed) == (50, 0)
    assert rows_in(warehouse, mark) == before


def test_a_row_missing_from_a_whole_read_is_marked_gone(books: Books, warehouse: Path) -> None:
    books["rows"] = {"a": [{"transaction_id": "1"}, {"transaction_id": "2"}], "b": [{"transaction_id": "1"}]}
    books["whole"] = {"a"}
    run(warehouse, ["a", "b"])
    books["rows"] = {"a": [{"transaction_id": "2"}]}
    run(warehouse, ["a", "b"], "r2")
    found = rows_in(warehouse, "select client_id, transaction_id, is_removed from raw_plaid.transactions order by all")
    assert found == [("a", "1", True), ("a", "2", False), ("b", "1", False)]
    assert run(warehouse, ["a", "b"], "r3")["a"].rows_changed == 0


def test_a_whole_read_that_lost_over_a_fifth_is_refused(books: Books, warehouse: Path) -> None:
    books["rows"] = {client: [{"transaction_id": str(n)} for n in range(100)] for client in ("a", "b")}
    books["whole"] = {"a", "b"}
    run(warehouse, ["a", "b"])
    books["rows"] = {"a": [], "b": [{"transaction_id": str(n)} for n in range(85)]}
    outcomes = run(warehouse, ["a", "b"], "r2")
    assert outcomes["a"].reason_code == "malformed" and "lacks 100 of the 100" in str(outcomes["a"].reason)
    assert outcomes["b"].rows_changed == 15
    live = "select client_id, count(*) from raw_plaid.transactions where not is_removed group by 1 order by 1"
    assert rows_in(warehouse, live) == [("a", 100), ("b", 85)]
    run(warehouse, ["a"], "r3")
    assert books["seen"]["a"][1:] == [{"sync_cursor": 1}, {"sync_cursor": 1}]


def test_an_unforeseen_failure_is_walled_in_too(books: Books, warehouse: Path) -> None:
    books["rows"] = {"b": [{"transaction_id": "1"}]}
    books["fail"] = {"a": KeyError("balances")}
    outcomes = run(warehouse, ["a", "b"])
    assert outcomes["a"].reason_code == "malformed" and outcomes["b"].outcome == "ok"


def test_a_landing_that_fails_moves_nothing(books: Books, warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    books["rows"] = {"a": [{"transaction_id": "1"}]}
    run(warehouse, ["a"])
    books["rows"] = {"a": [{"transaction_id": "2"}]}

    def broken(*_: Any, **__: Any) -> None:
        raise duckdb.IOException("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("ingestion.loading.land", broken)
        outcome = run(warehouse, ["a"], "r2")["a"]
    assert outcome.reason_code == "load_failed" and "disk full" in str(outcome.reason)
    run(warehouse, ["a"], "r3")
    assert books["seen"]["a"] == [{}, {"sync_cursor": 1}, {"sync_cursor": 1}]
    assert rows_in(warehouse, "select count(*) from raw_plaid.transactions") == [(2,)]


def test_a_new_warehouse_starts_every_cursor_over(books: Books, warehouse: Path) -> None:
    run(warehouse, ["a"])
    warehouse.unlink()
    run(warehouse, ["a"], "r2")
    assert books["seen"]["a"] == [{}, {}]


def test_another_account_behind_a_connection_starts_over(books: Books, warehouse: Path) -> None:
    run(warehouse, ["a"])
    moved = replace(connection("a"), external_account_id="item-new")
    load([moved], warehouse=warehouse, run_id="r2", as_of=AS_OF, tokens=None, control_url=None)
    assert books["seen"]["a"] == [{}, {}]


def test_outcomes_are_written_down_on_the_as_of_clock(books: Books, warehouse: Path) -> None:
    books["rows"] = {"a": [{"transaction_id": "1"}]}
    outcome = run(warehouse, ["a"])["a"]
    assert outcome.started_at == AS_OF <= outcome.finished_at < AS_OF + timedelta(minutes=1)
    columns = "run_id, client_id, rail, outcome, reason_code, rows_read, rows_changed"
    assert rows_in(warehouse, f"select {columns} from raw_ops.connection_syncs") == [
        ("r1", "a", "plaid", "ok", None, 1, 1)
    ]


def test_progress_names_rail_client_and_resource(books: Books, warehouse: Path) -> None:
    books["rows"] = {"a": [{"transaction_id": "1"}, {"transaction_id": "2"}]}
    told: list[Progress] = []
    run(warehouse, ["a"], on_progress=told.append)
    assert told == [Progress("plaid", "a", "transactions", 2)]


def test_an_unknown_rail_is_refused_before_anything_is_read(books: Books, warehouse: Path) -> None:
    with pytest.raises(UnknownRail, match="the rails are qbo, ramp, plaid, stripe"):
        run(warehouse, ["a"], rails=["bill"])
    assert books["seen"] == {}


def test_every_raw_table_has_exactly_its_declared_columns(books: Books, warehouse: Path) -> None:
    books["rows"] = {"a": [{"transaction_id": "1"}]}
    ensure_raw_tables(warehouse)
    run(warehouse, ["a"])
    types: Callable[[Table], list[str]] = lambda table: [  # noqa: E731
        kind.replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE") for kind in table.types().values()
    ]
    for schema, tables in [*((r.schema, r.tables) for r in BY_NAME.values()), ("raw_control", CONTROL_TABLES)]:
        for table in tables.values():
            held = rows_in(warehouse, f"describe {schema}.{table.name}")
            assert [row[0] for row in held] == list(table.types())
            assert [row[1] for row in held] == types(table)


def test_secrets_do_not_show() -> None:
    assert "secret" not in repr(connection("a")).replace("secrets", "")
