"""What comes in: invoices paid by their customers' habits, and the day's sales of cash trades."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.world import names
from sandbox.world.bank_side import cut
from sandbox.world.calendar import bank_day, bank_days_after, days, is_bank_day, months
from sandbox.world.model import CHECKING, SALES, UNDEPOSITED, Client, Flow
from sandbox.world.shapes import qbo, qbo_sales


def monthly_outflow(client: Client) -> int:
    """Average cents that leave in a month."""
    span = (client.last - client.first).days / 30.4
    return round(-sum(flow.cents for flow in client.flows if flow.cents < 0) / span)


def shares(client: Client) -> dict[str, float]:
    """How the trade's revenue splits over the ways of getting paid."""
    weight = {
        "invoices": 1.0 if client.trade.invoices_a_month > 2 else 0.12 if client.trade.invoices_a_month else 0.0,
        "daily": 2.5 if client.trade.daily_sales else 0.0,
        "stripe": 1.6 if client.trade.stripe else 0.0,
    }
    total = sum(weight.values())
    return {name: value / total for name, value in weight.items()}


def swing(client: Client, day: date) -> float:
    """Season, and the downturn of a client in trouble."""
    value = client.trade.season[day.month - 1]
    value /= sum(client.trade.season) / 12
    if client.standing == "risk" and client.end - timedelta(days=120) < day:
        value *= 0.74
    if client.standing == "watch" and client.end - timedelta(days=90) < day:
        value *= 0.88
    return value


def invoices(client: Client, monthly: int) -> None:
    """Invoices and their payments, `monthly` cents a month on average."""
    draw, trade, ids = client.random, client.trade, client.ids
    if not trade.invoices_a_month or monthly <= 0:
        return
    start = client.at(client.first, 0, 1)
    customers = []
    for at in range(max(4, trade.invoices_a_month)):
        name = f"{draw.choice(names.FIRST)} {draw.choice(names.SECOND)} {draw.choice(names.KINDS['service'])}"
        number = ids.qbo()
        body = qbo.customer(number, name, f"{name} LLC", f"ap{at}@example.com", created_at=start, updated_at=start)
        client.put("qbo", "Customer", number, [(start, body)])
        customers.append((number, name, draw.choice((-4, 0, 2, 5, 9, 14, 28))))
    count, serial = trade.invoices_a_month, draw.randint(1000, 4000)
    # Money of the first months was invoiced before the books begin: start the round earlier than the span.
    for month in months(client.first - timedelta(days=60), client.last):
        for _ in range(count):
            day = month + timedelta(days=draw.randint(0, 27))
            customer, name, lag = draw.choice(customers)
            cents = client.spread(round(monthly / count * swing(client, day)), trade.lump)
            serial += 1
            due = day + timedelta(days=30)
            paid = bank_day(due + timedelta(days=lag + draw.randint(-3, 6)))
            if paid < client.first or day > client.last:
                continue
            _invoice(
                client,
                (customer, name),
                str(serial),
                max(day, client.first - timedelta(days=60)),
                due,
                cents,
                paid,
                unpaid=draw.random() < 0.02 and day > client.end - timedelta(days=200),
            )


def _invoice(
    client: Client, who: tuple[str, str], number: str, day: date, due: date, cents: int, paid: date, *, unpaid: bool
) -> None:
    event, invoice, draw = client.event(), client.ids.qbo(), client.random
    seen = client.at(max(day, client.first), 12, 6)
    text = "Professional services"

    def state(at: int, token: int, left: int, links: list[dict[str, str]]) -> tuple[int, dict[str, object]]:
        return at, qbo_sales.invoice(
            invoice,
            who,
            number,
            day,
            due,
            cents,
            left,
            SALES,
            text,
            payments=links,
            sync_token=token,
            created_at=seen,
            updated_at=at,
        )

    versions = [state(seen, 0, cents, [])]
    if not unpaid and paid <= client.last:
        by_check = draw.random() < 0.3
        short = cut(who[1], 16)
        bank_name = f"MOBILE DEPOSIT {draw.randint(1000, 9999)}" if by_check else f"{short} DES:PAYMENTS"
        original = bank_name if by_check else f"{short} DES:PAYMENTS ID:{number} INDN:{cut(client.name, 16)} CCD"
        client.flows.append(
            Flow(
                event,
                paid,
                cents,
                "invoice_payment",
                who[1],
                bank_name,
                original,
                category=("INCOME", "INCOME_OTHER_INCOME"),
                pending_days=int(by_check),
            )
        )
        payment = client.ids.qbo()
        at = max(client.at(client.books_day(paid + timedelta(days=1), 0, 4)), seen + 3600)
        versions.append(state(at, 1, 0, [qbo.linked(payment, "Payment")]))
        target = UNDEPOSITED if by_check else CHECKING
        links = []
        if by_check:
            deposit = client.ids.qbo()
            links = [qbo.linked(deposit, "Deposit")]
            shown = qbo_sales.deposit(
                deposit,
                paid,
                cents,
                CHECKING,
                [qbo_sales.deposit_of_payment(cents, payment)],
                created_at=at,
                updated_at=at,
            )
            client.put("qbo", "Deposit", deposit, [(at, shown)], cents=cents)
            client.tie(event, "invoice_payment", "qbo", "Deposit", deposit)
        body = qbo_sales.payment(
            payment, who, paid, cents, [(invoice, cents)], target, payments=links, created_at=at, updated_at=at
        )
        client.put("qbo", "Payment", payment, [(at, body)], cents=cents)
        client.tie(event, "invoice_payment", "qbo", "Payment", payment)
    client.put("qbo", "Invoice", invoice, versions, cents=cents)
    client.tie(event, "invoice_payment", "qbo", "Invoice", invoice)


def daily_sales(client: Client, monthly: int) -> None:
    """One processor deposit a bank day; the weekend's sales arrive on Monday."""
    stem = client.trade.daily_sales
    if not stem or monthly <= 0:
        return
    carried = 0
    for day in days(client.first, client.last):
        weekend = 1.35 if day.weekday() >= 4 else 0.85
        carried += client.spread(round(monthly / 30.4 * swing(client, day) * weekend), client.trade.volatility)
        settle = bank_days_after(day, 1)
        if not is_bank_day(settle - timedelta(days=1)) and settle != day + timedelta(days=1):
            continue
        if bank_days_after(day + timedelta(days=1), 1) == settle or settle > client.last:
            continue
        cents, carried = carried, 0
        event, number = client.event(), client.ids.qbo()
        client.flows.append(
            Flow(
                event,
                settle,
                cents,
                "sales",
                stem,
                f"{stem} {settle:%m%d}",
                f"{stem} DES:DEP {settle:%b%d} ID:{client.ids.digits(9)} INDN:{cut(client.name, 16)}",
                category=("INCOME", "INCOME_OTHER_INCOME"),
            )
        )
        at = client.at(client.books_day(settle + timedelta(days=1), 0, 4))
        body = qbo_sales.deposit(
            number,
            settle,
            cents,
            CHECKING,
            [qbo_sales.deposit_line(cents, SALES, "Day's sales")],
            memo=stem,
            created_at=at,
            updated_at=at,
        )
        client.put("qbo", "Deposit", number, [(at, body)], cents=cents)
        client.tie(event, "sales", "qbo", "Deposit", number)
