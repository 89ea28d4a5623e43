"""The world: deterministic, balanced, and shaped as the rails' own specifications say."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from sandbox.world.generate import generate, make_client
from sandbox.world.packing import readable

END = date(2026, 11, 24)


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
        "create temp view shown as select rail, client_key, kind, id, version, is_deleted, amount_minor,"
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
    posted = db.execute(
        "select client_key, -sum(amount_minor) from shown where rail='plaid' and kind='transaction'"
        " and instr(cast(body as text), '\"pending\":false') > 0 and not is_deleted group by 1"
    ).fetchall()
    true = db.execute("select client_key, sum(amount_minor) from truth_ledger group by 1").fetchall()
    assert dict(posted) == dict(true)


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
