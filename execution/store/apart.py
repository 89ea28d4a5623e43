"""Payout rows that hold what is no date or instant, told apart from the others.

Nothing of ours writes such a row: somebody changed the file of an SQLite store, whose columns keep any text.
PostgreSQL refuses it. One such row must never stop the payouts beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from execution.store.tables.payouts import payout

Row = Mapping[str, Any]
_P = payout.c
_KEY = ("advisor_id", "client_id", "payout_id")
# What can be read of any row: enough to name it, to know its state, and to write an audit event about it.
_ALWAYS = [_P[name] for name in (*_KEY, "state", "version", "source_bill_id", "amount_minor", "currency_code",
                                 "payload_sha256")]  # fmt: skip


def apart(
    cx: sa.Connection, query: sa.Select[Any], values: Mapping[str, Any] | None = None
) -> tuple[list[Row], list[Row]]:
    """The rows of a query over `payout`, and those that cannot be read: key, state, amount, `unreadable` says why."""
    values = values or {}
    try:
        return [dict(row) for row in cx.execute(query, values).mappings()], []
    except ValueError:
        return _one_by_one(cx, query, values)


def legible(cx: sa.Connection, row: Row) -> Row:
    """What can be read of a payout's row, whatever was done to its dates: key, state, version, amount, hash."""
    mine = [_P[name] == row[name] for name in _KEY]
    return dict(cx.execute(sa.select(*_ALWAYS).where(*mine)).mappings().one())


def _one_by_one(
    cx: sa.Connection, query: sa.Select[Any], values: Mapping[str, Any]
) -> tuple[list[Row], list[Row]]:  # fmt: skip
    good: list[Row] = []
    unreadable: list[Row] = []
    for named in [dict(row) for row in cx.execute(query.with_only_columns(*_ALWAYS), values).mappings()]:
        mine = query.where(*[_P[name] == named[name] for name in _KEY])
        try:
            good += [dict(row) for row in cx.execute(mine, values).mappings()]
        except ValueError:
            unreadable.append({**named, "unreadable": what_is_wrong(cx, named)})
    return good, unreadable


def what_is_wrong(cx: sa.Connection, row: Row) -> str:
    """The columns of a payout's row that hold no date or instant, with what they hold instead."""
    mine = [_P[name] == row[name] for name in _KEY if name in row]
    wrong = []
    for column in payout.columns:
        try:
            cx.execute(sa.select(column).where(*mine)).scalar()
        except ValueError:
            holds = cx.execute(sa.select(sa.type_coerce(column, sa.Text)).where(*mine)).scalar()
            wrong.append(f"{column.name} holds {holds!r}")
    return ", ".join(wrong)
