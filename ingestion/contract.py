"""What raw may hold: every table is declared column by column, and a load can add nothing unasked.

A rail's answers grow new fields without notice. They are read past, not landed: a new column enters
here, in staging and in a test at once, and a changed type stops that one connection as malformed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

# Tables may appear (a new rail object), columns and types may not change without this file.
FROZEN: Any = {"tables": "evolve", "columns": "freeze", "data_type": "freeze"}

ARROW_TYPES: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DATE": pa.date32(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
    "DECIMAL(18,4)": pa.decimal128(18, 4),
    "DECIMAL(18,8)": pa.decimal128(18, 8),
}


@dataclass(frozen=True)
class Column:
    """One raw column: its DuckDB type, the key it has in the rail's JSON, and whether it must be there."""

    name: str
    type: str
    source: str
    is_json: bool = False  # An object or array, kept as JSON text and unpacked in staging.
    is_required: bool = False


@dataclass(frozen=True)
class Table:
    """One raw table: its true key and its columns in order. `client_id` comes before both.

    A table without a key is replaced whole and names all its columns itself.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def merge_key(self) -> list[str]:
        """The key across all clients."""
        return ["client_id", *self.key] if self.key else []

    def ddl(self, schema: str) -> str:
        """The statement that makes the table when it is absent."""
        columns = ", ".join(f'"{name}" {kind}' for name, kind in self.types().items())
        return f'create table if not exists "{schema}"."{self.name}" ({columns})'

    def types(self) -> dict[str, str]:
        """Column name to DuckDB type, in order."""
        first = {"client_id": "VARCHAR"} if self.key else {}
        return {**first, **{column.name: column.type for column in self.columns}}

    def arrow_schema(self) -> pa.Schema:
        """The same columns for Arrow; key columns are never null."""
        return pa.schema(
            pa.field(name, ARROW_TYPES[kind], nullable=name not in self.merge_key)
            for name, kind in self.types().items()
        )


def text(name: str, source: str | None = None) -> Column:
    """A string."""
    return Column(name, "VARCHAR", source or name)


def required(name: str, source: str | None = None) -> Column:
    """A string that every record must carry: its id."""
    return Column(name, "VARCHAR", source or name, is_required=True)


def json(name: str, source: str | None = None) -> Column:
    """An object or array, landed as JSON text."""
    return Column(name, "VARCHAR", source or name, is_json=True)


def money(name: str, source: str | None = None) -> Column:
    """An amount in major units, exact to four decimals."""
    return Column(name, "DECIMAL(18,4)", source or name)


def rate(name: str, source: str | None = None) -> Column:
    """An exchange rate."""
    return Column(name, "DECIMAL(18,8)", source or name)


def whole(name: str, source: str | None = None) -> Column:
    """A whole number: minor units or unix seconds."""
    return Column(name, "BIGINT", source or name)


def day(name: str, source: str | None = None) -> Column:
    """A day in the client's own zone."""
    return Column(name, "DATE", source or name)


def instant(name: str, source: str | None = None) -> Column:
    """An instant; UTC when the rail wrote no offset."""
    return Column(name, "TIMESTAMPTZ", source or name)


def flag(name: str, source: str | None = None) -> Column:
    """True or false."""
    return Column(name, "BOOLEAN", source or name)


GONE = flag("is_deleted")
"""Set on a record that the rail reports as deleted; its other columns are then empty."""


def by_name(tables: Iterable[Table]) -> dict[str, Table]:
    """Tables by their name."""
    return {table.name: table for table in tables}


def dlt_columns(table: Table) -> Any:
    """The table's columns as dlt hints, so that dlt infers nothing."""
    kinds: dict[str, dict[str, Any]] = {
        "VARCHAR": {"data_type": "text"},
        "BOOLEAN": {"data_type": "bool"},
        "BIGINT": {"data_type": "bigint"},
        "DATE": {"data_type": "date"},
        "TIMESTAMPTZ": {"data_type": "timestamp", "timezone": True, "precision": 6},
        "DECIMAL(18,4)": {"data_type": "decimal", "precision": 18, "scale": 4},
        "DECIMAL(18,8)": {"data_type": "decimal", "precision": 18, "scale": 8},
    }
    return {
        name: {"name": name, "nullable": name not in table.merge_key, **kinds[kind]}
        for name, kind in table.types().items()
    }
