"""What a bank and its feed do: corrected and withdrawn lines, tips, transfers in two halves, a day that never came."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.world.calendar import bank_day, bank_days_after
from sandbox.world.model import CHECKING, SAVINGS, UNCATEGORIZED, Client, Feed, Flow, Vendor
from sandbox.world.plants.desk import Desk, line_of, record
from sandbox.world.shapes import qbo

_OWN = ("TRANSFER_OUT", "TRANSFER_OUT_ACCOUNT_TRANSFER")


def _days(desk: Desk, count: int) -> list[int]:
    """So many days before the end, spread over the span and none of them too fresh."""
    longest = max(12, min(desk.client.months * 30 - 10, 320))
    return [9 + round((longest - 9) * (at + desk.draw.random() * 0.8) / count) for at in range(count)]


def _shop(desk: Desk) -> Vendor:
    return desk.vendor(desk.draw.randint(6_000, 24_000), name=desk.name("supply"), route="card")


def _purchase(desk: Desk, vendor: Vendor, before: int, cents: int, feed: Feed, kind: str, note: str, stake: int,
              pending: int = 0) -> None:  # fmt: skip
    day, event = bank_day(desk.end - timedelta(days=before)), desk.client.event()
    flow = desk.leave(vendor, event, day, cents, feed=feed, pending_days=pending)
    entry = desk.spend(vendor, day, -flow.cents, event)
    desk.client.defect(kind, f"{vendor.name} {day} {note}", [line_of(event), record("qbo", "Purchase", entry)], stake)


def restated(desk: Desk) -> None:
    """A posted line whose amount the bank corrects two days later."""
    vendor = _shop(desk)
    for before in _days(desk, desk.times(3)):
        cents = desk.client.spread(vendor.cents, 0.3)
        wrong = cents + desk.draw.choice((-900, 1_000, 2_700))
        _purchase(desk, vendor, before, cents, Feed(restated_from=-wrong), "line_restated",
                  f"posted at {wrong} cents and was corrected to {cents}", wrong - cents)  # fmt: skip


def withdrawn(desk: Desk) -> None:
    """A line that came twice; the bank takes the second one back some days later."""
    vendor = _shop(desk)
    for before in _days(desk, desk.times(3)):
        cents = desk.client.spread(vendor.cents, 0.3)
        _purchase(desk, vendor, before, cents, Feed(doubled_days=3), "line_removed",
                  "came twice over the feed and one was removed", cents)  # fmt: skip


def tips(desk: Desk) -> None:
    """A card line that posts with a tip on top of what was pending, sometimes without naming it."""
    vendor = _shop(desk)
    for turn, before in enumerate(_days(desk, desk.times(6))):
        held = desk.client.spread(vendor.cents, 0.3)
        cents = held + round(held * desk.draw.choice((0.15, 0.18, 0.2)))
        is_linked = turn % 2 == 0
        kind = "pending_changed" if is_linked else "pending_unlinked"
        note = f"was pending at {held} cents and posted at {cents}{'' if is_linked else ' without naming it'}"
        feed = Feed(pending_cents=-held, is_linked=is_linked)
        _purchase(desk, vendor, before, cents, feed, kind, note, cents - held, pending=1)


def wrong_account(desk: Desk) -> None:
    """Paid from checking, entered on savings."""
    vendor = _shop(desk)
    for before in _days(desk, desk.times(2)):
        day, event = bank_day(desk.end - timedelta(days=before)), desk.client.event()
        cents = desk.client.spread(45_000, 0.3)
        desk.leave(vendor, event, day, cents)
        entry = desk.spend(vendor, day, cents, event, source=SAVINGS)
        note = f"{vendor.name} {day} left checking and stands on savings in the books"
        desk.client.defect("wrong_account", note, [line_of(event), record("qbo", "Purchase", entry)], cents)


def uncategorized(desk: Desk) -> None:
    """Purchases that stand in Uncategorized Expense."""
    vendor = _shop(desk)
    for before in _days(desk, desk.times(4)):
        day, event = bank_day(desk.end - timedelta(days=before)), desk.client.event()
        cents = desk.client.spread(21_000, 0.4)
        desk.leave(vendor, event, day, cents)
        entry = desk.spend(vendor, day, cents, event, ledger=UNCATEGORIZED)
        note = f"{vendor.name} {day} stands in Uncategorized Expense"
        desk.client.defect("uncategorized", note, [record("qbo", "Purchase", entry), line_of(event)], cents)


def transfer_apart(desk: Desk) -> None:
    """An own transfer that leaves one account on a day and reaches the other on the next."""
    for turn, before in enumerate(_days(desk, desk.times(4))):
        day = bank_day(desk.end - timedelta(days=before))
        _move(desk, day, (1 if turn % 2 else -1) * desk.draw.randint(20, 90) * 5_000, apart=1)


def transfer_one_side(desk: Desk) -> None:
    """An own transfer to and from an account that no feed reaches: one side only."""
    for before in _days(desk, desk.times(2)):
        day = bank_day(desk.end - timedelta(days=before))
        _move(desk, day, -desk.draw.randint(20, 60) * 5_000, apart=None)
        _move(desk, bank_days_after(day, 4), desk.draw.randint(10, 20) * 5_000, apart=None)


def _move(desk: Desk, day: date, cents: int, *, apart: int | None) -> None:
    event, number = desk.client.event(), desk.ids.qbo()
    word = "FROM" if cents > 0 else "TO"
    desk.client.flows.append(Flow(event, day, cents, "own_transfer", "Own account", "ONLINE TRANSFER",
                                  f"ONLINE TRANSFER {word} BUSINESS ACCT", category=_OWN))  # fmt: skip
    other = SAVINGS
    if apart is None:
        # The payroll account of another bank: in the books, but on no feed.
        other = ("37", "Payroll Checking")
    else:
        word = "TO" if cents > 0 else "FROM"
        desk.client.flows.append(Flow(event, bank_days_after(day, apart), -cents, "own_transfer", "Own account",
                                      "ONLINE TRANSFER", f"ONLINE TRANSFER {word} BUSINESS ACCT", account="savings",
                                      category=_OWN))  # fmt: skip
    source, goal = (other, CHECKING) if cents > 0 else (CHECKING, other)
    at = desk.client.at(desk.client.books_day(day + timedelta(days=1), 0, 3))
    body = qbo.transfer(number, day, abs(cents), source, goal, "Own transfer", created_at=at, updated_at=at)
    desk.client.put("qbo", "Transfer", number, [(at, body)], cents=abs(cents))
    desk.client.tie(event, "own_transfer", "qbo", "Transfer", number)
    kind = "transfer_one_side" if apart is None else "transfer_day_apart"
    where = "an account that no feed reaches" if apart is None else "savings, a day apart"
    desk.client.defect(kind, f"Own transfer of {day} with {where}", [line_of(event), record("qbo", "Transfer", number)],
                       cents)  # fmt: skip


def lost_day(client: Client) -> None:
    """A bank day whose lines never came over the feed, while the balance has them: one in the past, one to come."""
    for day in (bank_days_after(client.end, -24), bank_days_after(client.end, 5)):
        lost = [flow for flow in client.flows if flow.day == day and flow.account == "operating"]
        if not lost or day <= client.first:
            continue
        for flow in lost:
            flow.feed = Feed(is_lost=True)
            flow.pending_days = 0
        records = [{"rail": "plaid", "kind": "day", "account": "operating", "date": day.isoformat()}]
        records += [{"rail": "plaid", "kind": "lost", "event_id": flow.event} for flow in lost]
        total = sum(abs(flow.cents) for flow in lost)
        client.defect("dropped_feed_day", f"{len(lost)} lines of {day} never came over the feed", records, total)
