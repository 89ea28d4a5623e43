"""Stripe's balance: its rows, the payouts that settle them to the cent, and how bank and books see a payout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandbox.world.bank_side import cut
from sandbox.world.calendar import bank_days_after, days, instant, is_bank_day
from sandbox.world.model import CHECKING, FEES, SALES, Client, Flow
from sandbox.world.shapes import qbo_sales, stripe

# (row, cents, fee) by the day from which they can be paid out.
Ready = dict[date, list[tuple[str, int, int]]]


def ledger_row(
    client: Client,
    txn: str,
    kind: str,
    cents: int,
    fee: int,
    source: str,
    at: int,
    available: date,
    text: str,
    ready: Ready,
    category: str,
) -> dict[str, Any]:
    """A row of the balance, and its place in the payout of the day from which it is available; answers its body."""
    when = instant(available, client.zone, 0)
    first = stripe.balance_transaction(txn, kind, cents, fee, source, at, when, "pending", text, category)
    then = {**first, "status": "available"}
    client.put("stripe", "balance_transaction", txn, [(at, first), (max(when, at + 1), then)], cents=cents)
    ready[available].append((txn, cents, fee))
    return first


def payouts(client: Client, ready: Ready) -> None:
    """Every payout of the span, each with the rows that it settles; one of them comes back from the bank."""
    ids, held = client.ids, []
    next_day = client.first + timedelta(days=client.trade.payout_days)
    destination, planted, failed = ids.stripe("ba"), 0, False
    for day in days(client.first, client.last):
        held.extend(ready.get(day, ()))
        if day < next_day or not is_bank_day(day):
            continue
        total = sum(cents - fee for _, cents, fee in held)
        arrival = bank_days_after(day, 2)
        if total <= 0 or arrival > client.last:
            continue
        next_day = day + timedelta(days=client.trade.payout_days)
        fails = not failed and client.end - timedelta(days=45) <= day <= client.end - timedelta(days=20)
        failed = failed or fails
        paid_out = _Payout(client.event(), ids.stripe("po"), ids.stripe("txn"), ids.digits(15), day, arrival, total)
        _show_payout(client, paid_out, [one[0] for one in held], destination, ready, fails=fails)
        if not fails:
            _reach_the_bank(client, paid_out)
            gross, fees = sum(cents for _, cents, _ in held), sum(fee for _, _, fee in held)
            forgot = client.end - timedelta(days=60) < arrival < client.end - timedelta(days=8) and planted < 2
            planted += forgot
            _enter_in_books(client, paid_out, gross, fees, forgot=forgot)
        held = []


@dataclass(frozen=True, slots=True)
class _Payout:
    event: str
    number: str
    txn: str
    trace: str
    day: date
    arrival: date
    total: int


def _show_payout(client: Client, one: _Payout, rows: list[str], destination: str, ready: Ready, *, fails: bool) -> None:
    made = instant(one.day, client.zone, 3600)
    lands, done = instant(one.arrival, "UTC", 0), instant(one.arrival + timedelta(days=1), client.zone, 7 * 3600)
    head = (one.number, one.total, made, lands, destination, one.txn)
    states = [
        (made, stripe.payout(*head, "in_transit")),
        (done, stripe.payout(*head, "paid", trace=one.trace, reconciled=True)),
    ]
    if fails:
        back, returned = client.ids.stripe("txn"), one.arrival + timedelta(days=3)
        at = client.at(returned, 9, 6)
        failure = ("account_closed", "The bank account has been closed", back)
        states.append((at, stripe.payout(*head, "failed", trace=one.trace, failure=failure)))
        available = bank_days_after(returned, 1)
        text = "STRIPE PAYOUT FAILURE"
        ledger_row(
            client, back, "payout_failure", one.total, 0, one.number, at, available, text, ready, "payout_reversal"
        )
        client.defect(
            "failed_payout",
            f"Stripe payout of {one.day} came back from the bank",
            [{"rail": "stripe", "kind": "payout", "id": one.number}],
            one.total,
        )
    client.put("stripe", "payout", one.number, states, cents=one.total)
    own = stripe.balance_transaction(
        one.txn, "payout", -one.total, 0, one.number, made, lands, "available", "STRIPE PAYOUT"
    )
    client.put("stripe", "balance_transaction", one.txn, [(made, own)], cents=-one.total)
    for line in (*rows, one.txn):
        client.put("stripe", "payout_line", f"{one.number}:{line}", [(made, stripe.payout_line(one.number, line))])
    client.tie(one.event, "stripe_payout", "stripe", "payout", one.number)


def _reach_the_bank(client: Client, one: _Payout) -> None:
    text = f"STRIPE DES:TRANSFER ID:ST-{one.trace[:10]} INDN:{cut(client.name, 16)} CO ID:1800948598 CCD"
    client.flows.append(
        Flow(
            one.event,
            one.arrival,
            one.total,
            "stripe_payout",
            "Stripe",
            "STRIPE TRANSFER",
            text,
            category=("TRANSFER_IN", "TRANSFER_IN_ACCOUNT_TRANSFER"),
            extra={"reference": one.trace, "merchant": "Stripe", "counterparty": "payment_app"},
        )
    )


def _enter_in_books(client: Client, one: _Payout, gross: int, fees: int, *, forgot: bool) -> None:
    lines = [qbo_sales.deposit_line(gross, SALES, "Stripe sales")]
    if not forgot:
        lines.append(qbo_sales.deposit_line(-fees, FEES, "Stripe fees"))
    booked, at = client.ids.qbo(), client.at(client.books_day(one.arrival + timedelta(days=1), 0, 4))
    entered = gross if forgot else one.total
    body = qbo_sales.deposit(
        booked, one.arrival, entered, CHECKING, lines, memo="Stripe payout", created_at=at, updated_at=at
    )
    client.put("qbo", "Deposit", booked, [(at, body)], cents=entered)
    client.tie(one.event, "stripe_payout", "qbo", "Deposit", booked)
    if forgot:
        client.defect(
            "unrecorded_fee",
            f"Stripe fees of {fees} cents are not in the books' deposit",
            [
                {"rail": "qbo", "kind": "Deposit", "id": booked},
                {"rail": "stripe", "kind": "payout", "id": one.number},
            ],
            fees,
        )
