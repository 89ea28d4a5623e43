"""Invoices sent from Stripe with a due date: most are paid, some late, some never, some taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sandbox.world.calendar import bank_day, bank_days_after, months
from sandbox.world.model import Client
from sandbox.world.shapes import stripe, stripe_invoices
from sandbox.world.stripe_payouts import Ready, ledger_row

_A_MONTH, _SHARE, _TERMS = 3, 0.03, 30
_GIVEN_UP_AFTER = 75


def send(client: Client, people: Sequence[tuple[str, ...]], monthly: int, ready: Ready) -> None:
    """Three invoices a month over the whole span."""
    for month in months(client.first, client.last):
        for _ in range(_A_MONTH):
            day = month + timedelta(days=client.random.randint(0, 27))
            if client.first <= day <= client.last - timedelta(days=3):
                _one(client, client.random.choice(people), day, client.spread(round(monthly * _SHARE), 0.4), ready)


def _one(client: Client, person: tuple[str, ...], day: date, cents: int, ready: Ready) -> None:
    draw, ids, event = client.random, client.ids, client.event()
    customer, name, mail, _, _, method = person
    invoice, line, number = ids.stripe("in"), ids.stripe("il"), f"{customer[-6:].upper()}-{ids.digits(4)}"
    sent = client.at(day)
    due_day = day + timedelta(days=_TERMS)
    due = sent + _TERMS * 86_400

    def state(at: int, status: str, **given: Any) -> tuple[int, dict[str, Any]]:
        return at, stripe_invoices.invoice(
            invoice, customer, name, mail, number, status, cents, sent - 600, line_id=line, subscription=None,
            subscription_item=None, description="Services", period_end=sent, finalized_at=sent, due=due, **given,
        )  # fmt: skip

    versions = [state(sent, "open")]
    fate = draw.random()
    paid = bank_day(due_day + timedelta(days=draw.choice((-12, -4, 0, 3, 9, 21, 40, 70))))
    join, intent = ids.stripe("inpay"), ids.stripe("pi")
    joined = [(sent, stripe_invoices.invoice_payment(join, invoice, intent, cents, sent, None))]
    if fate < 0.07:
        at = client.at(day + timedelta(days=draw.randint(2, 15)))
        versions.append(state(at, "void", voided_at=at))
    elif fate < 0.13:
        at = client.at(due_day + timedelta(days=_GIVEN_UP_AFTER))
        versions.append(state(at, "uncollectible", uncollectible_at=at))
    elif paid <= client.last - timedelta(days=3):
        at, charge, txn = client.at(paid, 7, 14), ids.stripe("ch"), ids.stripe("txn")
        versions.append(state(at, "paid", paid_at=at, attempts=1))
        joined.append((at, stripe_invoices.invoice_payment(join, invoice, intent, cents, sent, at)))
        body = stripe.charge(charge, intent, customer, name, mail, cents, at, balance_transaction=txn, last4="4242",
                             method_id=method, description="Services")  # fmt: skip
        client.put("stripe", "charge", charge, [(at, body)], cents=cents)
        fee = round(cents * 0.029) + 30
        ledger_row(client, txn, "charge", cents, fee, charge, at, bank_days_after(paid, 2), "Services", ready, "charge")
        client.tie(event, "stripe_sale", "stripe", "charge", charge)
    client.put("stripe", "invoice", invoice, versions, cents=cents)
    client.put("stripe", "invoice_payment", join, joined, cents=cents)
    client.tie(event, "stripe_sale", "stripe", "invoice", invoice)
