"""Vendors that come again: weekly to yearly, dearer, gone, or silent when they were due."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.world.calendar import bank_day
from sandbox.world.model import Vendor
from sandbox.world.parties import LEDGER
from sandbox.world.plants.desk import Desk, Record, line_of, record


def _life(desk: Desk, kind: str, vendor: Vendor, dates: list[date], *, sigma: float, rises: bool = False,
          stops: bool = False, silent: int = 0, named: bool = True) -> None:  # fmt: skip
    """The vendor's bills on `dates`; the last `silent` due ones never come: paid all the same, and not, in turn."""
    past = [day for day in dates if day <= desk.end - timedelta(days=18)]
    quiet = list(past[-3::-4][:silent]) if len(past) > 4 else list(past[-1:][:silent])
    rise_at = past[len(past) * 2 // 3] if rises and len(past) > 3 else None
    last = past[len(past) * 3 // 5] if stops and len(past) > 4 else desk.last
    cents = vendor.cents
    found: list[Record] = []
    for issued in dates:
        if issued > last:
            break
        if issued == rise_at:
            cents = round(cents * desk.draw.uniform(1.06, 1.18) / 100) * 100
            desk.client.defect("price_rise", f"{vendor.name} bills {cents} instead of {vendor.cents} from {issued} on",
                               [_vendor(vendor, issued, cents)], cents - vendor.cents)  # fmt: skip
        amount = desk.client.spread(cents, sigma) if sigma else cents
        if issued in quiet:
            _silent(desk, vendor, issued, amount, paid=(quiet.index(issued) + desk.client.position) % 2 == 0)
            continue
        bill = desk.owe(vendor, issued, amount)
        desk.settle(vendor, bill)
        if issued <= desk.end:
            found.append(record("qbo", "Bill", bill.qbo))
    if stops and last < desk.last:
        note = f"{vendor.name} has billed for the last time on {last}; nothing more is due"
        desk.client.defect("vendor_stopped", note, [_vendor(vendor, last, cents), *found[-3:]])
    if named:
        desk.client.defect(kind, f"{vendor.name} bills {kind.removeprefix('recurring_')}",
                           [record("qbo", "Vendor", vendor.qbo), *found])  # fmt: skip


def _vendor(vendor: Vendor, day: date, cents: int) -> Record:
    more = {"expected_date": day.isoformat(), "amount_minor": str(cents)}
    return {**record("qbo", "Vendor", vendor.qbo), **more}


def _silent(desk: Desk, vendor: Vendor, issued: date, cents: int, *, paid: bool) -> None:
    """A bill that was due and is not in the books; when it is paid all the same, only the bank knows."""
    event, expected = desk.client.event(), _vendor(vendor, issued, cents)
    day = bank_day(issued + timedelta(days=vendor.terms))
    if paid and day <= desk.end - timedelta(days=5):
        desk.leave(vendor, event, day, cents)
        note = f"The bill of {vendor.name} due about {issued} was paid and is not in the books"
        desk.client.defect("recurring_missing_paid", note, [line_of(event), expected], cents)
    else:
        note = f"The bill of {vendor.name} due about {issued} has not come"
        desk.client.defect("recurring_missing_unpaid", note, [expected], cents)


def weekly(desk: Desk) -> None:
    """A weekly vendor of which a few bills did not come."""
    vendor = desk.vendor(desk.draw.randint(9_000, 32_000), terms=7)
    _life(desk, "recurring_weekly", vendor, desk.weekly(), sigma=0.08, silent=desk.times(2))


def monthly(desk: Desk) -> None:
    """A monthly vendor of one price, and a bill of it that did not come."""
    vendor = desk.vendor(desk.draw.randint(290, 1_900) * 100, name=desk.name("software"), terms=14, ledger=LEDGER[2])
    _life(desk, "recurring_monthly", vendor, desk.monthly(vendor.day), sigma=0.0, silent=desk.times(1))


def quarterly(desk: Desk) -> None:
    """A quarterly vendor whose last bill did not come, and one that goes on."""
    for silent in (1, 0):
        vendor = desk.vendor(desk.draw.randint(900, 4_200) * 100, terms=20, ledger=LEDGER[5])
        day = desk.end - timedelta(days=desk.draw.randint(22, 55))
        dates = _back_and_on(desk, day, 91)
        _life(desk, "recurring_quarterly", vendor, dates, sigma=0.02, silent=silent)


def annual(desk: Desk) -> None:
    """A vendor that bills once a year: last year's bill is in the books, this year's did not come or was only paid."""
    vendor = desk.vendor(desk.draw.randint(1_500, 7_800) * 100, terms=15, ledger=LEDGER[7])
    if desk.client.months < 13:
        return
    day = desk.end - timedelta(days=desk.draw.randint(30, 60))
    dates = [one for one in (day - timedelta(days=365), day) if desk.first <= one]
    _life(desk, "recurring_annual", vendor, dates, sigma=0.03, silent=1)


def price_rise(desk: Desk) -> None:
    """A monthly vendor that becomes dearer."""
    vendor = desk.vendor(desk.draw.randint(400, 2_400) * 100, name=desk.name("software"), terms=10, ledger=LEDGER[2])
    _life(desk, "recurring_monthly", vendor, desk.monthly(vendor.day), sigma=0.0, rises=True)


def stopped(desk: Desk) -> None:
    """A monthly vendor that ended: no bill of it is missing."""
    vendor = desk.vendor(desk.draw.randint(300, 1_400) * 100, terms=10)
    _life(desk, "recurring_monthly", vendor, desk.monthly(vendor.day), sigma=0.05, stops=True)


def _back_and_on(desk: Desk, day: date, step: int) -> list[date]:
    found = []
    while day - timedelta(days=step) >= desk.first:
        day -= timedelta(days=step)
    while day <= desk.last - timedelta(days=25):
        found.append(day)
        day += timedelta(days=step)
    return found
