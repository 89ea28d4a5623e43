"""Bills: how they arise, which stay open at the end, and how the books, Ramp and the bank show them."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.world.bank_side import cut
from sandbox.world.calendar import bank_day, bank_days_after, day_of, instant, months
from sandbox.world.model import CHECKING, PAYABLES, Bill, Client, Flow, Vendor
from sandbox.world.parties import LEDGER
from sandbox.world.shapes import qbo, ramp

_OPEN_MOST, _OPEN_LEAST = 22, 10
NEVER = date(2999, 1, 1)


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
    _balance_open(client)


def _bill(client: Client, vendor: Vendor, issued: date, cents: int) -> Bill:
    due = issued + timedelta(days=vendor.terms)
    paid = bank_day(due + timedelta(days=client.random.choice((-3, -2, -1, 0, 0, 1, 3, 8))))
    number = f"{vendor.prefix}{vendor.next_number}"
    bill = Bill(client.event(), vendor, number, issued, due, cents, paid, vendor.route)
    client.bills.append(bill)
    return bill


def _balance_open(client: Client) -> None:
    """Bills that the client's own staff will not pay any more: they wait for our product."""
    if not client.trade.ramp:
        return
    end, waiting = client.end, []
    for bill in client.bills:
        if bill.vendor.ramp and bill.paid > end - timedelta(days=6) and bill.due >= end - timedelta(days=10):
            bill.paid = NEVER
            if bill.issued <= end - timedelta(days=6):
                waiting.append(bill)
    waiting.sort(key=lambda bill: bill.due)
    for bill in waiting[: max(0, len(waiting) - _OPEN_MOST)]:
        bill.paid = bank_day(end - timedelta(days=8))
        bill.route = "ramp" if bill.vendor.route == "ramp" else bill.route
    payable = [vendor for vendor in client.vendors if vendor.ramp]
    for at in range(max(0, _OPEN_LEAST - len(waiting))):
        vendor = payable[at % len(payable)]
        vendor.next_number += 3
        issued = end - timedelta(days=client.random.randint(8, 30))
        extra = _bill(client, vendor, issued, client.spread((64_000, 230_000, 720_000, 1_240_000)[at % 4], 0.2))
        extra.due, extra.paid = end + timedelta(days=client.random.randint(-8, 38)), NEVER


def pay(client: Client) -> None:
    """The bank's side of every paid bill."""
    for bill in client.bills:
        if client.first <= bill.paid <= client.last:
            client.flows.append(_debit(client, bill))


def _debit(client: Client, bill: Bill) -> Flow:
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
            _books(client, bill)
        if bill.route == "ramp" and bill.paid <= client.last:
            _ramp(client, bill)


def _books(client: Client, bill: Bill) -> None:
    vendor, number = bill.vendor, client.ids.qbo()
    bill.qbo = number
    seen = client.at(client.books_day(bill.issued, 1, 5) + timedelta(days=bill.late_days))
    open_at_end = bill.paid > client.end
    if open_at_end and bill.issued <= client.end - timedelta(days=6):
        seen = min(seen, instant(client.end - timedelta(days=1), client.zone, 40_000))
    who = (vendor.qbo, vendor.legal)
    wrong = bill.typo_cents or bill.cents

    def state(at: int, token: int, cents: int, left: int, links: list[dict[str, str]]) -> tuple[int, dict[str, object]]:
        lines = [qbo.expense_line(1, cents, vendor.ledger, f"{vendor.name} {bill.issued:%B %Y}")]
        return at, qbo.bill(
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
        body = qbo.bill_payment(
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


def _ramp(client: Client, bill: Bill) -> None:
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
            vendor.qbo,
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
