"""The world: deterministic, balanced, and shaped as the rails' own specifications say."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sandbox.world.generate import generate, make_client
from sandbox.world.packing import readable

END = date(2026, 11, 24)
REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "sandbox_defects.md"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world") / "world.db"
    generate(path, clients=7, months=4, seed=7, end=END)
    return path


@pytest.fixture(scope="module")
def db(world: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(world)
    readable(connection)
    connection.execute(
        "create temp view shown as select rail, client_key, kind, id, version, visible_at, is_deleted, amount_minor,"
        " json_body(rail, client_key, kind, body) as body from object_version"
    )
    return connection


def test_same_seed_gives_the_same_bytes(world: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.db"
    generate(again, clients=7, months=4, seed=7, end=END)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(world.read_bytes()).digest()


def test_a_client_does_not_depend_on_how_many_others_there_are(db: sqlite3.Connection) -> None:
    alone = make_client(7, 2, 4, END)
    shown = db.execute(
        "select body from shown where client_key=? order by rail, kind, id, version",
        (alone.key,),
    )
    assert [row[0] for row in shown] == [row[10] for row in sorted(alone.rows, key=lambda row: row[:5])]


def test_posted_lines_sum_to_the_true_ledger(db: sqlite3.Connection) -> None:
    true = dict(db.execute("select client_key, sum(amount_minor) from truth_ledger group by 1").fetchall())
    last: dict[tuple[str, str], int] = {}
    for key, number, is_deleted, cents in db.execute(
        "select client_key, id, is_deleted, amount_minor from object_version where rail='plaid' and kind='transaction'"
        " order by client_key, id, version"
    ):
        last[key, number] = 0 if is_deleted else -cents
    posted = dict.fromkeys(true, 0)
    for (key, _), cents in last.items():
        posted[key] += cents
    for key, profile in db.execute("select client_key, profile from client").fetchall():
        # What the feed lost reaches the balance alone.
        posted[key] += sum(
            cents for account in json.loads(profile)["plaid"]["accounts"] for _, cents in account["unseen"]
        )
    assert posted == true


def test_every_payout_is_the_sum_of_its_lines_to_the_cent(db: sqlite3.Connection) -> None:
    net = {key: json.loads(body)["net"] for key, body in db.execute(
        "select id, body from shown where kind='balance_transaction' and version=0")}  # fmt: skip
    sums: dict[str, int] = {}
    for (body,) in db.execute("select body from shown where kind='payout_line'"):
        line = json.loads(body)
        sums[line["payout"]] = sums.get(line["payout"], 0) + net[line["balance_transaction"]]
    assert sums and set(sums.values()) == {0}  # the payout's own row takes out what the others brought


def test_every_true_record_exists(db: sqlite3.Connection) -> None:
    lost = db.execute(
        "select count(*) from truth_event t left join object_version o on o.rail=t.rail and o.client_key=t.client_key"
        " and o.kind=t.object_kind and o.id=t.object_id and o.version=0 where o.id is null"
    ).fetchone()
    assert lost == (0,)


def test_versions_show_in_order_and_books_say_when(db: sqlite3.Connection) -> None:
    early = db.execute(
        "select count(*) from object_version a join object_version b using (rail, client_key, kind, id)"
        " where b.version = a.version + 1 and b.visible_at < a.visible_at"
    ).fetchone()
    assert early == (0,)


def test_the_books_show_balances_of_their_own(db: sqlite3.Connection) -> None:
    now = int(db.execute("select value from meta where key='now'").fetchone()[0])
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for key, number, body in db.execute(
        "select client_key, id, body from shown where kind='Account' and visible_at<=? order by version", (now,)
    ):
        newest[key, number] = json.loads(body)
    for (_, number), account in newest.items():
        if number == "35":
            assert account["CurrentBalance"] > 5_000
        if number == "33":
            assert -200_000 < account["CurrentBalance"] < 0


def test_some_entries_are_deleted_for_good(db: sqlite3.Connection) -> None:
    gone = db.execute("select client_key, count(*) from shown where rail='qbo' and is_deleted group by 1").fetchall()
    assert len(gone) == 7 and all(2 <= count <= 4 for _, count in gone)


def test_a_failed_payout_comes_back_and_goes_out_again(db: sqlite3.Connection) -> None:
    failed = [json.loads(row[0]) for row in db.execute("select body from shown where kind='payout' and version=2")]
    assert failed and {payout["status"] for payout in failed} == {"failed"}
    for payout in failed:
        back = payout["failure_balance_transaction"]
        row = db.execute("select body from shown where kind='balance_transaction' and id=?", (back,)).fetchone()
        assert json.loads(row[0])["net"] == payout["amount"]
        settled = db.execute("select count(*) from shown where kind='payout_line' and instr(body, ?)", (back.encode(),))
        assert settled.fetchone() == (1,)


def test_stripe_invoices_age(db: sqlite3.Connection) -> None:
    now = int(db.execute("select value from meta where key='now'").fetchone()[0])
    newest = {key: json.loads(body) for key, body in db.execute(
        "select id, body from shown where kind='invoice' and visible_at<=? order by version", (now,))}  # fmt: skip
    states = {invoice["status"] for invoice in newest.values()}
    assert {"open", "paid", "void", "uncollectible"} <= states
    due = [one["due_date"] for one in newest.values() if one["status"] == "open" and one["due_date"]]
    assert any(at < now for at in due) and any(at > now for at in due)


def test_all_plants_every_kind_in_every_client_and_names_its_records(tmp_path: Path) -> None:
    path = tmp_path / "all.db"
    generate(path, clients=2, months=13, seed=11, end=END, defect_level="all")
    db = sqlite3.connect(path)
    documented = {line.split("`")[1] for line in REFERENCE.read_text().splitlines() if line.startswith("| `")} - {
        "failed_payout",
        "stale_rail",
    }  # one needs Stripe, the other silences the whole bank
    for (key,) in db.execute("select client_key from client").fetchall():
        planted = {row[0] for row in db.execute("select distinct kind from truth_defect where client_key=?", (key,))}
        assert planted - {"failed_payout"} == documented
    for key, kind, records, at_stake in db.execute(
        "select client_key, kind, records, at_stake_minor from truth_defect"
    ):
        assert (at_stake == 0) == (kind.startswith(("trap_", "recurring_")) and "missing" not in kind
                                   or kind.startswith("vendor_")), kind  # fmt: skip
        for record in json.loads(records):
            if "event_id" in record and record["kind"] == "transaction":
                where, found = "truth_event where event_id", record["event_id"]
            elif "id" in record:
                where, found = "object_version where id", record["id"]
            else:
                continue
            assert db.execute(f"select 1 from {where}=? and client_key=?", (found, key)).fetchone(), (kind, record)
