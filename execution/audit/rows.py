"""A chain's stored rows, in order, as plain bytes: read through the driver, for there may be years of them.

Whatever an attacker left in a column comes out as bytes: text where bytes belong, broken UTF-8, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.store.tables import audit, chain_head

# (seq, client_id, subject_kind, subject_id, body, prev, hash); a NULL is None.
StoredRow = tuple[Any, bytes | None, bytes | None, bytes | None, bytes | None, bytes | None, bytes | None]

_CHUNK = 2048
_TEXTS = ("client_id", "subject_kind", "subject_id")
_SQLITE = (
    "select seq, " + ", ".join(f"cast({name} as blob)" for name in (*_TEXTS, "body", "prev", "hash")) + " from audit "
    "where chain_id = ? and seq > ? order by seq"
)
_POSTGRES = (
    "select seq, " + ", ".join(f"convert_to({name}, 'UTF8')" for name in _TEXTS) + ", body, prev, hash from audit "
    "where chain_id = %s and seq > %s order by seq"
)


def stored_chunks(connection: Connection, chain_id: str, after: int = 0) -> Iterator[list[StoredRow]]:
    """The chain's rows after an event number, some at a time, inside the connection's transaction."""
    # Opens the transaction by the store's own rules before the driver is spoken to directly.
    connection.execute(sa.select(1))
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        # A named cursor streams; binary, because text makes two characters of each byte.
        with driver.cursor(name="audit_rows", binary=True) as cursor:
            cursor.itersize = _CHUNK
            cursor.execute(_POSTGRES, (chain_id, after))
            while chunk := cursor.fetchmany(_CHUNK):
                yield chunk
        return
    cursor = driver.execute(_SQLITE, (chain_id, after))
    try:
        while chunk := cursor.fetchmany(_CHUNK):
            yield chunk
    finally:
        cursor.close()


# (chain_id, seq, client_id, subject_kind, subject_id, body, prev, hash)
NewRow = tuple[str, int, str | None, str, str, bytes, bytes, bytes]
_COLUMNS = ("chain_id", "seq", *_TEXTS, "body", "prev", "hash")
_TYPES = ("varchar", "int8", "varchar", "varchar", "varchar", "bytea", "bytea", "bytea")
_INSERT = f"insert into audit ({', '.join(_COLUMNS)}) values ({', '.join('?' * len(_COLUMNS))})"
_COPY = f"copy audit ({', '.join(_COLUMNS)}) from stdin (format binary)"
_INSERT_ONE = sa.insert(audit)


def insert_rows(connection: Connection, rows: list[NewRow]) -> None:
    """Write new rows; many at once go straight to the driver."""
    if len(rows) == 1:
        connection.execute(_INSERT_ONE, dict(zip(_COLUMNS, rows[0], strict=True)))
        return
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.executemany(_INSERT, rows)
        return
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for row in rows:
            copy.write_row(row)


def stored_rows(connection: Connection, chain_id: str, after: int = 0) -> Iterator[StoredRow]:
    """The same, row by row."""
    for chunk in stored_chunks(connection, chain_id, after):
        yield from chunk


def chains(connection: Connection) -> list[str]:
    """Every chain that has a head or an event: a chain whose head was removed is still named."""
    found: sa.ScalarResult[str] = connection.execute(
        sa.union(sa.select(audit.c.chain_id).distinct(), sa.select(chain_head.c.chain_id))
    ).scalars()
    return sorted(found)
