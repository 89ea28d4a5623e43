"""Packed bodies come back byte for byte, and plain ones stay as they are."""

from __future__ import annotations

import sqlite3

import orjson

from sandbox.world.packing import DICTIONARY_TABLE, pack, readable


def rows(count: int) -> list[tuple[object, ...]]:
    bodies = [
        orjson.dumps({"id": f"x{at}", "status": "open", "lines": [{"amount": at * 7}] * 9}) for at in range(count)
    ]
    return [("ramp", "a", "bill", f"x{at:03d}", 0, 1, 1, 0, None, None, body) for at, body in enumerate(bodies)]


def test_bodies_come_back_as_they_were() -> None:
    given = rows(40)
    packed, dictionaries = pack(list(reversed(given)))
    db = sqlite3.connect(":memory:")
    db.executescript(DICTIONARY_TABLE)
    db.executemany("insert into body_dictionary values (?,?,?,?)", dictionaries)
    unpack = readable(db)
    assert [row[:10] for row in packed] == [row[:10] for row in given]
    assert [unpack("ramp", "a", "bill", row[10]) for row in packed] == [row[10] for row in given]
    assert sum(len(row[10]) for row in packed) < sum(len(row[10]) for row in given) / 3
    shown = db.execute("select json_body('ramp', 'a', 'bill', ?)", (packed[7][10],)).fetchone()[0]
    assert shown == given[7][10]


def test_plain_json_is_left_alone() -> None:
    db = sqlite3.connect(":memory:")
    readable(db)
    assert db.execute("select json_body('ramp', 'a', 'bill', ?)", (b'{"id":1}',)).fetchone()[0] == b'{"id":1}'
    assert db.execute("select json_body('ramp', 'a', 'bill', null)").fetchone()[0] == b""
