"""Things that go wrong around the records: entries deleted for good, and a bank login that broke."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.world import names
from sandbox.world.calendar import instant
from sandbox.world.model import CHECKING, PAYABLES, Client
from sandbox.world.parties import LEDGER
from sandbox.world.shapes import plaid, qbo_bills

# The client whose bank asks for a new sign-in. The thirteenth: the default world of twelve loads whole, so that a
# newcomer's first failure is one that they planted; larger worlds meet it on the first load.
_STALE_POSITION = 12
_STALE_DAYS = 3
# (days before the end on which it is entered, days for which it stays)
_DELETED = ((96, 9), (41, 2), (17, 5), (3, 5))


def deleted_entries(client: Client) -> None:
    """Entries made by mistake and hard-deleted some days later: QBO's queries never name them again."""
    for number, (before, stays) in enumerate(_DELETED):
        day, cents = client.end - timedelta(days=before), client.spread(43_000, 0.4)
        if day < client.first:
            continue
        entry, seen = client.ids.qbo(), client.at(day)
        gone = seen + stays * 86_400
        lines = [qbo_bills.expense_line(1, cents, LEDGER[8], "Entered by mistake")]
        if number % 2:
            body = qbo_bills.purchase(entry, day, cents, CHECKING, lines, card=False, memo="Entered by mistake",
                                      created_at=seen, updated_at=seen)  # fmt: skip
            client.put("qbo", "Purchase", entry, [(seen, body)], cents=cents, gone_at=gone)
        else:
            vendor = client.random.choice(client.vendors)
            body = qbo_bills.bill(
                entry,
                (vendor.qbo, vendor.legal),
                f"X{entry}",
                day,
                day + timedelta(days=30),
                cents,
                cents,
                lines,
                PAYABLES,
                created_at=seen,
                updated_at=seen,
            )
            client.put("qbo", "Bill", entry, [(seen, body)], cents=cents, gone_at=gone)


def stale_feed(client: Client) -> None:
    """The bank wants its customer to sign in again: since three days nothing new comes over Plaid."""
    if client.position != _STALE_POSITION:
        return
    mine, bank = client.profile["plaid"], names.BANKS[client.position % len(names.BANKS)]
    broke = instant(client.end - timedelta(days=_STALE_DAYS), client.zone, 6 * 3600)
    mine["login_required_at"] = broke
    last_good = datetime.fromtimestamp(broke, UTC).isoformat().replace("+00:00", "Z")
    opened = next(row[5] for row in client.rows if row[2] == "item")
    client.rows = [row for row in client.rows if row[2] != "item"]
    shown = [
        (opened, plaid.item(mine["item_id"], *bank)),
        (broke, plaid.item(mine["item_id"], *bank, last_good=last_good)),
    ]
    client.put("plaid", "item", mine["item_id"], shown)
    note = f"The bank has asked for a new sign-in since {last_good[:10]}; the feed stands still"
    client.defect("stale_rail", note, [{"rail": "plaid", "kind": "item", "id": mine["item_id"]}])
