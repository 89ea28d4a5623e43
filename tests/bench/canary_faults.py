"""Walls taken away on purpose: what a forgotten filter would do, so that the search shows that it sees."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import sqlalchemy as sa

from app.queries import snapshot
from execution.errors import NotFound
from execution.payouts.rows import client_row, lock_payout
from execution.people.assignments import scoped
from execution.store import tables as t
from tests.bench.canary_calls import Bench


@contextmanager
def _instead_of(original: Any, name: str, fault: Any) -> Iterator[None]:
    """A function replaced in every module that imported it."""
    modules = [module for key, module in list(sys.modules.items()) if key != __name__]
    places = [module for module in modules if vars(module).get(name) is original]
    for module in places:
        setattr(module, name, fault)
    try:
        yield
    finally:
        for module in places:
            setattr(module, name, original)


def _no_firm_in_scoped(bench: Bench) -> AbstractContextManager[None]:
    def fault(principal: Any, table: sa.Table) -> Any:
        query = sa.select(table)
        return query if principal.client_ids is None else query.where(table.c.client_id.in_(principal.client_ids))

    return _instead_of(scoped, "scoped", fault)


def _no_firm_at_a_payout(bench: Bench) -> AbstractContextManager[None]:
    def fault(cx: sa.Connection, advisor_id: str, payout_id: str, client_id: str | None = None) -> Any:
        row = cx.execute(sa.select(t.payout).where(t.payout.c.payout_id == payout_id)).mappings().first()
        return dict(row) if row else lock_payout(cx, advisor_id, payout_id, client_id)

    return _instead_of(lock_payout, "lock_payout", fault)


def _a_cache_without_the_firm(bench: Bench) -> AbstractContextManager[None]:
    kept: dict[Any, Any] = {}
    whole = snapshot._read

    @functools.wraps(whole)
    def fault(scope: Any, table: str, columns: str, tail: str, values: Any) -> Any:
        key = (table, columns, tail, tuple(v for v in values if v[0] != "client_id"))
        if key not in kept:
            kept[key] = whole(scope, table, columns, tail, values)
        return kept[key]

    return _instead_of(whole, "_read", fault)


def _an_error_that_tells(bench: Bench) -> AbstractContextManager[None]:
    def fault(cx: sa.Connection, advisor_id: str, client_id: str) -> Any:
        try:
            return client_row(cx, advisor_id, client_id)
        except NotFound:
            name = cx.execute(sa.select(t.client.c.client_name).where(t.client.c.client_id == client_id)).scalar()
            raise NotFound(f"client {name} is not yours") from None

    return _instead_of(client_row, "client_row", fault)


FAULTS: dict[str, Callable[[Bench], AbstractContextManager[None]]] = {
    "the firm's filter is forgotten": _no_firm_in_scoped,
    "a payout is found by its id alone": _no_firm_at_a_payout,
    "a cache's key lacks the firm": _a_cache_without_the_firm,
    "an error names what it hides": _an_error_that_tells,
}
