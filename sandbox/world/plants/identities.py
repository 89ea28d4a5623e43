"""Vendors under more than one name, and names that are not one vendor."""

from __future__ import annotations

from datetime import timedelta

from sandbox.world import names
from sandbox.world.calendar import bank_day
from sandbox.world.model import Bill
from sandbox.world.parties import LEDGER
from sandbox.world.payables import books, debit, ramp_side
from sandbox.world.plants.desk import Desk, record
from sandbox.world.shapes import qbo, ramp


def renamed(desk: Desk) -> None:
    """A vendor that changed its name half-way, in the books and at the bank."""
    vendor = desk.vendor(desk.draw.randint(40_000, 160_000))
    old, new = vendor.name, desk.name()
    turn = desk.first + (desk.end - desk.first) * 3 // 5
    at = desk.client.at(turn)
    for issued in desk.monthly(vendor.day):
        if issued > turn and vendor.name == old:
            legal = f"{new} {desk.draw.choice(names.LEGAL)}"
            start = desk.client.at(desk.first, 0, 1)
            body = qbo.vendor(vendor.qbo, legal, legal, vendor.email, vendor.phone, sync_token=1, created_at=start,
                              updated_at=at)  # fmt: skip
            row = ("qbo", desk.client.key, "Vendor", vendor.qbo, 1, at, start, 0, None, None, desk.dump(body))
            desk.client.rows.append(row)
            vendor.name, vendor.legal = new, legal
        desk.settle(vendor, desk.owe(vendor, issued, desk.client.spread(vendor.cents, 0.12)))
    note = f"{old} has been {new} since {turn}"
    desk.client.defect("vendor_renamed", note, [record("qbo", "Vendor", vendor.qbo)])


def trade_name(desk: Desk) -> None:
    """Vendors whose bank line shows a trade name, a processor's prefix or a cut name instead of the legal one."""
    stems = (
        f"{desk.draw.choice(names.SECOND)} {desk.draw.choice(('TAPROOM', 'DELI', 'PRINT SHOP', 'GARAGE'))}".upper(),
        "SQ *{short}",
        "PAYPAL *{joined}",
        "TST* {short}",
    )
    for stem in desk.draw.sample(stems, 2):
        vendor = desk.vendor(desk.draw.randint(12_000, 70_000), route="card", terms=5)
        shown = stem.format(short=vendor.name.upper()[:14], joined=vendor.name.upper().replace(" ", "")[:12])
        for issued in desk.monthly(vendor.day):
            desk.settle(vendor, desk.owe(vendor, issued, desk.client.spread(vendor.cents, 0.2)), stem=shown)
        note = f"The bank shows {vendor.legal} as {shown}"
        desk.client.defect("vendor_trade_name", note, [record("qbo", "Vendor", vendor.qbo)])


def twice_in_books(desk: Desk) -> None:
    """One vendor under two names in the books; its bills go to either."""
    vendor = desk.vendor(desk.draw.randint(50_000, 210_000))
    variant = desk.draw.choice((vendor.name.upper(), vendor.name.replace(" ", "  ", 1) + " Co", f"The {vendor.name}",
                                vendor.name.rsplit(" ", 1)[0]))  # fmt: skip
    again = desk.vendor(vendor.cents, name=vendor.name, shown=variant)
    again.prefix, again.route = vendor.prefix, vendor.route
    for issued in desk.monthly(vendor.day):
        one = again if desk.draw.random() < 0.35 else vendor
        number = desk.number(vendor)
        desk.settle(one, desk.owe(one, issued, desk.client.spread(vendor.cents, 0.12), number=number))
    records = [record("qbo", "Vendor", one.qbo) for one in (vendor, again)]
    desk.client.defect("vendor_twice", f"{vendor.legal} is also {variant} in the books", records)


def near_equal_names(desk: Desk) -> None:
    """A trap: two vendors whose names differ by a letter or two and who are not one."""
    first = desk.draw.choice(("Maple", "Cedar", "Birch", "Harrow"))
    near = {"Maple": "Mapel", "Cedar": "Cedars", "Birch": "Burch", "Harrow": "Farrow"}[first]
    rest = f"{desk.draw.choice(names.SECOND)} {desk.draw.choice(names.KINDS['supply'])}"
    found = []
    for word in (first, near):
        vendor = desk.vendor(desk.draw.randint(20_000, 180_000), name=f"{word} {rest}", ledger=LEDGER[0])
        for issued in desk.monthly(vendor.day):
            desk.settle(vendor, desk.owe(vendor, issued, desk.client.spread(vendor.cents, 0.15)))
        found.append(record("qbo", "Vendor", vendor.qbo))
    desk.client.defect("trap_near_equal_vendors", f"{first} {rest} and {near} {rest} are two vendors", found)


def without_link(desk: Desk) -> None:
    """A vendor that Ramp pays and that nobody has tied to its record in the books."""
    if not desk.client.trade.ramp:
        return
    vendor, mine = desk.vendor(desk.draw.randint(60_000, 240_000), route="ramp"), desk.client.profile["ramp"]
    vendor.ramp, vendor.account, vendor.contact = desk.ids.uuid(), desk.ids.uuid(), desk.ids.uuid()
    start = desk.client.at(desk.first, 0, 1)
    contact = ramp.vendor_contact(vendor.contact, vendor.ramp, *vendor.person, vendor.email, vendor.phone)
    shown = ramp.vendor(vendor.ramp, vendor.name, vendor.legal, None, contact, start, entity_id=mine["entity_id"])
    desk.client.put("ramp", "vendor", vendor.ramp, [(start, shown)])
    desk.client.put("ramp", "vendor_contact", vendor.contact, [(start, contact)], account=vendor.ramp)
    where = ramp.vendor_account(vendor.account, vendor.ramp, f"{vendor.name.split()[0]} checking")
    desk.client.put("ramp", "vendor_account", vendor.account, [(start, where)], account=vendor.ramp)
    for issued in desk.monthly(vendor.day):
        due = issued + timedelta(days=vendor.terms)
        paid = bank_day(due + timedelta(days=desk.draw.choice((-1, 0, 1))))
        if desk.end - timedelta(days=6) < paid <= desk.end + timedelta(days=6):
            paid = bank_day(desk.end + timedelta(days=desk.draw.randint(30, 45)))
        cents = desk.client.spread(vendor.cents, 0.1)
        bill = Bill(desk.client.event(), vendor, desk.number(vendor), issued, due, cents, paid, "ramp")
        if paid <= desk.last:
            desk.client.flows.append(debit(desk.client, bill))
        books(desk.client, bill)
        if paid <= desk.last:
            ramp_side(desk.client, bill, linked=False)
    records = [record("ramp", "vendor", vendor.ramp), record("qbo", "Vendor", vendor.qbo)]
    desk.client.defect("vendor_without_link", f"{vendor.name} stands in Ramp without its record in the books", records)
