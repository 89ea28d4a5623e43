"""Do our books equal QBO's own ledger and our bank days the bank's balances, to the cent, and is a fault located?

python -m tests.bench.bench_tie_out --clients 6 --months 14 --seed 7
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import orjson

from tests.bench.loaded_world import ROOT, build, load_world
from tests.bench.result import Result

TOPIC = "tie-out to 0.00"
ONLY = ("--select", "+int_tie_out__clients")
SEEDS = (7, 20261124)


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong in raw: the record it hits, how, and what the tie-out should call it."""

    name: str
    find: str
    spoil: str
    reason: str
    object_type: str


# Each picks one record of a client with some months on either side; `{id}` and `{client}` are filled in.
FAULTS = (
    Fault("a bill payment is lost", "raw_qbo.bill_payments where total_amt > 0",
          "delete from raw_qbo.bill_payments where client_id = '{client}' and id = '{id}'", "missing_record",
          "bill_payment"),
    Fault("a transfer is off by a cent", "raw_qbo.transfers",
          "update raw_qbo.transfers set amount = amount + 0.01 where client_id = '{client}' and id = '{id}'",
          "other_amount", "transfer"),
    Fault("a transfer changed sides", "raw_qbo.transfers",
          "update raw_qbo.transfers set from_account_ref = to_account_ref, to_account_ref = from_account_ref"
          " where client_id = '{client}' and id = '{id}'", "other_amount", "transfer"),
    Fault("a purchase moved to another account", "raw_qbo.purchases",
          "update raw_qbo.purchases set account_ref = '{{\"value\":\"36\",\"name\":\"Savings\"}}'"
          " where client_id = '{client}' and id = '{id}'", "other_account", "purchase"),
    Fault("a bill moved to another month", "raw_qbo.bills",
          "update raw_qbo.bills set txn_date = txn_date - 40 where client_id = '{client}' and id = '{id}'",
          "other_month", "bill"),
    Fault("a deleted invoice stays", "raw_qbo.invoices",
          "insert into raw_qbo.invoices select * replace ('x' || id as id) from raw_qbo.invoices"
          " where client_id = '{client}' and id = '{id}'", "extra_record", "invoice"),
)  # fmt: skip


def world(folder: Path, clients: int, months: int, seed: int) -> tuple[Path, Path, datetime]:
    """A world with every plant, loaded and tied out: its file, the warehouse and its now."""
    made, warehouse = folder / "world.db", folder / "tie_out.duckdb"
    command = [sys.executable, "-m", "sandbox", "generate", "--clients", str(clients), "--months", str(months)]
    command += ["--seed", str(seed), "--defects", "all", "--end", "2026-11-24", "--out", str(made)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    as_of = load_world(made, warehouse, folder / "data")
    build(warehouse, as_of, folder / "target", ONLY)
    return made, warehouse, as_of


def spoiled(warehouse: Path, fault: Fault, as_of: datetime, folder: Path) -> tuple[str, str, Path]:
    """A copy of the warehouse with one fault, tied out again: the client, the record and the copy."""
    copy = folder / "spoiled.duckdb"
    shutil.copy(warehouse, copy)
    with duckdb.connect(str(copy)) as database:
        client, record = database.execute(
            f"select client_id, id from {fault.find} {'and' if ' where ' in fault.find else 'where'}"
            " txn_date between date '2026-10-05' and date '2026-10-25' and not coalesce(is_deleted, false)"
            " order by md5(client_id || id) limit 1"
        ).fetchone() or ("", "")
        database.execute(fault.spoil.format(client=client, id=record))
    build(copy, as_of, folder / "target", ONLY)
    return client, record, copy


def located(copy: Path, client: str, record: str, fault: Fault, planted: set[str]) -> bool:
    """The client is unproven, for this record and reason, and no client is that was not before."""
    with duckdb.connect(str(copy), read_only=True) as database:
        rows = database.execute(
            "select client_id, object_type, record_id, reason from intermediate.int_tie_out__differences"
            " where side = 'ledger'"
        ).fetchall()
        unproven = {row[0] for row in database.execute(
            "select client_id from intermediate.int_tie_out__clients where not is_proven").fetchall()}  # fmt: skip
    found = {(row[0], row[1], row[2].removeprefix("x"), row[3]) for row in rows}
    return found == {(client, fault.object_type, record, fault.reason)} and unproven == planted | {client}


def measured(folder: Path, clients: int, months: int, seed: int) -> Iterator[Result]:
    """The clean shares, the lost bank days, and each fault."""
    made, warehouse, as_of = world(folder, clients, months, seed)
    name = f"sandbox, {clients} clients × {months} months, seed {seed}"
    with duckdb.connect(str(warehouse), read_only=True) as database:
        account_months, proven = database.execute(
            "select count(*), count(*) filter (where status = 'proven') from intermediate.int_tie_out__ledger_months"
        ).fetchone() or (0, 0)
        told, bank_proven, untold = database.execute(
            "select count(*) filter (where status <> 'untold'), count(*) filter (where status = 'proven'),"
            " count(*) filter (where status = 'untold') from intermediate.int_tie_out__bank_days"
        ).fetchone() or (0, 0, 0)
        broken = set(database.execute(
            "select client_id, since_date, balance_date from intermediate.int_tie_out__bank_days"
            " where status = 'unproven'").fetchall())  # fmt: skip
        telling = {row[0] for row in database.execute(
            "select distinct client_id from staging.stg_plaid__postings where running_minor is not null"
        ).fetchall()}  # fmt: skip
        planted = {row[0] for row in database.execute(
            "select client_id from intermediate.int_tie_out__clients where not is_proven").fetchall()}  # fmt: skip
        # What one balance a day can say: the account's balance as QBO shows it, against the sum of our entries.
        shown, equal = database.execute(
            "select count(*), count(*) filter (where ours = theirs) from (select a.balance_minor as theirs,"
            " coalesce(sum(e.amount_minor), 0) as ours from staging.stg_qbo__accounts as a"
            " inner join intermediate.int_tie_out__ledger_entries as e"
            " on a.client_id = e.client_id and a.account_id_qbo = e.account_id_qbo"
            " group by a.client_id, a.account_id_qbo, a.balance_minor)"
        ).fetchone() or (0, 0)
    lost = set()
    with sqlite3.connect(made) as db:
        for client, records in db.execute("select client_key, records from truth_defect where kind='dropped_feed_day'"):
            day = datetime.fromisoformat(orjson.loads(records)[0]["date"]).date()
            if client in telling and day < as_of.date():
                lost.add((client, day))
    hit = {(client, day) for client, day in lost
           if any(one == client and since < day < seen for one, since, seen in broken)}  # fmt: skip
    yield Result(TOPIC, name, "ours: account-months", {"compared": account_months, "tied out": proven / account_months})
    yield Result(TOPIC, name, "naive: account balances of today", {"compared": shown, "tied out": equal / shown},
                 "says no month and no record; QBO refreshes it when it likes")  # fmt: skip
    yield Result(TOPIC, name, "ours: bank account-days", {"compared": told, "tied out": bank_proven / told},
                 f"{untold} days of banks that tell no balance after each line")  # fmt: skip
    yield Result(TOPIC, name, "ours: lost bank days", {"compared": len(lost), "located": len(hit) / max(1, len(lost))},
                 f"{len(broken) - len(hit)} days named that were not lost")  # fmt: skip
    good = 0
    for fault in FAULTS:
        client, record, copy = spoiled(warehouse, fault, as_of, folder)
        good += located(copy, client, record, fault, planted)
    yield Result(TOPIC, name, "ours: faults planted in raw", {"compared": len(FAULTS), "located": good / len(FAULTS)},
                 "record, kind of fault and client named, nobody else accused")  # fmt: skip


def results() -> Iterator[Result]:
    """Two worlds of three clients over nine months."""
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            yield from measured(Path(folder), 3, 9, seed)


def main() -> int:
    """Run on a world of the asked size."""
    from tests.bench.result import tables

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--months", type=int, default=14)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(tables(measured(Path(folder), given.clients, given.months, given.seed)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
