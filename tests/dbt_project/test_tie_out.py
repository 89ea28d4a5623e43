"""A world whose books tie out to the cent, and what is said when a record of raw is lost or altered."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.bench.bench_tie_out import FAULTS, located, spoiled, world


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime, Path]:
    folder = tmp_path_factory.mktemp("tie_out")
    _, warehouse, as_of = world(folder, clients=3, months=3, seed=7)
    return warehouse, as_of, folder


@pytest.mark.slow
def test_every_account_and_month_of_generated_books_ties_out(built: tuple[Path, datetime, Path]) -> None:
    warehouse, as_of, _ = built
    with duckdb.connect(str(warehouse), read_only=True) as database:
        months = "select status, count(*) from intermediate.int_tie_out__ledger_months group by 1"
        days = (
            "select status, since_date, balance_date from intermediate.int_tie_out__bank_days where client_id <> '{}'"
        )
        told = dict(database.execute(months).fetchall())
        # The third client's bank tells no balances; the others lost one day, and only that one is named.
        broken = [row for row in database.execute(days.format("ledgerline-software")).fetchall() if row[0] != "proven"]
        clients = dict(
            database.execute("select client_id, is_proven from intermediate.int_tie_out__clients").fetchall()
        )
    assert list(told) == ["proven"] and told["proven"] > 150
    assert [status for status, _, _ in broken] == ["unproven"] * 2
    assert all((until - since).days <= 5 and until < as_of.date() for _, since, until in broken)
    assert [client for client, is_proven in clients.items() if is_proven] == ["ledgerline-software"]


@pytest.mark.slow
def test_a_lost_payment_names_client_account_month_and_record(built: tuple[Path, datetime, Path]) -> None:
    warehouse, as_of, folder = built
    with duckdb.connect(str(warehouse), read_only=True) as database:
        before = {row[0] for row in database.execute(
            "select client_id from intermediate.int_tie_out__clients where not is_proven").fetchall()}  # fmt: skip
    client, record, copy = spoiled(warehouse, FAULTS[0], as_of, folder)
    assert located(copy, client, record, FAULTS[0], before)
    with duckdb.connect(str(copy), read_only=True) as database:
        rows = database.execute(
            "select account_name, cast(difference_date as varchar), record_id, ours_minor"
            " from intermediate.int_tie_out__differences where side = 'ledger' order by 1"
        ).fetchall()
    assert rows == [
        ("Accounts Payable (A/P)", "2026-10-01", record, 0),
        ("Checking", "2026-10-01", record, 0),
    ]
