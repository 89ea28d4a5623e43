"""A bookkeeper's decisions from the control plane into the queue and the score, and back: undone, bit-equal."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion import ensure_raw_tables
from tests.dbt_project.test_rulings_rebuild import built
from tests.execution.plane import demo_plane

# A check that nothing in the books explains: something to decide on.
RAILS = """
insert into raw_plaid.accounts by name select 'c1' as client_id, 'a1' as account_id, 'depository' as type,
    'checking' as subtype;
insert into raw_plaid.transactions by name select 'c1' as client_id, 'p1' as transaction_id, 'a1' as account_id,
    date '2026-11-20' as date, 125.00 as amount, 'USD' as iso_currency_code, 'CHECK 0042' as name, false as pending;
"""
QUEUE = "select * from intermediate.int_hygiene__items order by all"
SCORES = "select * from intermediate.int_quality__scores order by all"
LINES = "select hygiene_item_id from intermediate.int_hygiene__items where rail = 'plaid' and record_id = 'p1' limit 1"
DECISIONS = "select hygiene_item_id, decision from intermediate.int_hygiene__decided where decision is not null"
ASKED = (QUEUE, SCORES, DECISIONS, LINES)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_kind_of_decision_shows_and_leaves_nothing_behind_when_undone(tmp_path: Path) -> None:
    plane, warehouse = demo_plane(tmp_path), tmp_path / "warehouse.duckdb"
    ensure_raw_tables(warehouse)
    with duckdb.connect(str(warehouse)) as database:
        for statement in RAILS.split(";"):
            database.execute(statement)
    wanted = "+int_hygiene__items +int_quality__scores"
    before = built(plane, warehouse, wanted, ASKED)
    assert before[0] and before[1] and before[2] == []
    [(item_id,)] = before[3]

    bea = plane.people.sign_in_demo("bookkeeper").principal
    asks: dict[str, dict[str, Any]] = {
        "confirm": {},
        "dismiss": {},
        "assign": {"assignee": "Carl"},
        "snooze": {"until_date": plane.now().date() + timedelta(days=7)},
    }
    again = "stg_control__hygiene_decisions+,+int_hygiene__items stg_control__hygiene_decisions+,+int_quality__scores"
    stored = {"confirm": "confirmed", "dismiss": "dismissed", "assign": "assigned", "snooze": "snoozed"}
    for action, extra in asks.items():
        made = plane.hygiene.decide(bea, "c1", str(item_id), action, "seen the stub", **extra)
        during = built(plane, warehouse, again, ASKED)
        assert during[2] == [(item_id, stored[action])] and during[0] != before[0]
        plane.hygiene.undo(bea, made.decision_id)
    assert built(plane, warehouse, again, ASKED) == before
