"""A client's books as QBO shows them: which objects answer a query, in which order."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import orjson

from sandbox.rails.qbo.query import BadQuery, Condition, Query
from sandbox.rails.store import KindIndex, Version, WorldStore

Row = tuple[str, Version]
_IN_INDEX = {"Id", "MetaData.LastUpdatedTime", "MetaData.CreateTime", "Active"}


class Mark(NamedTuple):
    """What the index keeps of a body, so that the common queries read no JSON."""

    updated_at: int
    is_active: bool


def read_mark(body: bytes) -> Mark:
    """The mark of one QBO body; a body without MetaData counts as never updated."""
    at = body.rfind(b'"LastUpdatedTime":"')
    updated = 0
    if at >= 0:
        begin = at + 19
        updated = _seconds(body[begin : body.index(b'"', begin)].decode())
    return Mark(updated, b'"Active":false' not in body)


def _seconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadQuery(f"QueryValidationError: value {text} is not a date-time") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def seconds(text: str) -> int:
    """A date or date-time of a call as seconds; one without offset counts as UTC. Raises BadQuery."""
    # `+` of an offset arrives as a blank when a caller forgot to encode it.
    return _seconds(re.sub(r" (\d\d:\d\d)$", r"+\1", text))


def numeric_order(index: KindIndex) -> list[Row]:
    """Live objects in the order of their numbers."""
    rows: list[Row] | None = index.derived.get("numeric")
    if rows is None:
        rows = sorted(index.current(), key=lambda row: (len(row[0]), row[0]))
        index.derived["numeric"] = rows
    return rows


class Books:
    """Answers queries over one client's objects."""

    def __init__(self, store: WorldStore) -> None:
        self._store = store

    def select(self, client_key: str, query: Query, now: int) -> list[Row]:
        """All rows that the query means, before paging."""
        index = self._store.index("qbo", client_key, query.entity, now)
        rows = numeric_order(index)
        names = {condition.field for condition in query.where}
        if "Active" in FILTER_ACTIVE.get(query.entity, ()) and "Active" not in names:
            # QBO leaves inactive names and accounts out unless they are asked for.
            rows = [row for row in rows if row[1].mark.is_active]
        for condition in query.where:
            if condition.field in _IN_INDEX:
                test = _index_test(condition)
                rows = [row for row in rows if test(row)]
        in_body = [condition for condition in query.where if condition.field not in _IN_INDEX]
        order_fields = [name for name, _ in query.order if name not in _IN_INDEX]
        if in_body or order_fields:
            parsed = self._parsed(client_key, query.entity, rows)
            for condition in in_body:
                rows = [row for row in rows if _holds(condition, _value(parsed[row[0]], condition.field))]
        for name, descending in reversed(query.order):
            if name in _IN_INDEX:
                rows = sorted(rows, key=_index_key(name), reverse=descending)
            else:
                rows = sorted(rows, key=lambda r, n=name: _sortable(_value(parsed[r[0]], n)), reverse=descending)
        return rows

    def _parsed(self, client_key: str, entity: str, rows: list[Row]) -> dict[str, Any]:
        bodies = self._store.bodies("qbo", client_key, entity, [(key, row.version) for key, row in rows])
        return {row[0]: orjson.loads(body) for row, body in zip(rows, bodies, strict=True)}


FILTER_ACTIVE = {"Account": ("Active",), "Vendor": ("Active",), "Customer": ("Active",), "Item": ("Active",)}


def _index_key(name: str) -> Callable[[Row], Any]:
    if name == "Id":
        return lambda row: (len(row[0]), row[0])
    if name == "Active":
        return lambda row: row[1].mark.is_active
    return lambda row: row[1].created_at if name == "MetaData.CreateTime" else row[1].mark.updated_at


def _index_test(condition: Condition) -> Callable[[Row], bool]:
    if condition.field == "Active":
        wanted = {value.lower() == "true" for value in condition.values}
        return lambda row: row[1].mark.is_active in wanted
    if condition.field == "Id":
        return lambda row: _holds(condition, row[0])
    bound = tuple(seconds(value) for value in condition.values)
    key = _index_key(condition.field)
    return lambda row: _compare(condition.operator, key(row), bound)


def _value(body: dict[str, Any], name: str) -> Any:
    value = body.get(name)
    return value.get("value") if isinstance(value, dict) else value


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _sortable(value: Any) -> tuple[int, Any]:
    if value is None:
        return (0, "")
    return (1, Decimal(str(value))) if isinstance(value, int | float) else (2, str(value))


def _holds(condition: Condition, value: Any) -> bool:
    if value is None:
        return False
    if condition.operator == "like":
        pattern = ".*".join(re.escape(part) for part in condition.values[0].split("%"))
        return re.fullmatch(pattern, str(value), re.IGNORECASE | re.DOTALL) is not None
    given = [_number(text) for text in condition.values]
    mine = _number(value)
    if mine is not None and None not in given:
        return _compare(condition.operator, mine, tuple(given))
    return _compare(condition.operator, str(value).lower(), tuple(text.lower() for text in condition.values))


def _compare(operator: str, mine: Any, given: tuple[Any, ...]) -> bool:
    if operator == "in":
        return mine in given
    other = given[0]
    return {
        "=": mine == other,
        "<": mine < other,
        ">": mine > other,
        "<=": mine <= other,
        ">=": mine >= other,
    }[operator]
