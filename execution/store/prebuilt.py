"""Statements that are built once, at import: building one takes SQLAlchemy longer than a database takes to answer it.

A prebuilt statement names the values of its key `of_<column>`: they never clash with those that an UPDATE sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa


def keyed(table: sa.Table, *names: str) -> list[sa.ColumnElement[bool]]:
    """`column = :of_column` for each name; the values come with `key_of`."""
    return [table.c[name] == sa.bindparam(f"of_{name}") for name in names]


def key_of(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The values of a key for a prebuilt statement, out of any row that has those columns."""
    return {f"of_{name}": row[name] for name in names}


def among(column: sa.ColumnElement[Any], words: Iterable[str]) -> sa.ColumnElement[bool]:
    """`column IN ('a', 'b')` with our own words written out: SQLAlchemy renders a list of values at each execution."""
    return column.in_([sa.literal_column(f"'{word}'", sa.String) for word in words if word.isidentifier()])
