"""How money settles what is owed: runs, parts, fees and discounts, bundled deposits, credits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sandbox.world.bank_side import cut
from sandbox.world.calendar import bank_day, bank_days_after, day_of, months
from sandbox.world.model import CHECKING, PAYABLES, SALES, UNDEPOSITED, Vendor
from sandbox.world.plants.desk import Desk, Owed, line_of, record
from sandbox.world.shapes import qbo_bills, qbo_sales

_WIRE_FEE = 1_500


def payment_run(desk: Desk) -> None:
    """A weekly vendor paid once a month by one line: the books hold one payment, several, or none at all yet."""
    vendor = desk.vendor(desk.draw.randint(18_000, 60_000), terms=20)
    bills = [desk.owe(vendor, day, desk.client.spread(vendor.cents, 0.18)) for day in desk.weekly()]
    recent = desk.end - timedelta(days=75)
    left_open = 0
    for turn, month in enumerate(months(desk.first, desk.last)):
        mine = [bill for bill in bills if bill.issued.replace(day=1) == month]
        day = bank_day(day_of(month, 28) + timedelta(days=desk.draw.randint(8, 14)))
        if not mine or day > desk.last:
            continue
        if len(mine) == 1:
            desk.leave(vendor, mine[0].event, day, mine[0].cents, number=mine[0].number)
            desk.book_payment(day, [(mine[0], mine[0].cents)], mine[0].event)
            continue
        event, total = desk.client.event(), sum(bill.cents for bill in mine)
        desk.leave(vendor, event, day, total)
        how, booked = turn % 2, []
        if recent <= day <= desk.end - timedelta(days=6) and not left_open:
            how, left_open = 2, 1
        if how == 0:
            booked = [desk.book_payment(day, [(bill, bill.cents) for bill in mine], event)]
        elif how == 1:
            booked = [desk.book_payment(day, [(bill, bill.cents)], bill.event) for bill in mine]
        if day <= desk.end:
            kind = ("payment_run", "payment_run_split_entries", "payment_run_open_bills")[how]
            found = [line_of(event), *(record("qbo", "BillPayment", one) for one in booked)]
            found += [record("qbo", "Bill", bill.qbo) for bill in mine]
            desk.client.defect(kind, f"One line of {day} pays {len(mine)} bills of {vendor.name}", found, total)
    for bill in bills:
        desk.close(bill)


def partial_payment(desk: Desk) -> None:
    """Larger bills paid in two or three parts."""
    vendor = desk.vendor(desk.draw.randint(240_000, 620_000), terms=30, route="check")
    for issued in desk.spread(desk.monthly(vendor.day), desk.times(4)):
        bill = desk.owe(vendor, issued, desk.client.spread(vendor.cents, 0.2))
        count, left = desk.draw.choice((2, 2, 3)), bill.cents
        day, found = bank_day(bill.due - timedelta(days=4)), [record("qbo", "Bill", bill.qbo)]
        for part in range(count):
            if day > desk.last:
                break
            share = desk.draw.choice((0.3, 0.4, 0.5)) * bill.cents
            cents = left if part == count - 1 else min(left - 10_000, round(share / count * 2 / 5_000) * 5_000)
            event = desk.client.event()
            desk.leave(vendor, event, day, cents, number=bill.number)
            payment = desk.book_payment(day, [(bill, cents)], event)
            found += [line_of(event), record("qbo", "BillPayment", payment)]
            left -= cents
            day = bank_day(day + timedelta(days=desk.draw.randint(9, 20)))
        desk.close(bill)
        if bill.due <= desk.end:
            desk.client.defect("partial_payment", f"{vendor.name} {bill.number} is paid in {count} parts", found,
                               bill.cents)  # fmt: skip


def _settled_otherwise(desk: Desk, vendor: Vendor, age: int, times: int, wide: float) -> Iterator[Owed]:
    """A vendor's monthly bills, paid as usual but for so many, at least `age` days old, that come back still owed."""
    dates = desk.monthly(vendor.day)
    chosen = set(desk.spread(desk.history(dates, age), times))
    for issued in dates:
        bill = desk.owe(vendor, issued, desk.client.spread(vendor.cents, wide))
        if issued in chosen:
            yield bill
        else:
            desk.settle(vendor, bill)


def short_by_fee(desk: Desk) -> None:
    """A wire that took its fee along: the bank shows more than the bill."""
    vendor = desk.vendor(desk.draw.randint(210_000, 520_000), terms=15, route="wire")
    for bill in _settled_otherwise(desk, vendor, 40, desk.times(4), 0.15):
        day = bank_day(bill.due)
        desk.leave(vendor, bill.event, day, bill.cents + _WIRE_FEE, number=bill.number)
        payment = desk.book_payment(day, [(bill, bill.cents)], bill.event)
        desk.close(bill)
        desk.client.defect(
            "payment_with_fee", f"The line for {vendor.name} {bill.number} holds a wire fee of {_WIRE_FEE} cents",
            [line_of(bill.event), record("qbo", "BillPayment", payment), record("qbo", "Bill", bill.qbo)], _WIRE_FEE,
        )  # fmt: skip


def discount(desk: Desk) -> None:
    """Two per cent off for paying early, taken as a vendor credit."""
    vendor = desk.vendor(desk.draw.randint(160_000, 420_000), terms=30)
    for bill in _settled_otherwise(desk, vendor, 25, desk.times(4), 0.15):
        off, day = round(bill.cents * 0.02), bank_day(bill.issued + timedelta(days=9))
        credit = desk.ids.qbo()
        desk.leave(vendor, bill.event, day, bill.cents - off, number=bill.number)
        payment = desk.book_payment(day, [(bill, bill.cents)], bill.event, total=bill.cents - off,
                                    credits=[(credit, off)])  # fmt: skip
        _vendor_credit(desk, bill, credit, day, off, "2% early payment discount", bill.settled[-1][0])
        desk.close(bill)
        found = [line_of(bill.event), record("qbo", "BillPayment", payment), record("qbo", "Bill", bill.qbo)]
        found.append(record("qbo", "VendorCredit", credit))
        desk.client.defect("early_discount", f"{vendor.name} {bill.number} is paid less 2 %", found, off)


def _vendor_credit(desk: Desk, bill: Owed, number: str, day: date, cents: int, memo: str, used_at: int) -> None:
    lines = [qbo_bills.expense_line(1, cents, bill.ledger, memo)]
    body = qbo_bills.vendor_credit(number, bill.who, f"CM{bill.number}", day, cents, 0, lines, PAYABLES, memo=memo,
                                   created_at=used_at, updated_at=used_at)  # fmt: skip
    desk.client.put("qbo", "VendorCredit", number, [(used_at, body)], cents=cents)
    desk.client.tie(desk.client.event(), "vendor_credit", "qbo", "VendorCredit", number)


def credit_and_rebill(desk: Desk) -> None:
    """A trap: a bill taken back by a credit and billed again; three records, one debt, nothing twice."""
    vendor = desk.vendor(desk.draw.randint(120_000, 380_000), terms=30)
    for bill in _settled_otherwise(desk, vendor, 30, desk.times(2), 0.1):
        back, credit, payment = bill.issued + timedelta(days=5), desk.ids.qbo(), desk.ids.qbo()
        at = desk.client.at(desk.client.books_day(back, 0, 2))
        at = max(at, bill.seen + 3600)
        # A payment of nothing joins the credit to the bill, as the books do it.
        _vendor_credit(desk, bill, credit, back, bill.cents, f"Credit for {bill.number}", at)
        body = qbo_bills.bill_payment(payment, bill.who, back, 0, CHECKING, [(bill.qbo, bill.cents)],
                                      credits=[(credit, bill.cents)], created_at=at, updated_at=at)  # fmt: skip
        desk.client.put("qbo", "BillPayment", payment, [(at, body)], cents=0)
        desk.client.tie(bill.event, "bill_payment", "qbo", "BillPayment", payment)
        bill.settled.append((at, bill.cents, payment, "BillPaymentCheck"))
        desk.close(bill)
        again = desk.owe(vendor, back + timedelta(days=1), bill.cents, number=f"{bill.number}-R")
        desk.settle(vendor, again)
        found = [record("qbo", "Bill", bill.qbo), record("qbo", "VendorCredit", credit)]
        found.append(record("qbo", "Bill", again.qbo))
        desk.client.defect("trap_credit_rebill", f"{vendor.name} {bill.number} was credited and billed again", found)


def short_deposit(desk: Desk) -> None:
    """A customer pays by card: the bank gets the invoice less the processor's fee, the books the whole."""
    who = desk.customer()
    for issued in desk.spread(desk.history(desk.monthly(7), 30), desk.times(4)):
        bill = desk.invoice(who, issued, desk.client.spread(180_000, 0.4))
        fee = round(bill.cents * 0.029) + 30
        day = bank_days_after(issued + timedelta(days=desk.draw.randint(3, 12)), 2)
        text = f"PAYPORT DES:MERCHDEP ID:{desk.ids.digits(8)} INDN:{cut(desk.client.name, 16)} CCD"
        desk.arrive(bill.event, day, bill.cents - fee, who[1], "PAYPORT MERCH DEP", text)
        deposit = desk.ids.qbo()
        payment, at = desk.receive(who, day, [(bill, bill.cents)], bill.event, into=UNDEPOSITED, deposit=deposit)
        body = qbo_sales.deposit(
            deposit,
            day,
            bill.cents,
            CHECKING,
            [qbo_sales.deposit_of_payment(bill.cents, payment)],
            created_at=at,
            updated_at=at,
        )
        desk.client.put("qbo", "Deposit", deposit, [(at, body)], cents=bill.cents)
        desk.client.tie(bill.event, "invoice_payment", "qbo", "Deposit", deposit)
        desk.close_invoice(bill)
        found = [line_of(bill.event), record("qbo", "Deposit", deposit), record("qbo", "Invoice", bill.qbo)]
        desk.client.defect("deposit_short_fee", f"The deposit of {day} is short by a fee of {fee} cents", found, fee)


def bundled_deposit(desk: Desk) -> None:
    """Several customers' checks in one deposit at the bank; the books hold the payments and no deposit."""
    people = [desk.customer() for _ in range(4)]
    for issued in desk.spread(desk.history(desk.monthly(11), 50), desk.times(4)):
        day = bank_day(issued + timedelta(days=desk.draw.randint(24, 36)))
        event, total, found = desk.client.event(), 0, []
        for who in desk.draw.sample(people, desk.draw.choice((2, 3, 3, 4))):
            bill = desk.invoice(who, issued, desk.client.spread(130_000, 0.5))
            written = day - timedelta(days=desk.draw.randint(0, 2))
            payment, _ = desk.receive(who, written, [(bill, bill.cents)], bill.event)
            desk.close_invoice(bill)
            total += bill.cents
            found.append(record("qbo", "Payment", payment))
        desk.arrive(event, day, total, "Customers", f"MOBILE DEPOSIT {desk.draw.randint(1000, 9999)}")
        note = f"The deposit of {day} holds {len(found)} customers' payments"
        desk.client.defect("bundled_deposit", note, [line_of(event), *found], total)


def payment_for_several(desk: Desk) -> None:
    """One customer pays several invoices at once."""
    who = desk.customer()
    for issued in desk.spread(desk.history(desk.monthly(3), 60), desk.times(3)):
        count = desk.draw.choice((2, 3))
        bills = [desk.invoice(who, issued + timedelta(days=7 * at), desk.client.spread(110_000, 0.4))
                 for at in range(count)]  # fmt: skip
        day, event = bank_day(issued + timedelta(days=desk.draw.randint(34, 44))), desk.client.event()
        total = sum(bill.cents for bill in bills)
        short = cut(who[1], 16)
        desk.arrive(event, day, total, who[1], f"{short} DES:PAYMENTS",
                    f"{short} DES:PAYMENTS ID:{bills[0].number} INDN:{cut(desk.client.name, 16)} CCD")  # fmt: skip
        payment, _ = desk.receive(who, day, [(bill, bill.cents) for bill in bills], event)
        for bill in bills:
            desk.close_invoice(bill)
        found = [line_of(event), record("qbo", "Payment", payment)]
        found += [record("qbo", "Invoice", bill.qbo) for bill in bills]
        desk.client.defect("payment_for_several", f"{who[1]} paid {count} invoices at once", found, total)


def customer_credit(desk: Desk) -> None:
    """A credit memo that a customer uses against an invoice, a sale at the counter and a refund of one."""
    who = desk.customer()
    for turn, issued in enumerate(desk.spread(desk.history(desk.monthly(14), 60), desk.times(2))):
        bill, credit = desk.invoice(who, issued, desk.client.spread(150_000, 0.3)), desk.ids.qbo()
        off, day = round(bill.cents * 0.1), bank_day(issued + timedelta(days=28))
        short = cut(who[1], 16)
        desk.arrive(bill.event, day, bill.cents - off, who[1], f"{short} DES:PAYMENTS")
        payment, at = desk.receive(who, day, [(bill, bill.cents)], bill.event, credits=[(credit, off)])
        versions = []
        for token, (seen, left) in enumerate(((bill.seen + 7200, off), (max(at, bill.seen + 7260), 0))):
            body = qbo_sales.credit_memo(credit, who, f"CR{bill.number}", issued, off, left, SALES, "Price correction",
                                         sync_token=token, created_at=bill.seen + 7200, updated_at=seen)  # fmt: skip
            versions.append((seen, body))
        desk.client.put("qbo", "CreditMemo", credit, versions, cents=off)
        desk.client.tie(desk.client.event(), "customer_credit", "qbo", "CreditMemo", credit)
        desk.close_invoice(bill)
        found = [line_of(bill.event), record("qbo", "Payment", payment), record("qbo", "Invoice", bill.qbo)]
        found.append(record("qbo", "CreditMemo", credit))
        desk.client.defect("customer_credit", f"{who[1]} used a credit of {off} cents", found, off)
        cents = desk.client.spread(24_000, 0.5)
        _counter(desk, who, "SalesReceipt", bank_day(issued + timedelta(days=3)), cents)
        if not turn:
            _counter(desk, who, "RefundReceipt", bank_day(issued + timedelta(days=9)), cents)


def _counter(desk: Desk, who: tuple[str, str], kind: str, day: date, cents: int) -> None:
    event, number = desk.client.event(), desk.ids.qbo()
    at = desk.client.at(desk.client.books_day(day + timedelta(days=1), 0, 3))
    sign, name = (1, "COUNTER DEPOSIT") if kind == "SalesReceipt" else (-1, f"CHECK #{8000 + int(event[1:]) % 900}")
    desk.arrive(event, day, sign * cents, who[1], name)
    body = qbo_sales.at_the_counter(number, who, f"{kind[0]}R{number}", day, cents, CHECKING, SALES, "Counter sale",
                                    created_at=at, updated_at=at)  # fmt: skip
    desk.client.put("qbo", kind, number, [(at, body)], cents=cents)
    desk.client.tie(event, "counter_sale", "qbo", kind, number)
