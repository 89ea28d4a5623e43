"""The bank: flows become Plaid rows (pending, then posted under a new id) and lines of the true ledger."""

from __future__ import annotations

import re
from datetime import timedelta
from operator import attrgetter

import orjson

from sandbox.world import names
from sandbox.world.calendar import bank_days_after, instant
from sandbox.world.model import Client, Flow
from sandbox.world.shapes import plaid
from sandbox.world.shapes.notation import major

# The bank (of those in `names`) that does not tell the balance after each line.
_SILENT_BANK = 2


def cut(name: str, width: int) -> str:
    """A name as a bank prints it: capitals, no marks, cut short."""
    return re.sub(r"[^A-Z0-9 &]", "", name.upper())[:width].strip()


def show(client: Client) -> None:
    """Write every flow of the client to Plaid and to the ledger."""
    accounts = {name: client.profile["plaid"][f"{name}_account_id"] for name in ("operating", "savings")}
    unseen: dict[str, list[tuple[int, int]]] = {name: [] for name in accounts}
    for flow in sorted(client.flows, key=attrgetter("day", "event", "account")):
        account, out = accounts[flow.account], -flow.cents
        # The bank's night run shows a day's postings in the early hours of the next day.
        posted_at = instant(flow.day + timedelta(days=1), client.zone, 4 * 3600 + client.random.randrange(7200))
        if flow.feed.is_lost:
            unseen[flow.account].append((posted_at, flow.cents))
        else:
            _lines(client, flow, account, out, posted_at)
        client.ledger.append(
            (client.key, flow.day.isoformat(), flow.account, flow.cents, flow.kind, flow.party, flow.event)
        )
    client.profile["plaid"]["accounts"] = [
        {"account_id": accounts[name], "opening_minor": client.openings[name], "unseen": unseen[name]}
        for name in ("operating", "savings")
    ]
    client.profile["plaid"]["tells_balance"] = client.position % len(names.BANKS) != _SILENT_BANK


def _lines(client: Client, flow: Flow, account: str, out: int, posted_at: int) -> None:
    """One flow as the feed tells it: pending, posted, corrected, or twice by mistake."""
    feed, authorized, pending_id = flow.feed, flow.day, None
    posted_id = client.ids.plaid()
    shared = {"category": flow.category, **flow.extra}
    head = (account, out, flow.day, flow.name, flow.original)
    if flow.pending_days:
        authorized = bank_days_after(flow.day, -flow.pending_days)
        pending_id = client.ids.plaid()
        seen = instant(authorized, client.zone, 11 * 3600 + client.random.randrange(36000))
        held = -feed.pending_cents or out
        early = plaid.transaction(
            pending_id, account, held, authorized, flow.name, flow.original, pending=True, **shared
        )
        client.put("plaid", "transaction", pending_id, [(seen, early)], cents=held, account=account, gone_at=posted_at)
        client.tie(flow.event, flow.kind, "plaid", "transaction", pending_id)
    link = pending_id if feed.is_linked else None
    body = plaid.transaction(posted_id, *head, pending_id=link, authorized=authorized, **shared)
    if feed.restated_from:
        first = {**body, "amount": major(-feed.restated_from)}
        client.put("plaid", "transaction", posted_id, [(posted_at, first)], cents=-feed.restated_from, account=account)
        corrected = instant(bank_days_after(flow.day, 2), client.zone, 5 * 3600)
        kept = (client.key, "transaction", posted_id, 1, corrected, posted_at, 0, out, account, orjson.dumps(body))
        client.rows.append(("plaid", *kept))
    else:
        client.put("plaid", "transaction", posted_id, [(posted_at, body)], cents=out, account=account)
    client.tie(flow.event, flow.kind, "plaid", "transaction", posted_id)
    if feed.doubled_days:
        again = client.ids.plaid()
        twin = plaid.transaction(again, *head, authorized=authorized, **shared)
        gone = posted_at + feed.doubled_days * 86_400
        client.put("plaid", "transaction", again, [(posted_at + 60, twin)], cents=out, account=account, gone_at=gone)
        client.tie(flow.event, flow.kind, "plaid", "transaction", again)
