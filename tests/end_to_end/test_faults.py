"""When something is wrong, it is named, it stays where it is, and everybody keeps the last good figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.browser import Person
from tests.end_to_end.conftest import Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def healed(installation: Installation) -> Iterator[Installation]:
    """The installation, with every planted fault cleared afterwards."""
    yield installation
    installation.sandbox("DELETE", "/faults")


def status(installation: Installation, expect: int) -> Any:
    return json.loads(installation.rowcol("status", "--json", expect=expect))


def pointer(installation: Installation) -> Any:
    (found,) = installation.data.glob("published/*/current.json")
    return json.loads(found.read_text())


def raw_fingerprint(installation: Installation) -> dict[str, Any]:
    """Rows and content of every raw table of the rails, independent of order."""
    with duckdb.connect(str(installation.data / "warehouse" / "rowcol.duckdb"), read_only=True) as warehouse:
        tables = warehouse.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema in ('raw_qbo', 'raw_ramp', 'raw_plaid', 'raw_stripe') and table_name not like '_dlt%'"
        ).fetchall()
        return {
            table: warehouse.execute(f"select count(*), sum(hash(t)::hugeint) from {table} as t").fetchone()
            for (table,) in tables
        }


def test_a_second_run_with_nothing_new_changes_no_raw_row(installation: Installation) -> None:
    installation.sandbox("POST", "/clock/pause")
    try:
        installation.rowcol("run", expect=None)
        before = raw_fingerprint(installation)
        installation.sandbox("DELETE", "/requests")
        installation.rowcol("run", expect=None)
        assert raw_fingerprint(installation) == before
    finally:
        installation.sandbox("POST", "/clock/resume")


def test_failed_connections_are_named_and_the_others_publish(healed: Installation, browser: Any) -> None:
    onboarding: Any = healed.sandbox("GET", "/onboarding")
    clients = [client["client_key"] for client in onboarding["clients"]]
    with_stripe = {client["client_key"] for client in onboarding["clients"] if "stripe" in client["profile"]["rails"]}
    known = {(row["client_id"], row["rail"]) for row in status(healed, expect=None)["failed_connections"]}
    before = pointer(healed)["snapshot_id"]
    healed.sandbox("POST", "/clock/advance", {"days": 1})
    healed.sandbox("POST", "/faults", {"rail": "qbo", "kind": "token_revoked", "client_key": clients[0]})
    healed.sandbox("POST", "/faults", {"rail": "plaid", "kind": "malformed_page", "client_key": clients[1]})
    healed.sandbox("POST", "/faults", {"rail": "stripe", "kind": "rail_down"})

    said = healed.rowcol("run", expect=0)

    assert pointer(healed)["snapshot_id"] != before, "what loaded is published"
    failed = {(row["client_id"], row["rail"]): row for row in status(healed, expect=1)["failed_connections"]}
    planted = {(clients[0], "qbo"), (clients[1], "plaid"), *((client, "stripe") for client in with_stripe)}
    assert planted <= set(failed) <= planted | known
    assert failed[clients[0], "qbo"]["reason_code"] == "token_revoked"
    assert failed[clients[1], "plaid"]["reason_code"] == "malformed"
    assert clients[0] in said and "qbo" in said

    farid = Person(browser, healed.console)
    farid.sign_in("firm admin", "/rails")
    name = next(client["client_name"] for client in onboarding["clients"] if client["client_key"] == clients[0])
    farid.page.get_by_text("failed").first.wait_for()
    assert name in farid.page.locator("body").inner_text()

    healed.sandbox("DELETE", "/faults")
    healed.rowcol("run")
    assert {(row["client_id"], row["rail"]) for row in status(healed, expect=None)["failed_connections"]} <= known


def test_a_failed_dbt_test_publishes_nothing_and_the_console_says_so(installation: Installation, browser: Any) -> None:
    before = pointer(installation)
    path = str(installation.data / "warehouse" / "rowcol.duckdb")
    # A bill that owes more than it ever was: the rows are readable, so the gate lets them in, but they cannot be true.
    with duckdb.connect(path) as warehouse:
        warehouse.execute(
            "create table raw_qbo.kept as select * from raw_qbo.bills;"
            "update raw_qbo.bills set balance = total_amt + 1 where rowid = "
            "(select min(rowid) from raw_qbo.bills where not coalesce(is_deleted, false))"
        )
    try:
        said = installation.rowcol("publish", expect=1)
        assert "stg_qbo__bills" in said and "nothing was published" in said
        assert pointer(installation) == before
        assert "refused" in installation.rowcol("status", expect=1)
        farid = Person(browser, installation.console)
        farid.sign_in("firm admin", "/portfolio")
        farid.page.get_by_text("newer").first.wait_for()
        assert "refused" in farid.page.locator("body").inner_text().lower()
    finally:
        with duckdb.connect(path) as warehouse:
            warehouse.execute(
                "delete from raw_qbo.bills; insert into raw_qbo.bills select * from raw_qbo.kept;"
                "drop table raw_qbo.kept"
            )
    installation.rowcol("publish")
    assert pointer(installation)["snapshot_id"] != before["snapshot_id"]
