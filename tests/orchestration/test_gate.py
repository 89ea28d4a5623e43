"""The gate names what is wrong, and how often."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.gate import check
from orchestration.gate.entering import ENTERING


def land(path: Path, rail: str, defect: str | None = None) -> Path:
    """Empty tables of one rail with the columns that the gate reads, and perhaps one bad row."""
    numeric = {"total_amt", "balance", "amount", "amount_remaining", "created", "fee", "net"}
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create schema raw_{rail}")
        for table in ENTERING[rail]:
            flag = ", is_removed boolean" if "is_removed" in (table.live or "") else ", is_deleted boolean"
            columns = ", ".join(f"{name} {'double' if name in numeric else 'varchar'}" for name in table.columns)
            connection.execute(f"create table {table.name} ({columns}{flag})")
        if defect:
            connection.execute(defect)
    return path


def test_empty_rails_pass(tmp_path: Path) -> None:
    report = check(land(tmp_path / "w.duckdb", "ramp"), "entering", tmp_path / "docs", rails=["ramp"])
    assert report.ok and report.met > 0
    assert (tmp_path / "docs" / "entering" / "index.html").exists()


BILL = (
    "insert into raw_qbo.bills by name "
    "select 'c1' as client_id, '1' as id, '2026-01-01' as txn_date, '{}' as vendor_ref"
)


@pytest.mark.parametrize(
    ("defect", "named"),
    [
        (f"{BILL}, -5 as total_amt, 0 as balance", "raw_qbo.bills.total_amt"),
        (f"{BILL}, null as total_amt, 0 as balance", "raw_qbo.bills.total_amt"),
        (f"{BILL}, 5 as total_amt, 0 as balance; {BILL}, 5 as total_amt, 0 as balance", "raw_qbo.bills.client_id, id"),
    ],
    ids=["negative", "missing", "twice"],
)
def test_a_bad_row_is_named_by_table_and_column(tmp_path: Path, defect: str, named: str) -> None:
    report = check(land(tmp_path / "w.duckdb", "qbo", defect), "entering", tmp_path / "docs", rails=["qbo"])
    assert not report.ok
    assert any(named in text for text in report.failures), report.failures


def test_rows_that_the_rail_deleted_need_only_their_key(tmp_path: Path) -> None:
    gone = "insert into raw_qbo.bills by name select 'c1' as client_id, '1' as id, true as is_deleted"
    assert check(land(tmp_path / "w.duckdb", "qbo", gone), "entering", tmp_path / "docs", rails=["qbo"]).ok
