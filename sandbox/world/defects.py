"""Named defects, planted on purpose: what hygiene, matching and the guards are measured on."""

from __future__ import annotations

from datetime import timedelta

import orjson

from sandbox.world.calendar import bank_day
from sandbox.world.model import CHECKING, PAYABLES, Bill, Client, Flow
from sandbox.world.shapes import qbo_bills, ramp


def spoil_bills(client: Client) -> None:
    """Before anything is shown: bills that never reach the books, reach them late, or with a wrong amount."""
    end = client.end
    recent = [
        bill
        for bill in client.bills
        if end - timedelta(days=80) < bill.paid < end - timedelta(days=10) and bill.route != "ramp"
    ]
    for bill in recent[:3]:
        bill.recorded = False
    for bill in recent[3:5]:
        bill.late_days = 24
    waiting = [
        bill
        for bill in client.bills
        if bill.issued < end - timedelta(days=15)
        and bill.paid > end
        and bill.due < end + timedelta(days=40)
        and bill.vendor.qbo not in client.steady
    ]
    for bill in waiting[:1]:
        text = str(bill.cents)
        bill.typo_cents = int(text[:-4] + text[-3] + text[-4] + text[-2:]) if len(text) > 4 else 0
        if bill.typo_cents == bill.cents:
            bill.typo_cents = bill.cents + 900


def name_bills(client: Client) -> None:
    """After the books are written: name what was spoiled, then add duplicates, a trap and a bank change."""
    for bill in client.bills:
        about = [{"rail": "qbo", "kind": "Bill", "id": bill.qbo}]
        if not bill.recorded:
            client.defect(
                "missing_bill",
                f"{bill.vendor.name} {bill.number} was paid and is not in the books",
                [{"rail": "plaid", "kind": "transaction", "event_id": bill.event}],
                bill.cents,
            )
        elif bill.late_days:
            client.defect(
                "late_entry", f"{bill.vendor.name} {bill.number} was entered {bill.late_days} days late", about,
                bill.cents,
            )  # fmt: skip
        elif bill.typo_cents:
            off = bill.typo_cents - bill.cents
            client.defect("amount_typo", f"{bill.vendor.name} {bill.number} is {bill.cents} cents on paper", about, off)
    _duplicates(client)
    _twins(client)
    _bank_change(client)


def _duplicates(client: Client) -> None:
    end = client.end
    victims: list[Bill] = [
        bill
        for bill in client.bills
        if bill.recorded
        and bill.paid > end
        and bill.vendor.qbo not in client.steady
        and end - timedelta(days=40) < bill.issued < end - timedelta(days=7)
    ][-2:]
    for at, bill in enumerate(victims):
        number, seen = client.ids.qbo(), client.at(end - timedelta(days=3))
        near = f"{bill.number}A" if at else bill.number.replace("-", "") + " "
        lines = [qbo_bills.expense_line(1, bill.cents, bill.vendor.ledger, bill.vendor.name)]
        body = qbo_bills.bill(
            number,
            (bill.vendor.qbo, bill.vendor.legal),
            near.strip() + ("" if at else "."),
            bill.issued,
            bill.due,
            bill.cents,
            bill.cents,
            lines,
            PAYABLES,
            created_at=seen,
            updated_at=seen,
        )
        client.put("qbo", "Bill", number, [(seen, body)], cents=bill.cents)
        client.tie(bill.event, "bill_payment", "qbo", "Bill", number)
        client.defect(
            "duplicate_bill",
            f"{bill.vendor.name} {bill.number} is in the books twice",
            [{"rail": "qbo", "kind": "Bill", "id": bill.qbo}, {"rail": "qbo", "kind": "Bill", "id": number}],
            bill.cents,
        )


def _twins(client: Client) -> None:
    """Two real, equal purchases on one day: no defect, though they look like one."""
    day, found = bank_day(client.end - timedelta(days=16)), []
    for _ in range(2):
        event, number, seen = client.event(), client.ids.qbo(), client.at(day + timedelta(days=2))
        client.flows.append(
            Flow(event, day, -12_500, "debit_purchase", "Toolbarn", "TOOLBARN #0412", "TOOLBARN #0412 PURCHASE")
        )
        lines = [qbo_bills.expense_line(1, 12_500, ("15", "Office and Travel"), "Toolbarn")]
        body = qbo_bills.purchase(
            number, day, 12_500, CHECKING, lines, card=False, memo="Toolbarn", created_at=seen, updated_at=seen
        )
        client.put("qbo", "Purchase", number, [(seen, body)], cents=12_500)
        client.tie(event, "debit_purchase", "qbo", "Purchase", number)
        found.append({"rail": "qbo", "kind": "Purchase", "id": number})
    client.defect("trap_equal_purchases", "Two real purchases of one amount on one day; not a duplicate", found)


def _bank_change(client: Client) -> None:
    waiting = [
        bill
        for bill in client.bills
        if bill.paid > client.end
        and bill.vendor.ramp
        and bill.issued < client.end - timedelta(days=6)
        and bill.vendor.qbo not in client.steady
    ]
    if not waiting:
        return
    owed = sum(bill.cents for bill in waiting if bill.vendor is waiting[-1].vendor)
    vendor, seen, number = waiting[-1].vendor, client.at(client.end - timedelta(days=2)), client.ids.uuid()
    body = ramp.vendor_account(number, vendor.ramp, "New account")
    client.put("ramp", "vendor_account", number, [(seen, body)], account=vendor.ramp)
    for row in client.rows:
        if row[2] == "vendor_account" and row[3] == vendor.account:
            old = orjson.dumps(
                ramp.vendor_account(vendor.account, vendor.ramp, f"{vendor.name.split()[0]} checking", is_default=False)
            )
            client.rows.append((*row[:4], 1, seen, row[6], 0, None, vendor.ramp, old))
            break
    client.defect(
        "bank_change",
        f"{vendor.name} is to be paid to a new account since two days",
        [{"rail": "ramp", "kind": "vendor_account", "id": number}],
        owed,
    )
