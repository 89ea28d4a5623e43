"""Records become typed rows exactly, or the connection is malformed with an example."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion import plaid, qbo, ramp
from ingestion.contract import Table
from ingestion.errors import Malformed
from ingestion.spill import Spill


def typed(folder: Path, tables: dict[str, Table], name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    spill = Spill(folder / "spill", "c1", tables)
    spill.add(name, rows)
    path = spill.to_parquet()[name]
    cursor = duckdb.connect()
    cursor.execute("set timezone = 'UTC'").execute("select * from read_parquet(?)", [str(path)])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_cents_are_exact_whatever_their_size(tmp_path: Path) -> None:
    rng = random.Random(7)
    cents = [rng.randrange(-(10**13) + 1, 10**13) for _ in range(2000)] + [1, -1, 10, 99, 100, 12345678901, 0]
    rows = [{"transaction_id": f"t{i}", "amount": float(f"{value / 100:.2f}")} for i, value in enumerate(cents)]
    found = {row["transaction_id"]: row["amount"] for row in typed(tmp_path, plaid.TABLES, "transactions", rows)}
    assert found == {f"t{i}": Decimal(value) / 100 for i, value in enumerate(cents)}


def test_an_amount_too_large_to_be_exact_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="t1.*too large"):
        typed(tmp_path, plaid.TABLES, "transactions", [{"transaction_id": "t1", "amount": 123456789012.34}])


def test_objects_stay_json_text_and_instants_become_utc(tmp_path: Path) -> None:
    bill = {
        "Id": "152",
        "TxnDate": "2026-10-01",
        "TotalAmt": 1200.10,
        "VendorRef": {"value": "56", "name": "Acme “Paper”"},
        "LinkedTxn": [],
        "SalesTermRef": None,
        "Unknown": {"new": 1},
    }
    row = typed(tmp_path, qbo.TABLES, "bills", [bill])[0]
    assert row["client_id"] == "c1" and row["txn_date"] == date(2026, 10, 1) and row["total_amt"] == Decimal("1200.10")
    assert row["vendor_ref"] == '{"value":"56","name":"Acme “Paper”"}'
    assert row["linked_txn"] == "[]" and row["sales_term_ref"] is None and row["is_deleted"] is False
    instants = {"id": "b", "created_at": "2026-10-02T08:04:05-07:00", "issued_at": "2026-10-02T15:04:05"}
    row = typed(tmp_path, ramp.TABLES, "bills", [instants])[0]
    assert row["created_at"] == row["issued_at"] == datetime(2026, 10, 2, 15, 4, 5, tzinfo=UTC)


def test_the_last_record_of_a_key_wins(tmp_path: Path) -> None:
    rows = [{"transaction_id": "t", "amount": 1}, {"transaction_id": "t", "amount": 2}]
    rows.append({"transaction_id": "t", "is_removed": True})
    found = typed(tmp_path, plaid.TABLES, "transactions", rows)
    assert len(found) == 1 and found[0]["is_removed"] is True and found[0]["amount"] is None


@pytest.mark.parametrize(
    "bad",
    [
        {"transaction_id": "t1", "amount": "twelve"},
        {"transaction_id": "t1", "amount": {"value": 1}},
        {"transaction_id": "t1", "date": "soon"},
        {"transaction_id": "t1", "pending": "perhaps"},
        {"transaction_id": "t1", "datetime": "yesterday"},
        {"amount": 3.0},
        {"transaction_id": None, "amount": 3.0},
    ],
    ids=["amount_text", "amount_object", "day", "flag", "instant", "no_id", "null_id"],
)
def test_a_record_that_does_not_fit_is_malformed(tmp_path: Path, bad: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="transactions"):
        typed(tmp_path, plaid.TABLES, "transactions", [{"transaction_id": "good", "amount": 1.0}, bad])


def test_dropping_a_table_forgets_its_rows(tmp_path: Path) -> None:
    spill = Spill(tmp_path / "spill", "c1", plaid.TABLES)
    spill.add("transactions", [{"transaction_id": "t"}])
    spill.drop("transactions")
    assert spill.rows == 0 and spill.to_parquet() == {}
