"""What is read of a Stripe account.

First load: every list. After it the event feed says which objects changed; what was created since comes
with a short list per type, and an older object that an event names is fetched by itself. An event's own
copy of an object is never trusted: events arrive late and in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ingestion.connections import Connection, TokenStore
from ingestion.spill import Spill
from ingestion.stripe.connection import Row, StripeConnection
from ingestion.stripe.settings import StripeSettings
from ingestion.transport import Line

OBJECTS: dict[str, str] = {
    "customer": "customers",
    "invoice": "invoices",
    "invoice_payment": "invoice_payments",
    "charge": "charges",
    "refund": "refunds",
    "dispute": "disputes",
    "balance_transaction": "balance_transactions",
    "payout": "payouts",
}
"""Stripe object to raw table, which is also the list's path."""


def read(
    connection: Connection,
    line: Line,
    spill: Spill,
    cursor: Mapping[str, Any],
    as_of: datetime,
    tokens: TokenStore | None,
    settings: StripeSettings | None = None,
) -> dict[str, Any]:
    """Read what changed since `cursor` (all when it is empty) into `spill`; returns the next cursor."""
    settings = settings or StripeSettings.from_env()
    account = StripeConnection(connection, line, settings)
    until = int(as_of.timestamp())
    read_at: int | None = cursor.get("read_at")
    try:
        if read_at is None or until - read_at > settings.events_look_back.total_seconds():
            payouts = _read_all(account, spill, until)
        else:
            payouts = _read_changes(account, spill, read_at, until, settings)
        lined = _read_payout_lines(account, spill, payouts, cursor, until, settings)
    finally:
        account.close()
    return {"read_at": until, "lined_payouts": lined}


def _read_all(account: StripeConnection, spill: Spill, until: int) -> list[Row]:
    """Every list, in full. Returns the payouts."""
    payouts: list[Row] = []
    for table in OBJECTS.values():
        for page in account.pages(table, created={"lte": until}):
            spill.add(table, page)
            if table == "payouts":
                payouts += page
        spill.mark_whole(table)
    return payouts


def _read_changes(
    account: StripeConnection, spill: Spill, read_at: int, until: int, settings: StripeSettings
) -> list[Row]:
    """What was created lately, and whatever older object an event names. Returns the payouts among it."""
    overlap = int(settings.overlap.total_seconds())
    windows = {
        "balance_transactions": int(settings.ledger_window.total_seconds()),
        "payouts": int(settings.payout_window.total_seconds()),
    }
    named = _named_by_events(account, read_at - overlap, until)
    payouts: list[Row] = []
    for kind, table in OBJECTS.items():
        since = read_at - windows.get(table, overlap)
        seen: set[str] = set()
        for page in account.pages(table, created={"gte": since, "lte": until}):
            spill.add(table, page)
            seen.update(str(row.get("id")) for row in page)
            if table == "payouts":
                payouts += page
        for object_id in sorted(named.get(kind, set()) - seen):
            row = account.one(f"{table}/{object_id}")
            if row is None or row.get("deleted"):
                row = {"id": object_id, "is_deleted": True}
            spill.add(table, [row])
            if table == "payouts":
                payouts.append(row)
    return payouts


def _named_by_events(account: StripeConnection, since: int, until: int) -> dict[str, set[str]]:
    """Ids of the objects that events name, per kind."""
    named: dict[str, set[str]] = {}
    for page in account.pages("events", created={"gte": since, "lte": until}):
        for event in page:
            changed = (event.get("data") or {}).get("object") or {}
            if changed.get("object") in OBJECTS and changed.get("id"):
                named.setdefault(changed["object"], set()).add(changed["id"])
    return named


def _read_payout_lines(
    account: StripeConnection,
    spill: Spill,
    payouts: Iterable[Row],
    cursor: Mapping[str, Any],
    until: int,
    settings: StripeSettings,
) -> list[str]:
    """The ledger lines that each newly completed payout settled; returns the payouts not to ask again."""
    done = set(cursor.get("lined_payouts", ()))
    oldest = until - int(settings.payout_lines_look_back.total_seconds())
    still_listed = until - 2 * int(settings.payout_window.total_seconds())
    lined: list[str] = []
    for payout in {str(row.get("id")): row for row in payouts}.values():
        created = payout.get("created") or 0
        if payout.get("reconciliation_status") != "completed" or created < oldest:
            continue
        payout_id = str(payout["id"])
        if payout_id not in done:
            for page in account.pages("balance_transactions", payout=payout_id):
                # The payout's own ledger row closes the list; it settles nothing.
                rows = [row for row in page if row.get("type") != "payout"]
                spill.add(
                    "payout_lines",
                    ({"payout": payout_id, "balance_transaction": row.get("id")} for row in rows),
                )
        if created >= still_listed:
            lined.append(payout_id)
    return sorted(lined)
