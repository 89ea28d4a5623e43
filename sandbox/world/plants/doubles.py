"""What is in the books or paid twice, and what only looks so."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.world.calendar import bank_day
from sandbox.world.model import PAYABLES, Bill
from sandbox.world.plants.desk import Desk, line_of, record
from sandbox.world.shapes import qbo_bills


def _again(desk: Desk, bill: Bill, number: str, cents: int, *, event: str, seen: int = 0, issued: date | None = None,
           memo: str = "") -> str:  # fmt: skip
    """The same bill a second time in the books, open; answers its id."""
    vendor, entry = bill.vendor, desk.ids.qbo()
    issued = issued or bill.issued
    seen = seen or desk.client.at(min(desk.client.books_day(bill.issued, 3, 20), desk.end - timedelta(days=1)))
    lines = [qbo_bills.expense_line(1, cents, vendor.ledger, memo or vendor.name)]
    body = qbo_bills.bill(
        entry,
        (vendor.qbo, vendor.legal),
        number,
        issued,
        issued + timedelta(days=vendor.terms),
        cents,
        cents,
        lines,
        PAYABLES,
        memo=memo or None,
        created_at=seen,
        updated_at=seen,
    )
    desk.client.put("qbo", "Bill", entry, [(seen, body)], cents=cents)
    desk.client.tie(event, "bill_payment", "qbo", "Bill", entry)
    return entry


def _pick(desk: Desk, a_year: float, *, route: str = "", paid: bool | None = None, low: int = 5) -> list[Bill]:
    """Bills for a plant, spread over the span, none of them used by a plant before."""
    high = min(desk.client.months * 30, 330)
    found = [bill for bill in desk.known_bills(low, high, paid=paid, route=route) if bill.event not in desk.client.used]
    chosen = desk.spread(found, desk.times(a_year))
    desk.client.used.update(bill.event for bill in chosen)
    return chosen


def _name(desk: Desk, kind: str, bill: Bill, note: str, records: list[dict[str, str]], cents: int) -> None:
    text = f"{bill.vendor.name} {bill.number} {note}"
    desk.client.defect(kind, text, [record("qbo", "Bill", bill.qbo), *records], cents)


def misspelt(number: str, how: int) -> str:
    """A bill number as somebody types it wrong: digits swapped, O for 0, a suffix, a dash lost."""
    digits = [at for at, mark in enumerate(number) if mark.isdigit()]
    swaps = [(a, b) for a, b in zip(digits, digits[1:], strict=False) if number[a] != number[b]]
    if how == 0 and swaps:
        a, b = swaps[-1]
        text = list(number)
        text[a], text[b] = text[b], text[a]
        return "".join(text)
    if how == 1 and "0" in number:
        return number.replace("0", "O", 1)
    if how == 2 and "-" in number:
        return number.replace("-", "")
    return f"{number}-1" if how % 2 else f"0{number}" if number[:1].isdigit() else number.lower()


def typed_again(desk: Desk) -> None:
    """A bill entered twice, the second time under a number with a typing error."""
    for turn, bill in enumerate(_pick(desk, 3)):
        entry = _again(desk, bill, misspelt(bill.number, turn % 4), bill.cents, event=bill.event)
        note = "is in the books again under a misspelt number"
        _name(desk, "duplicate_bill_typo", bill, note, [record("qbo", "Bill", entry)], bill.cents)


def by_hand_and_by_sync(desk: Desk) -> None:
    """A bill that the Ramp sync brought and that somebody had typed in as well."""
    for bill in _pick(desk, 2, route="ramp"):
        seen = desk.client.at(bill.issued + timedelta(days=1))
        near = bill.issued + timedelta(days=desk.draw.choice((0, 0, 1, 2)))
        entry = _again(desk, bill, bill.number, bill.cents, event=bill.event, seen=seen, issued=near,
                       memo=f"{bill.vendor.name} by mail")  # fmt: skip
        note = "came by the Ramp sync and by hand"
        _name(desk, "duplicate_bill_synced", bill, note, [record("qbo", "Bill", entry)], bill.cents)


def split_again(desk: Desk) -> None:
    """A bill entered again as two that add up to it."""
    for bill in _pick(desk, 2):
        first = round(bill.cents * desk.draw.uniform(0.3, 0.7))
        parts = [
            _again(desk, bill, f"{bill.number}{mark}", cents, event=desk.client.event())
            for mark, cents in (("A", first), ("B", bill.cents - first))
        ]
        note = "is in the books again, split in two"
        _name(desk, "duplicate_bill_split", bill, note, [record("qbo", "Bill", one) for one in parts], bill.cents)


def wrong_amount_again(desk: Desk) -> None:
    """A bill entered again with two digits of the amount swapped."""
    for bill in _pick(desk, 2):
        text = str(bill.cents)
        swaps = [at for at in range(len(text) - 3) if text[at] != text[at + 1] and (at or text[1] != "0")]
        if not swaps:
            continue
        at = swaps[-1]
        cents = int(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
        entry = _again(desk, bill, bill.number, cents, event=bill.event)
        note = f"is in the books again at {cents} cents instead of {bill.cents}"
        _name(desk, "duplicate_bill_amount", bill, note, [record("qbo", "Bill", entry)], cents)


def paid_twice(desk: Desk) -> None:
    """A bill paid a second time: another bank line, written down as a plain purchase of the vendor."""
    for bill in _pick(desk, 2, paid=True, low=30):
        event, day = desk.client.event(), bank_day(bill.paid + timedelta(days=desk.draw.randint(2, 11)))
        if day > desk.end - timedelta(days=7):
            day = bank_day(bill.paid + timedelta(days=1))
        route = "check" if bill.route == "ramp" else bill.route
        desk.leave(bill.vendor, event, day, bill.cents, number=bill.number, route=route)
        entry = desk.spend(bill.vendor, day, bill.cents, event, memo=f"{bill.vendor.name} {bill.number}")
        records = [line_of(bill.event), line_of(event), record("qbo", "Purchase", entry)]
        _name(desk, "duplicate_payment", bill, f"was paid again on {day}", records, bill.cents)


def equal_rent(desk: Desk) -> None:
    """A trap: the same amount every month, each one owed."""
    vendor = desk.vendor(desk.draw.randint(60, 240) * 1_000, name=desk.name("material"), terms=10)
    found = []
    for issued in desk.monthly(1):
        bill = desk.owe(vendor, issued, vendor.cents)
        desk.settle(vendor, bill)
        if issued <= desk.end:
            found.append(record("qbo", "Bill", bill.qbo))
    note = f"{vendor.name} bills the same every month; no bill is a duplicate"
    desk.client.defect("trap_equal_rent", note, found)


def equal_installments(desk: Desk) -> None:
    """A trap: one machine in equal parts a fortnight apart, numbered 1/6 to 6/6."""
    vendor = desk.vendor(desk.draw.randint(90, 210) * 1_000, name=desk.name("material"), terms=7)
    start, number, found = desk.end - timedelta(days=min(110, desk.client.months * 30 - 5)), desk.number(vendor), []
    for at in range(6):
        bill = desk.owe(vendor, start + timedelta(days=14 * at), vendor.cents, number=f"{number}-{at + 1}/6",
                        text=f"{vendor.name} installment {at + 1} of 6")  # fmt: skip
        desk.settle(vendor, bill)
        if bill.issued <= desk.end:
            found.append(record("qbo", "Bill", bill.qbo))
    desk.client.defect("trap_equal_installments", f"{vendor.name} bills six equal installments", found)
