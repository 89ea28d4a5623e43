"""Balances of a client's bank accounts, computed from the transactions that Plaid shows."""

from __future__ import annotations

from typing import Any

import orjson

from sandbox.rails.clients import ClientRecord
from sandbox.rails.store import KindIndex, WorldStore


def is_pending(body: bytes) -> bool:
    """What the index keeps of a transaction's body."""
    return b'"pending":true' in body


def _sums(index: KindIndex) -> dict[str, tuple[int, int]]:
    """Per account: (sum of posted amounts, sum of pending outflow), Plaid-signed cents."""
    sums: dict[str, tuple[int, int]] | None = index.derived.get("sums")
    if sums is None:
        sums = {}
        for _, row in index.current():
            posted, pending = sums.get(row.account_id or "", (0, 0))
            amount = row.amount_minor or 0
            if row.mark:
                pending += max(amount, 0)
            else:
                posted += amount
            sums[row.account_id or ""] = (posted, pending)
        index.derived["sums"] = sums
    return sums


def accounts(store: WorldStore, client: ClientRecord, now: int) -> list[dict[str, Any]]:
    """The client's accounts with the balances of this second.

    Depository: current = opening - posted, available = current - pending outflow. Credit: current is what is owed.
    """
    key = client.client_key
    sums = _sums(store.index("plaid", key, "transaction", now))
    openings = {a["account_id"]: _opening(a, now) for a in client.rail("plaid").get("accounts", [])}
    found = []
    for account_id, row in store.index("plaid", key, "account", now).current():
        body = orjson.loads(store.body("plaid", key, "account", account_id, row.version))
        posted, pending = sums.get(account_id, (0, 0))
        opening = openings.get(account_id, 0)
        balances = body.setdefault("balances", {})
        if body.get("type") == "credit":
            current = opening + posted
            limit = balances.get("limit")
            available = None if limit is None else round(limit * 100) - current - pending
        else:
            current = opening - posted
            available = current - pending
        balances["current"] = _major(current)
        balances["available"] = None if available is None else _major(available)
        balances.setdefault("limit", None)
        balances.setdefault("iso_currency_code", client.profile.get("currency_code", "USD"))
        balances.setdefault("unofficial_currency_code", None)
        found.append(body)
    return found


def running(store: WorldStore, client: ClientRecord, now: int) -> dict[str, int]:
    """The balance after each posted line, by its id, in the order in which the bank booked them.

    Empty for a bank that does not tell it.
    """
    mine = client.rail("plaid")
    if not mine.get("tells_balance"):
        return {}
    index = store.index("plaid", client.client_key, "transaction", now)
    found: dict[str, int] | None = index.derived.get("running")
    if found is None:
        found = {}
        booked = [(row.created_at, key, row) for key, row in index.current() if not row.mark]
        booked.sort(key=lambda line: line[:2])
        for account in mine.get("accounts", ()):
            balance, lost = int(account["opening_minor"]), sorted(account.get("unseen", ()))
            for at, key, row in booked:
                if row.account_id != account["account_id"]:
                    continue
                while lost and lost[0][0] <= at:
                    balance += lost.pop(0)[1]
                balance -= row.amount_minor or 0
                found[key] = balance
        index.derived["running"] = found
    return found


def _opening(account: dict[str, Any], now: int) -> int:
    """What the shown lines start from: the opening balance, and the lines that the bank booked but the feed lost."""
    return int(account["opening_minor"]) + sum(cents for at, cents in account.get("unseen", ()) if at <= now)


def _major(minor: int) -> float:
    # Plaid writes JSON numbers; a division by 100 prints back as the exact two places.
    return minor / 100
