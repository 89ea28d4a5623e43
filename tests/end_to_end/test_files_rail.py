"""A client with no rail but files: statement in, reconciled with the books, freshness and cash said as it is."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from ingestion import ensure_raw_tables
from ingestion.files import FileStore, Kept, Mapping, file_id_of, replace_file_tables, take
from orchestration.paths import DBT_PROJECT
from orchestration.steps.build import as_of_vars, dbt_environment

AS_OF = datetime(2026, 11, 24, 12, tzinfo=UTC)
STATEMENT = b"""date,amount,description,balance
2026-11-02,-250.00,ACME SUPPLY INV 17,750.00
2026-11-03,100.00,SALE,850.00
2026-11-03,100.00,SALE,950.00
2026-11-20,-1.00,FEE,949.00
"""


BILLS = b"bill_id,vendor_name,bill_date,amount\n1,Acme Supply,2026-11-10,80.00\n2,,2026-11-11,1.00\n"


@pytest.mark.slow
def test_a_statement_is_reconciled_like_a_feed(tmp_path: Path) -> None:
    warehouse, store = tmp_path / "w.duckdb", FileStore(tmp_path)
    ensure_raw_tables(warehouse)
    kept = Kept(
        file_id_of("c1", "bank", "House", STATEMENT),
        "c1",
        "bank",
        "House",
        "nov.csv",
        AS_OF,
        mapping=Mapping(balance="balance"),
    )
    assert take(store, kept, STATEMENT).new == 4
    ledger = Kept(file_id_of("c1", "bills", "Old", BILLS), "c1", "bills", "Old", "open.csv", AS_OF)
    assert take(store, ledger, BILLS).new == 1
    replace_file_tables(store, warehouse)
    with duckdb.connect(str(warehouse)) as database:
        database.execute("insert into raw_control.advisors values ('firm', 'Firm')")
        client = ("c1", "Anchor", "Restaurant", "America/New_York", "USD", "managed", 50_000)
        database.execute("insert into raw_control.clients values ('firm', ?, ?, ?, ?, ?, ?, ?, 80, true)", client)
        database.execute(
            """insert into raw_qbo.bill_payments (client_id, id, txn_date, total_amt, doc_number, vendor_ref)
            values ('c1', 'bp1', '2026-11-01', 250, '17', '{"value": "7", "name": "Acme Supply"}')"""
        )
        database.execute(
            "insert into raw_qbo.vendors (client_id, id, display_name, active) values ('c1', '7', 'Acme Supply', true)"
        )
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--exclude-resource-type", "test", "unit_test"]
    command += [
        "--select",
        "+int_reconciliation__matches",
        "+fct_postings",
        "+fct_bills",
        "+int_cash__accounts",
        "stg_files__statements",
    ]
    command += ["--vars", json.dumps(as_of_vars(AS_OF)), "--target-path", str(tmp_path / "target")]
    done = subprocess.run(
        command, cwd=DBT_PROJECT, env=dbt_environment(warehouse), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    with duckdb.connect(str(warehouse), read_only=True) as database:
        matched = database.execute(
            """select matches.status, matches.matched_id from intermediate.int_reconciliation__matches as matches
            inner join intermediate.int_bank__postings as postings using (client_id, posting_id_plaid)
            where postings.amount_minor = -25000"""
        ).fetchall()
        assert [row[1] for row in matched] == ["bp1"]
        assert matched[0][0] in ("matched", "proposed")
        twins = database.execute("select count(*) from marts.fct_postings where amount_minor = 10000").fetchone()
        assert twins == (2,)
        account = database.execute(
            "select current_minor, available_minor, cast(balance_at as date) from intermediate.int_cash__accounts"
        ).fetchall()
        assert account == [(94_900, 94_900, date(2026, 11, 21))]
        health = database.execute(
            "select status, record_count from intermediate.int_quality__rail_health where rail = 'plaid'"
        ).fetchall()
        assert health == [("stale", 4)]
        owed = database.execute("select source_bill_id, open_minor, is_open from marts.fct_bills").fetchall()
        assert owed == [("file:Old:1", 8_000, True)]
        proven = database.execute("select proof, difference_minor from staging.stg_files__statements").fetchall()
        assert proven == [("proven", 0)]
