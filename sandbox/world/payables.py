"""Bills: how they arise, which stay open at the end, and how the books, Ramp and the bank show them."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.world.bank_side import cut
from sandbox.world.calendar import bank_day, bank_days_after, day_of, instant, months
from sandbox.world.model import CHECKING, PAYABLES, Bill, Client, Flow, Vendor
from sandbox.world.parties import LEDGER
from sandbox.world.shapes import qbo, qbo_bills, ramp

_OPEN_MOST = 10
_TROUBLE_POSITION = 2


def arise(client: Client) -> None:
    """Make the true bills of the whole span."""
    draw = client.random
    for vendor in client.vendors:
        for month in months(client.first, client.last):
            season = client.trade.season[month.month - 1]
            for again in range(2 if vendor.cents < 100_000 else 1):
                issued = day_of(month, (vendor.day + 14 * again - 1) % 28 + 1)
                if not client.first <= issued <= client.last or draw.random() < 0.06:
                    continue
                vendor.next_number += draw.randint(1, 9)
                _bill(client, vendor, issued, client.spread(round(vendor.cents * season), 0.12))
    _leave_open(client)


def _bill(client: Client, vendor: Vendor, issued: date, cents: int) -> Bill:
    due = issued + timedelta(days=vendor.terms)
    paid = bank_day(due + timedelta(days=client.random.choice((-3, -2, -1, 0, 0, 1, 3, 8))))
    number = f"{vendor.prefix}{vendor.next_number}"
    bill = Bill(client.event(), vendor, number, issued, due, cents, paid, vendor.route)
    client.bills.append(bill)
    return bill


def _leave_open(client: Client) -> None:
    """Bills that wait at the end. The client's own staff would pay them weeks later, unless we do before."""
    if not client.trade.ramp:
        return
    end, waiting, draw = client.end, [], client.random
    for bill in client.bills:
        if not bill.vendor.ramp or bill.paid <= end - timedelta(days=6) or bill.due < end - timedelta(days=10):
            continue
        if bill.issued <= end - timedelta(days=6):
            waiting.append(bill)
            bill.paid = bank_day(max(bill.due, end) + timedelta(days=draw.randint(26, 55)))
        else:
            bill.paid = bank_day(bill.due + timedelta(days=draw.randint(4, 9)))
    in_order = {bill.event for bill in _in_order(client, waiting)}
    others = sorted((bill for bill in waiting if bill.event not in in_order), key=lambda bill: bill.due)
    for bill in others[: max(0, len(others) - _OPEN_MOST)]:
        bill.paid = bank_day(max(end - timedelta(days=8), bill.issued + timedelta(days=1)))


def _in_order(client: Client, waiting: list[Bill]) -> list[Bill]:
    """Bills without any blemish, due about now, of vendors with a history: small ones and middling ones."""
    end, found = client.end, []
    known = [
        vendor
        for vendor in client.vendors
        if vendor.ramp and any(b.vendor is vendor and b.paid < end - timedelta(days=50) for b in client.bills)
    ]
    small = [vendor for vendor in known if vendor.cents < 80_000][:4]
    middling = [vendor for vendor in known if 115_000 <= vendor.cents < 430_000][:4]
    for at, vendor in enumerate(small + middling):
        client.steady.add(vendor.qbo)
        mine = [bill for bill in waiting if bill.vendor is vendor]
        if mine:
            bill = mine[-1]
        else:
            vendor.next_number += 3
            bill = _bill(client, vendor, end, client.spread(vendor.cents, 0.06))
        bill.due = end + timedelta(days=(at * 5) % 15 - 2)
        bill.issued = min(bill.due - timedelta(days=vendor.terms), end - timedelta(days=8))
        bill.paid = bank_day(end + timedelta(days=client.random.randint(30, 55)))
        found.append(bill)
    _trouble(client, found)
    return found


def _trouble(client: Client, bills: list[Bill]) -> None:
    """One client has a vendor whose payments bounce at Ramp and one whose bank sends them back."""
    if client.position == _TROUBLE_POSITION and len(bills) > 1:
        mine = client.profile["ramp"]
        mine["payment_error_vendor_ids"] = [bills[0].vendor.ramp]
        mine["payment_return_vendor_ids"] = [bills[-1].vendor.ramp]


def pay(client: Client) -> None:
    """The bank's side of every paid bill."""
    for bill in client.bills:
        if client.first <= bill.paid <= client.last:
            client.flows.append(debit(client, bill))


def debit(client: Client, bill: Bill) -> Flow:
    """The bank's side of a paid bill."""
    short = cut(bill.vendor.name, 16)
    extra: dict[str, object] = {}
    if bill.route == "ramp":
        trace = client.ids.digits(15, f"trace {bill.event}")
        extra = {"reference": trace, "method": "ACH"}
        name = f"RAMP BILL PAY {short}"
        text = f"RAMP BILL PAY DES:VENDOR PMT ID:{trace[-10:]} INDN:{short} CO ID:XXXXX12407 CCD {cut(client.name, 22)}"
    elif bill.route == "check":
        number = str(2000 + int(bill.event[1:]) % 7000)
        extra = {"check": number, "method": "Check"}
        name = text = f"CHECK #{number}"
    else:
        name = f"{short} ACH PMT"
        text = f"ACH DEBIT {short} DES:PAYMENT ID:{bill.number} INDN:{cut(client.name, 16)} CCD"
    return Flow(
        bill.event,
        bill.paid,
        -bill.cents,
        "bill_payment",
        bill.vendor.name,
        name,
        text,
        category=("GENERAL_SERVICES", "GENERAL_SERVICES_OTHER_GENERAL_SERVICES"),
        pending_days=1 if bill.route == "ach" and client.random.random() < 0.5 else 0,
        extra=extra,
    )


def show(client: Client) -> None:
    """Write bills, their payments and Ramp's view of them."""
    for bill in client.bills:
        if bill.recorded:
            books(client, bill)
        if bill.route == "ramp" and bill.paid <= client.last:
            ramp_side(client, bill)


def books(client: Client, bill: Bill) -> None:
    """The bill and its payment in the books."""
    vendor, number = bill.vendor, client.ids.qbo()
    bill.qbo = number
    seen = client.at(client.books_day(bill.issued, 1, 5) + timedelta(days=bill.late_days))
    open_at_end = bill.paid > client.end
    if open_at_end and bill.issued <= client.end - timedelta(days=6):
        seen = min(seen, instant(client.end - timedelta(days=1), client.zone, 40_000))
    who = (vendor.qbo, vendor.legal)
    wrong = bill.typo_cents or bill.cents

    def state(at: int, token: int, cents: int, left: int, links: list[dict[str, str]]) -> tuple[int, dict[str, object]]:
        lines = [qbo_bills.expense_line(1, cents, vendor.ledger, f"{vendor.name} {bill.issued:%B %Y}")]
        return at, qbo_bills.bill(
            number,
            who,
            bill.number,
            bill.issued,
            bill.due,
            cents,
            left,
            lines,
            PAYABLES,
            payments=links,
            sync_token=token,
            created_at=seen,
            updated_at=at,
        )

    versions = [state(seen, 0, wrong, wrong, [])]
    if client.first <= bill.paid <= client.last:
        payment = client.ids.qbo()
        lag = (1, 2) if bill.route == "ramp" else (1, 6)
        paid_at = max(client.at(client.books_day(bill.paid + timedelta(days=1), *lag)), seen + 3600)
        link = [qbo.linked(payment, "BillPaymentCheck")]
        versions.append(state(paid_at, 1, bill.cents, 0, link))
        reference = bill.number if bill.route == "ramp" else None
        body = qbo_bills.bill_payment(
            payment,
            who,
            bill.paid,
            bill.cents,
            CHECKING,
            [(number, bill.cents)],
            number=reference,
            memo="Ramp Bill Pay" if bill.route == "ramp" else None,
            created_at=paid_at,
            updated_at=paid_at,
        )
        client.put("qbo", "BillPayment", payment, [(paid_at, body)], cents=bill.cents)
        client.tie(bill.event, "bill_payment", "qbo", "BillPayment", payment)
    client.put("qbo", "Bill", number, versions, cents=bill.cents)
    client.tie(bill.event, "bill_payment", "qbo", "Bill", number)


def ramp_side(client: Client, bill: Bill, *, linked: bool = True) -> None:
    """Ramp's bill and its payment; `linked` says whether Ramp knows the vendor of the books."""
    vendor, mine, bill_id = bill.vendor, client.profile["ramp"], client.ids.uuid()
    if not vendor.ramp:
        return
    starts = bank_days_after(bill.paid, -2)
    created = client.at(max(bill.issued, starts - timedelta(days=client.random.randint(2, 9))))
    started = max(instant(starts, client.zone, 9 * 3600), created + 60)
    done = instant(bill.paid + timedelta(days=1), client.zone, 5 * 3600)
    friendly, payment_id, owner = f"P-{client.ids.digits(5)}", client.ids.uuid(), mine["people"][1]
    trace = client.ids.digits(15, f"trace {bill.event}")
    owner = {name: owner[name] for name in ("id", "first_name", "last_name")}
    coding = ramp.category(*vendor.ledger)

    def state(at: int, summary: str, paid: bool) -> tuple[int, dict[str, object]]:
        money = ramp.payment(
            payment_id,
            friendly,
            bill.cents,
            starts,
            mine["bank_account_id"],
            vendor.account,
            effective=starts if at >= started else None,
            trace=trace if at >= started else None,
        )
        return at, ramp.bill(
            bill_id,
            mine["entity_id"],
            vendor.ramp,
            vendor.name,
            vendor.qbo if linked else None,
            vendor.contact,
            bill.number,
            bill.cents,
            bill.issued,
            bill.due,
            created,
            owner,
            coding,
            status="PAID" if paid else "OPEN",
            approval="APPROVED",
            summary=summary,
            sync="BILL_AND_PAYMENT_SYNCED" if paid else "BILL_SYNCED",
            paid_at=done if paid else None,
            payment_body=money,
            memo=f"{vendor.name} {bill.issued:%b %Y}",
        )

    versions = [
        state(created, "PAYMENT_SCHEDULED", False),
        state(started, "PAYMENT_PROCESSING", False),
        state(done, "PAYMENT_COMPLETED", True),
    ]
    client.put("ramp", "bill", bill_id, versions, cents=bill.cents)
    client.tie(bill.event, "bill_payment", "ramp", "bill", bill_id)


def edges(client: Client) -> None:
    """Ramp bills of every awkward state, and a draft: what approvals have to cope with."""
    if not client.trade.ramp:
        return
    mine, end = client.profile["ramp"], client.end
    owner = {name: mine["people"][0][name] for name in ("id", "first_name", "last_name")}
    states = (
        ("PENDING", "APPROVAL_PENDING"),
        ("REJECTED", "APPROVAL_REJECTED"),
        ("APPROVED", "AWAITING_RELEASE"),
        ("APPROVED", "ON_HOLD"),
        ("APPROVED", "PAYMENT_DETAILS_MISSING"),
    )
    payable = [vendor for vendor in client.vendors if vendor.ramp]
    for at, (approval, summary) in enumerate(states):
        vendor, bill_id, cents = payable[(at * 3 + 1) % len(payable)], client.ids.uuid(), client.spread(190_000, 0.6)
        created = client.at(end - timedelta(days=9 - at))
        body = ramp.bill(
            bill_id,
            mine["entity_id"],
            vendor.ramp,
            vendor.name,
            vendor.qbo,
            vendor.contact,
            f"R{client.ids.digits(6)}",
            cents,
            end - timedelta(days=12),
            end + timedelta(days=9 + at),
            created,
            owner,
            ramp.category(*LEDGER[1]),
            status="OPEN",
            approval=approval,
            summary=summary,
            sync="NOT_SYNCED",
            memo=vendor.name,
        )
        client.put("ramp", "bill", bill_id, [(created, body)], cents=cents)
    vendor, draft = payable[0], client.ids.uuid()
    seen = client.at(end - timedelta(days=3))
    body = ramp.draft_bill(
        draft,
        mine["entity_id"],
        vendor.ramp,
        vendor.name,
        vendor.qbo,
        f"D{client.ids.digits(5)}",
        88_000,
        end - timedelta(days=4),
        end + timedelta(days=20),
        seen,
        owner,
    )
    client.put("ramp", "draft_bill", draft, [(seen, body)], cents=88_000)
