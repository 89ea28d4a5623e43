"""A bookkeeper's word from the control plane to the graph and back: confirmed, rebuilt, undone, bit-equal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from execution.service import ControlPlane
from ingestion import ensure_raw_tables
from ingestion.control_journal import replace_control_tables
from orchestration.paths import DBT_PROJECT
from orchestration.steps.build import as_of_vars, dbt_environment
from tests.execution.plane import demo_plane

# A bank line of 20 November and, a month before it, the purchase that it pays: too far apart for any method.
RAILS = """
insert into raw_plaid.accounts by name select 'c1' as client_id, 'a1' as account_id, 'depository' as type,
    'checking' as subtype;
insert into raw_plaid.transactions by name select 'c1' as client_id, 'p1' as transaction_id, 'a1' as account_id,
    date '2026-11-20' as date, 125.00 as amount, 'USD' as iso_currency_code, 'CHECK 0042' as name, false as pending;
insert into raw_qbo.purchases by name select 'c1' as client_id, '7' as id, date '2026-10-19' as txn_date,
    125.00 as total_amt, 'Check' as payment_type, '{"CreateTime": "2026-10-19T10:00:00Z"}' as meta_data;
"""
MATCH = ("match", "join", "plaid|posting|p1", "qbo|purchase|7")
EVENTS = "select rail, record_id, event_id from intermediate.int_identity__events order by all"
PROOF = "select * from intermediate.int_identity__event_evidence order by all"
MATCHES = "select status, rule, matched_rail, matched_id from intermediate.int_reconciliation__matches"


def built(
    plane: ControlPlane, warehouse: Path, select: str, queries: tuple[str, ...] = (EVENTS, PROOF, MATCHES)
) -> tuple[list[tuple[object, ...]], ...]:
    """Read what people said back, build, and give the queries' rows: events, their proof and the matches."""
    replace_control_tables(plane.store.url, warehouse)
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--vars", json.dumps(as_of_vars(plane.now()))]
    command += ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    command += ["--target-path", str(warehouse.parent / "target"), "--select", select]
    done = subprocess.run(
        command, cwd=DBT_PROJECT, env=dbt_environment(warehouse), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    with duckdb.connect(str(warehouse), read_only=True) as database:
        return tuple(database.execute(query).fetchall() for query in queries)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_confirmed_match_holds_until_it_is_undone(tmp_path: Path) -> None:
    plane, warehouse = demo_plane(tmp_path), tmp_path / "warehouse.duckdb"
    ensure_raw_tables(warehouse)
    with duckdb.connect(str(warehouse)) as database:
        for statement in RAILS.split(";"):
            database.execute(statement)
    wanted = "int_identity__event_evidence int_reconciliation__matches"
    before = built(plane, warehouse, " ".join(f"+{model}" for model in wanted.split()))
    assert len({event for _, _, event in before[0]}) == 2

    bea = plane.people.sign_in_demo("bookkeeper").principal
    ruling = plane.rulings.rule(bea, *MATCH, client_id="c1", reason="the check stub says so")
    again = " ".join(f"stg_control__rulings+,+{model}" for model in wanted.split())
    events, proof, matches = built(plane, warehouse, again)
    # The purchase was written first, so the event keeps its name.
    named_before = {record: event for _, record, event in before[0]}
    assert [event for _, _, event in events] == [named_before["7"]] * 2
    assert len(proof) == 1 and "Bookkeeper" in proof[0] and "person" in proof[0]
    assert matches == [("matched", "person", "qbo", "7")]

    plane.rulings.revoke(bea, ruling.ruling_id, "it was another check")
    assert built(plane, warehouse, again) == before
