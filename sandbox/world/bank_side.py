"""The bank: flows become Plaid rows (pending, then posted under a new id) and lines of the true ledger."""

from __future__ import annotations

import re
from datetime import timedelta
from operator import attrgetter

from sandbox.world.calendar import bank_days_after, instant
from sandbox.world.model import Client
from sandbox.world.shapes import plaid


def cut(name: str, width: int) -> str:
    """A name as a bank prints it: capitals, no marks, cut short."""
    return re.sub(r"[^A-Z0-9 &]", "", name.upper())[:width].strip()


def show(client: Client) -> None:
    """Write every flow of the client to Plaid and to the ledger."""
    accounts = {name: client.profile["plaid"][f"{name}_account_id"] for name in ("operating", "savings")}
    for flow in sorted(client.flows, key=attrgetter("day", "event", "account")):
        account, out = accounts[flow.account], -flow.cents
        posted_id, pending_id = client.ids.plaid(), None
        # The bank's night run shows a day's postings in the early hours of the next day.
        posted_at = instant(flow.day + timedelta(days=1), client.zone, 4 * 3600 + client.random.randrange(7200))
        shared = {"category": flow.category, **flow.extra}
        authorized = flow.day
        if flow.pending_days:
            authorized = bank_days_after(flow.day, -flow.pending_days)
            pending_id = client.ids.plaid()
            seen = instant(authorized, client.zone, 11 * 3600 + client.random.randrange(36000))
            early = plaid.transaction(
                pending_id, account, out, authorized, flow.name, flow.original, pending=True, **shared
            )
            client.put(
                "plaid", "transaction", pending_id, [(seen, early)], cents=out, account=account, gone_at=posted_at
            )
            client.tie(flow.event, flow.kind, "plaid", "transaction", pending_id)
        body = plaid.transaction(
            posted_id, account, out, flow.day, flow.name, flow.original,
            pending_id=pending_id, authorized=authorized, **shared,
        )  # fmt: skip
        client.put("plaid", "transaction", posted_id, [(posted_at, body)], cents=out, account=account)
        client.tie(flow.event, flow.kind, "plaid", "transaction", posted_id)
        client.ledger.append(
            (client.key, flow.day.isoformat(), flow.account, flow.cents, flow.kind, flow.party, flow.event)
        )
    client.profile["plaid"]["accounts"] = [
        {"account_id": accounts[name], "opening_minor": client.openings[name]} for name in ("operating", "savings")
    ]
