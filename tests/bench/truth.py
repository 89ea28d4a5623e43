"""A built warehouse beside its world's hidden truth, for scoring."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa


@contextmanager
def attach_truth(world: Path, warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose default database is the warehouse, read only, with the truth's tables in schema `truth`."""
    with duckdb.connect() as database:
        database.execute(f"attach '{warehouse}' as built (read_only)")
        database.execute("attach ':memory:' as truth")
        with sqlite3.connect(f"file:{world}?mode=ro", uri=True) as source:
            for table in ("truth_event", "truth_defect"):
                cursor = source.execute(f"select * from {table}")
                names = [column[0] for column in cursor.description]
                values = list(zip(*cursor.fetchall(), strict=True)) or [[] for _ in names]
                rows = pa.table([pa.array(column) for column in values], names=names)
                database.register("rows", rows)
                database.execute(f"create table truth.{table} as select * from rows")
                database.unregister("rows")
        database.execute("use built")
        yield database
