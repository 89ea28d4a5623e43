"""A small published snapshot for the console's tests: a firm of twelve clients, and what publishing leaves."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from tests.app.firm_clients import ADVISOR, AS_OF, TODAY, Client, Tables
from tests.app.firm_custody import drift
from tests.app.firm_data import bank_lines, data, tray
from tests.app.firm_metrics import METRICS
from tests.app.firm_money import bills, cash, summary


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    columns = [r[0] for r in con.execute(f"describe {table}").fetchall()]
    unknown = set(rows[0]) - set(columns)
    assert not unknown, (table, unknown)
    marks = ", ".join("?" for _ in columns)
    con.executemany(f"insert into {table} values ({marks})", [[r.get(c) for c in columns] for r in rows])


def rows_of(position: int, shift: int) -> Tables:
    """Every table's rows of one client; `shift` moves its cash."""
    one = Client(position, shift)
    told = cash(one) | bills(one) | tray(one) | bank_lines(one) | data(one) | drift(one)
    return told | summary(one, told)


def publish(
    root: Path,
    snapshot_id: str = "s20261124T0600",
    *,
    clients: int = 12,
    shift: int = 0,
    advisor_id: str = ADVISOR,
    docs: bool = True,
) -> Path:
    """Writes a snapshot below root/published/<advisor> and moves the pointer to it; gives its folder."""
    folder = root / "published" / advisor_id / snapshot_id
    folder.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(str(folder / "snapshot.duckdb"))
    con.execute((Path(__file__).parent / "published_schema.sql").read_text())
    con.execute("begin")
    for position in range(clients):
        for table, rows in rows_of(position, shift).items():
            _insert(con, table, [r | {"advisor_id": advisor_id} for r in rows])
    con.execute(
        "insert into pub_snapshot values (?, 'Harbor Advisory', ?, ?, ?, ?)", [advisor_id, TODAY, AS_OF, AS_OF, clients]
    )
    con.executemany("insert into pub_metrics values (?, ?, ?, ?, ?, ?)", METRICS)
    con.execute("commit")
    con.close()
    if docs:
        (folder / "dbt_docs.html").write_text(
            "<!doctype html><html lang='en'><title>dbt docs</title><h1>dbt docs</h1></html>"
        )
    point(root, snapshot_id, advisor_id=advisor_id)
    return folder


def point(root: Path, snapshot_id: str, *, advisor_id: str = ADVISOR, at: datetime = AS_OF) -> None:
    """Moves the pointer, the way publish does: write beside, then replace."""
    home = root / "published" / advisor_id
    note = {
        "snapshot_id": snapshot_id,
        "published_at": at.isoformat(),
        "as_of_at": AS_OF.isoformat(),
        "dbt_tests": {"passed": 812, "failed": 0},
        "gate": {"passed": 64, "failed": 0},
    }
    (home / "current.json.new").write_text(json.dumps(note))
    (home / "current.json.new").replace(home / "current.json")


def refuse(root: Path, at: datetime, reason: str, failures: list[str]) -> None:
    """Leaves the note of a publish that was turned down."""
    note = {"at": at.isoformat(), "reason": reason, "failures": failures}
    (root / "published" / ADVISOR / "refused.json").write_text(json.dumps(note))
