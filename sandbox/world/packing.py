"""How bodies lie in the world file: deflated against a few siblings of their kind, which takes most of them away.

A body is either plain JSON (it starts with a brace: whatever is written at runtime or by hand) or a zlib stream whose
preset dictionary stands in `body_dictionary` under the rail, client and kind. Readers never care: they ask `Unpacker`,
or `json_body(rail, client_key, kind, body)` in SQL on a connection that `readable` prepared.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable
from itertools import groupby

DICTIONARY_TABLE = """
create table if not exists body_dictionary(rail text, client_key text, kind text, bytes blob,
  primary key(rail, client_key, kind)) without rowid;
"""
Row = tuple[object, ...]
# A window of 8 KB holds the siblings; a deeper search would cost more than the last bytes are worth.
_LEVEL, _WINDOW, _MEMORY = 3, 13, 6
_BODY = 10
_BRACE = 0x7B


def pack(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """One client's rows in the table's order with packed bodies, and the dictionaries that unpack them."""
    ordered = sorted(rows, key=lambda row: row[:5])  # type: ignore[arg-type,return-value]
    packed: list[Row] = []
    dictionaries: list[Row] = []
    for (rail, client_key, kind), group in groupby(ordered, key=lambda row: row[:3]):
        siblings = list(group)
        dictionary = b"".join(_samples(siblings))
        fresh = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, dictionary)
        for row in siblings:
            press = fresh.copy()
            packed.append((*row[:_BODY], press.compress(row[_BODY]) + press.flush()))  # type: ignore[arg-type]
        dictionaries.append((rail, client_key, kind, dictionary))
    return packed, dictionaries


def _samples(siblings: list[Row]) -> Iterable[bytes]:
    """The last, the middle and the first body: together they show what changes and what does not."""
    for at in sorted({len(siblings) - 1, len(siblings) // 2, 0}, reverse=True):
        yield siblings[at][_BODY]  # type: ignore[misc]


class Unpacker:
    """Turns stored bodies into the JSON bytes that a rail answers."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._dictionaries: dict[tuple[str, str, str], bytes] = {}

    def __call__(self, rail: str, client_key: str, kind: str, body: bytes) -> bytes:
        """The JSON bytes of a stored body."""
        if not body or body[0] == _BRACE:
            return bytes(body or b"")
        press = zlib.decompressobj(_WINDOW, self._dictionary(rail, client_key, kind))
        return press.decompress(body)

    def _dictionary(self, rail: str, client_key: str, kind: str) -> bytes:
        key = (rail, client_key, kind)
        found = self._dictionaries.get(key)
        if found is None:
            row = self._db.execute(
                "select bytes from body_dictionary where rail=? and client_key=? and kind=?", key
            ).fetchone()
            found = self._dictionaries[key] = row[0]
        return found


def readable(db: sqlite3.Connection) -> Unpacker:
    """Teach a connection `json_body(rail, client_key, kind, body)`; gives the same as a Python callable."""
    unpacker = Unpacker(db)
    db.create_function("json_body", 4, unpacker, deterministic=True)
    return unpacker
