"""Stripe: charges (with invoices for subscriptions), fees, refunds and disputes."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from sandbox.world import names, stripe_sent
from sandbox.world.calendar import bank_days_after, days
from sandbox.world.income import swing
from sandbox.world.model import Client
from sandbox.world.shapes import stripe, stripe_invoices
from sandbox.world.stripe_payouts import Ready, ledger_row, payouts

_DUNNING_SECONDS = 23 * 86_400
_DECLINED = ("card_declined", "Your card was declined.")


def sell(client: Client, monthly: int) -> None:
    """A span of sales through Stripe, `monthly` cents a month on average, and their payouts."""
    draw, ids, trade = client.random, client.ids, client.trade
    if not trade.stripe or monthly <= 0:
        return
    start, people = client.at(client.first, 0, 1), []
    for at in range(max(20, trade.stripe_charges // 2)):
        name = f"{draw.choice(names.PEOPLE_FIRST)} {draw.choice(names.PEOPLE_LAST)}"
        customer, mail = ids.stripe("cus"), f"buyer{at}@example.com"
        client.put("stripe", "customer", customer, [(start, stripe.customer(customer, name, mail, start))])
        people.append((customer, name, mail, ids.stripe("sub"), ids.stripe("si"), ids.stripe("pm")))
    ready: Ready = defaultdict(list)
    for day in days(client.first, client.last - timedelta(days=2)):
        expected = trade.stripe_charges / 30.4
        for _ in range(int(expected) + (draw.random() < expected % 1)):
            cents = client.spread(round(monthly / trade.stripe_charges * swing(client, day)), 0.3)
            _sale(client, draw.choice(people), day, cents, ready)
    stripe_sent.send(client, people, monthly, ready)
    payouts(client, ready)


def _sale(client: Client, person: tuple[str, ...], day: date, cents: int, ready: Ready) -> None:
    draw, ids, event = client.random, client.ids, client.event()
    customer, name, mail, subscription, item, method = person
    at, charge, intent = client.at(day, 7, 14), ids.stripe("ch"), ids.stripe("pi")
    declined = draw.random() < 0.03
    fee, refund_roll = round(cents * 0.029) + 30, draw.random()
    text, shared = (
        "Subscription" if client.trade.stripe == "subscriptions" else "Order",
        {"last4": "4242", "method_id": method},
    )

    def shown(when: int, refunded: int = 0, disputed: bool = False) -> tuple[int, dict[str, Any]]:
        return when, stripe.charge(
            charge,
            intent,
            customer,
            name,
            mail,
            cents,
            at,
            refunded=refunded,
            disputed=disputed,
            balance_transaction=None if declined else ledger,
            description=text,
            failure=_DECLINED if declined else None,
            **shared,
        )

    ledger = "" if declined else ids.stripe("txn")
    versions = [shown(at)]
    if client.trade.stripe == "subscriptions":
        invoice, number = ids.stripe("in"), f"{customer[-6:].upper()}-{ids.digits(4)}"
        line, join = ids.stripe("il"), ids.stripe("inpay")
        head = (invoice, customer, name, mail, number)
        shared_by_all: dict[str, Any] = {
            "line_id": line,
            "subscription": subscription,
            "subscription_item": item,
            "description": text,
            "period_end": at + 2_592_000,
            "finalized_at": at,
        }

        def billed(when: int, status: str, **given: Any) -> tuple[int, dict[str, Any]]:
            return when, stripe_invoices.invoice(*head, status, cents, at - 3600, **shared_by_all, **given)

        if declined:
            # Stripe tries again for some weeks, then the seller's settings end it.
            end = at + _DUNNING_SECONDS
            ended = billed(end, "void", voided_at=end, attempts=4)
            if draw.random() < 0.4:
                ended = billed(end, "uncollectible", uncollectible_at=end, attempts=4)
            states = [billed(at, "open", attempts=1, next_attempt=at + 259_200), ended]
        else:
            states = [billed(at, "paid", paid_at=at, attempts=1)]
        client.put("stripe", "invoice", invoice, states, cents=cents)
        client.put(
            "stripe",
            "invoice_payment",
            join,
            [(at, stripe_invoices.invoice_payment(join, invoice, intent, cents, at - 3600, None if declined else at))],
        )
        client.tie(event, "stripe_sale", "stripe", "invoice", invoice)
    client.tie(event, "stripe_sale", "stripe", "charge", charge)
    if declined:
        client.put("stripe", "charge", charge, versions, cents=cents)
        return
    ledger_row(client, ledger, "charge", cents, fee, charge, at, bank_days_after(day, 2), text, ready, "charge")
    if refund_roll < 0.03:
        later = day + timedelta(days=draw.randint(1, 12))
        back, number, txn, part = (
            client.at(later),
            ids.stripe("re"),
            ids.stripe("txn"),
            cents if refund_roll < 0.02 else cents // 2,
        )
        if later < client.last - timedelta(days=2):
            versions.append(shown(back, refunded=part))
            client.put(
                "stripe", "refund", number, [(back, stripe.refund(number, charge, intent, part, back, txn))], cents=part
            )
            ledger_row(
                client,
                txn,
                "refund",
                -part,
                0,
                number,
                back,
                bank_days_after(later, 1),
                "REFUND FOR CHARGE",
                ready,
                "refund",
            )
            client.tie(event, "stripe_sale", "stripe", "refund", number)
    elif refund_roll > 0.995:
        later = day + timedelta(days=draw.randint(4, 25))
        if later < client.last - timedelta(days=20):
            back, number, txn = client.at(later), ids.stripe("du"), ids.stripe("txn")
            versions.append(shown(back, disputed=True))
            row = ledger_row(
                client,
                txn,
                "adjustment",
                -cents,
                1500,
                number,
                back,
                bank_days_after(later, 1),
                "Chargeback withdrawal",
                ready,
                "dispute",
            )
            due = back + 9 * 86_400
            states = [
                (back, stripe.dispute(number, charge, intent, cents, back, "needs_response", due, [row])),
                (due, stripe.dispute(number, charge, intent, cents, back, "lost", due, [row])),
            ]
            client.put("stripe", "dispute", number, states, cents=cents)
            client.tie(event, "stripe_sale", "stripe", "dispute", number)
    client.put("stripe", "charge", charge, versions, cents=cents)
