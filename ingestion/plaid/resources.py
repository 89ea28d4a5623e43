"""What is read of a Plaid item: its accounts, live balances, and the change feed of its bank lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingestion.connections import Connection, TokenStore
from ingestion.errors import Malformed, RailDown
from ingestion.plaid.connection import Mutated, PlaidConnection, Row
from ingestion.plaid.settings import PlaidSettings
from ingestion.spill import Spill
from ingestion.transport import Line, rows_of


def read(
    connection: Connection,
    line: Line,
    spill: Spill,
    cursor: Mapping[str, Any],
    as_of: datetime,
    tokens: TokenStore | None,
    settings: PlaidSettings | None = None,
) -> dict[str, Any]:
    """Read what changed since `cursor` (all when it is empty) into `spill`; returns the next cursor.

    Plaid takes no upper bound in time: a sync always runs up to the present of the rail.
    """
    settings = settings or PlaidSettings.from_env()
    plaid = PlaidConnection(connection, line, settings)
    try:
        _read_accounts(plaid, spill, as_of)
        return _read_transactions(plaid, spill, connection, cursor.get("sync_cursor"), settings)
    finally:
        plaid.close()


def _read_accounts(plaid: PlaidConnection, spill: Spill, as_of: datetime) -> None:
    answer = plaid.accounts()
    item_id = _item_id(answer)
    accounts = rows_of(answer.get("accounts"), "/accounts/get")
    spill.add("accounts", ({**account, "item_id": item_id} for account in accounts))
    spill.mark_whole("accounts")
    live = rows_of(plaid.balances().get("accounts"), "/accounts/balance/get")
    balances = [_balance(account) for account in live]
    spill.add("balances", balances)
    spill.add("balance_readings", ({**balance, "read_on": as_of.date().isoformat()} for balance in balances))


def _balance(account: Row) -> Row:
    balances = account.get("balances")
    if not isinstance(balances, dict):
        raise Malformed(f"/accounts/balance/get: account {account.get('account_id')} has no balances")
    return {"account_id": account.get("account_id"), **balances}


def _item_id(answer: Row) -> str | None:
    item = answer.get("item")
    return item.get("item_id") if isinstance(item, dict) else None


def _read_transactions(
    plaid: PlaidConnection,
    spill: Spill,
    connection: Connection,
    start: str | None,
    settings: PlaidSettings,
) -> dict[str, Any]:
    """Run the sync loop to its end; when data changes under it, forget its pages and begin again."""
    for _ in range(settings.restarts + 1):
        try:
            return _sync_once(plaid, spill, connection, start)
        except Mutated:
            spill.drop("transactions")
    raise RailDown(f"/transactions/sync changed under us {settings.restarts + 1} times in a row")


def _sync_once(plaid: PlaidConnection, spill: Spill, connection: Connection, start: str | None) -> dict[str, Any]:
    """Every page since `start`. Removals come last: a replaced line and its successor may swap pages."""
    item = {"item_id": connection.external_account_id}
    position, removed = start, []
    while True:
        page = plaid.sync(position)
        for part in ("added", "modified"):
            rows = rows_of(page.get(part), f"/transactions/sync {part}")
            spill.add("transactions", ({**row, **item} for row in rows))
        removed += rows_of(page.get("removed"), "/transactions/sync removed")
        if not isinstance(page.get("next_cursor"), str) or not isinstance(page.get("has_more"), bool):
            raise Malformed(f"/transactions/sync: no next_cursor or has_more, only {sorted(page)}")
        # An empty cursor means "not ready yet": keeping it would lose our place.
        position = page["next_cursor"] or position
        if not page["has_more"]:
            break
    spill.add(
        "transactions",
        ({"transaction_id": row.get("transaction_id"), "is_removed": True, **item} for row in removed),
    )
    if start is None and position is not None:
        spill.mark_whole("transactions")
    return {"sync_cursor": position} if position else {}
