"""Copy the control store's views to raw_control, all of them in one transaction."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import create_engine, text

from ingestion.changes import replace_tables
from ingestion.contract import ARROW_TYPES, Table
from ingestion.control_journal.columns import TABLES


def replace_control_tables(control_url: str, warehouse: Path) -> dict[str, int]:
    """Replace every raw_control table with what the control store says now; returns rows per table.

    Raises sqlalchemy.exc.SQLAlchemyError when the store is away or lacks a view; raw is then untouched.
    """
    engine = create_engine(control_url)
    try:
        with engine.connect() as store:
            read = {name: _arrow(store, table) for name, table in TABLES.items()}
    finally:
        engine.dispose()
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set timezone = 'UTC'")
        replace_tables(connection, "raw_control", TABLES, read)
    return {name: rows.num_rows for name, rows in read.items()}


def _arrow(store: Any, table: Table) -> pa.Table:
    names = list(table.types())
    listed = ", ".join(f'"{name}"' for name in names)
    rows = store.execute(text(f"select {listed} from warehouse_{table.name}")).fetchall()
    columns = {
        name: pa.array([_value(row[place], kind) for row in rows], ARROW_TYPES[kind])
        for place, (name, kind) in enumerate(table.types().items())
    }
    return pa.table(columns)


def _value(value: Any, kind: str) -> Any:
    """A store's value in the type that raw wants: SQLite has neither booleans nor instants of its own."""
    if value is None:
        return None
    if kind == "BOOLEAN":
        return bool(value)
    if kind == "DATE":
        return date.fromisoformat(value[:10]) if isinstance(value, str) else value
    if kind == "TIMESTAMPTZ":
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return value
