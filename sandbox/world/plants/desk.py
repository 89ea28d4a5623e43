"""The bookkeeper's desk: the few moves of which every plant is made, each told to the books, the bank and the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import orjson

from sandbox.world import names
from sandbox.world.bank_side import cut
from sandbox.world.calendar import bank_day, day_of, days, months
from sandbox.world.model import CHECKING, PAYABLES, SALES, Bill, Client, Flow, Ref, Vendor
from sandbox.world.parties import LEDGER
from sandbox.world.shapes import qbo, qbo_bills, qbo_sales

Record = dict[str, str]
_SERVICES = ("GENERAL_SERVICES", "GENERAL_SERVICES_OTHER_GENERAL_SERVICES")


@dataclass(slots=True)
class Owed:
    """A bill or an invoice as the books will show it once all of its payments are known."""

    event: str
    qbo: str
    who: Ref
    number: str
    issued: date
    due: date
    cents: int
    seen: int
    ledger: Ref = LEDGER[1]
    text: str = ""
    settled: list[tuple[int, int, str, str]] = field(default_factory=list)  # (at, cents, transaction, its type)

    @property
    def left(self) -> int:
        """Cents that nothing has settled."""
        return self.cents - sum(one[1] for one in self.settled)


def record(rail: str, kind: str, object_id: str) -> Record:
    """A record as the truth names it."""
    return {"rail": rail, "kind": kind, "id": object_id}


def line_of(event: str) -> Record:
    """The bank line of an event as the truth names it: its id is only known once the feed is written."""
    return {"rail": "plaid", "kind": "transaction", "event_id": event}


class Desk:
    """One client's desk."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.draw, self.ids = client.random, client.ids
        self.first, self.end, self.last = client.first, client.end, client.last

    def times(self, a_year: float) -> int:
        """How often something with a yearly rate happens to a client of this size and age; once at the least."""
        return max(1, round(a_year * self.client.months / 12 * min(1.5, max(0.7, self.client.size))))

    def spread(self, found: Sequence[Any], count: int) -> list[Any]:
        """`count` of what was found, spread over its whole length, the latest among them."""
        if len(found) <= count:
            return list(found)
        step = len(found) / count
        return [found[len(found) - 1 - int(at * step)] for at in range(count)][::-1]

    def name(self, kind: str = "service") -> str:
        """A business name that no vendor of this client has."""
        while True:
            name = f"{self.draw.choice(names.FIRST)} {self.draw.choice(names.SECOND)} "
            name += self.draw.choice(names.KINDS[kind])
            if name not in self.client.names:
                self.client.names.add(name)
                return name

    def vendor(
        self, cents: int, *, name: str = "", shown: str = "", route: str = "ach", ledger: Ref = LEDGER[1],
        terms: int = 30,
    ) -> Vendor:  # fmt: skip
        """A vendor of the books; `shown` is its name there when that differs from the usual legal one."""
        name = name or self.name()
        number, start = self.ids.qbo(), self.client.at(self.first, 0, 1)
        legal = shown or f"{name} {self.draw.choice(names.LEGAL)}"
        words = name.lower().replace("&", "").split()
        person = (self.draw.choice(names.PEOPLE_FIRST), self.draw.choice(names.PEOPLE_LAST))
        one = Vendor(name, legal, number, f"ar@{words[0]}{words[-1]}.example", f"555-02{self.draw.randint(10, 99)}",
                     person, ledger, cents, self.draw.randint(2, 26), terms, route,
                     prefix=self.draw.choice(("", "INV-", f"{name[:2].upper()}-")),
                     next_number=self.draw.randint(1000, 70000))  # fmt: skip
        body = qbo.vendor(number, legal, legal, one.email, one.phone, created_at=start, updated_at=start)
        self.client.put("qbo", "Vendor", number, [(start, body)])
        return one

    def number(self, vendor: Vendor) -> str:
        """The vendor's next bill number."""
        vendor.next_number += self.draw.randint(1, 9)
        return f"{vendor.prefix}{vendor.next_number}"

    def monthly(self, day: int, every: int = 1) -> list[date]:
        """That day of every month, or of every so many months, over the whole span."""
        found = [day_of(month, day) for month in months(self.first, self.last)][::every]
        return [one for one in found if self.first <= one <= self.last - timedelta(days=2)]

    def weekly(self, every: int = 1) -> list[date]:
        """One day of every week over the whole span."""
        start = self.first + timedelta(days=self.draw.randint(0, 6))
        return [day for day in days(start, self.last - timedelta(days=2)) if (day - start).days % (7 * every) == 0]

    def history(self, dates: Sequence[date], settle: int = 12) -> list[date]:
        """Those dates that lie long enough before the end for all that follows to be seen."""
        return [day for day in dates if day <= self.end - timedelta(days=settle)]

    def owe(self, vendor: Vendor, issued: date, cents: int, *, number: str = "", event: str = "",
            seen: int = 0, text: str = "") -> Owed:  # fmt: skip
        """A bill that arrives; `close` writes it into the books once its payments are known."""
        event = event or self.client.event()
        seen = seen or self.client.at(self.client.books_day(issued, 1, 4))
        return Owed(event, self.ids.qbo(), (vendor.qbo, vendor.legal), number or self.number(vendor), issued,
                    issued + timedelta(days=vendor.terms), cents, seen, vendor.ledger,
                    text or f"{vendor.name} {issued:%B %Y}")  # fmt: skip

    def close(self, owed: Owed) -> None:
        """Write a bill with every balance that it had."""
        states, left, links = [(owed.seen, owed.cents, ())], owed.cents, []
        for at, cents, other, kind in sorted(owed.settled):
            left -= cents
            links.append(qbo.linked(other, kind))
            states.append((max(at, owed.seen + 60), left, tuple(links)))
        versions = []
        for token, (at, open_cents, link) in enumerate(states):
            lines = [qbo_bills.expense_line(1, owed.cents, owed.ledger, owed.text)]
            body = qbo_bills.bill(
                owed.qbo,
                owed.who,
                owed.number,
                owed.issued,
                owed.due,
                owed.cents,
                open_cents,
                lines,
                PAYABLES,
                payments=link,
                sync_token=token,
                created_at=owed.seen,
                updated_at=at,
            )
            versions.append((at, body))
        self.client.put("qbo", "Bill", owed.qbo, versions, cents=owed.cents)
        self.client.tie(owed.event, "bill_payment", "qbo", "Bill", owed.qbo)

    def leave(self, vendor: Vendor, event: str, day: date, cents: int, *, number: str = "", stem: str = "",
              route: str = "", **feed: Any) -> Flow:  # fmt: skip
        """Money that leaves the bank for a vendor, by the vendor's way of being paid."""
        short, route = cut(stem or vendor.name, 16), route or vendor.route
        extra: dict[str, Any] = {}
        if route == "check":
            check = str(2000 + int(event[1:]) % 7000)
            name, text, extra = f"CHECK #{check}", f"CHECK #{check}", {"check": check, "method": "Check"}
        elif route == "wire":
            name, text = f"WIRE OUT {short}", f"WIRE TYPE:WIRE OUT DATE:{day:%y%m%d} BNF:{short}"
        elif route == "card":
            name = stem or short
            text = f"{name} {self.client.city} {self.client.region}"
        else:
            name = f"{short} ACH PMT"
            text = f"ACH DEBIT {short} DES:PAYMENT ID:{number or short[:6]} INDN:{cut(self.client.name, 16)} CCD"
        flow = Flow(event, day, -cents, "bill_payment", vendor.name, name, text, category=_SERVICES, extra=extra,
                    **feed)  # fmt: skip
        self.client.flows.append(flow)
        return flow

    def book_payment(
        self, day: date, of: Sequence[tuple[Owed, int]], event: str, *, total: int | None = None,
        credits: Sequence[tuple[str, int]] = (), lag: tuple[int, int] = (1, 5),
    ) -> str:  # fmt: skip
        """A BillPayment that settles so many cents of each bill; answers its id."""
        number, seen = self.ids.qbo(), self.client.at(self.client.books_day(day + timedelta(days=1), *lag))
        seen = max(seen, *(owed.seen + 3600 for owed, _ in of))
        cents = sum(part for _, part in of) if total is None else total
        body = qbo_bills.bill_payment(
            number,
            of[0][0].who,
            day,
            cents,
            CHECKING,
            [(owed.qbo, part) for owed, part in of],
            credits=credits,
            created_at=seen,
            updated_at=seen,
        )
        self.client.put("qbo", "BillPayment", number, [(seen, body)], cents=cents)
        self.client.tie(event, "bill_payment", "qbo", "BillPayment", number)
        for owed, part in of:
            owed.settled.append((seen, part, number, "BillPaymentCheck"))
        return number

    def settle(self, vendor: Vendor, owed: Owed, *, stem: str = "", day: date | None = None, **feed: Any) -> date:
        """The usual end of a bill: paid in full about when it is due, and written down."""
        day = day or bank_day(owed.due + timedelta(days=self.draw.choice((-2, -1, 0, 0, 1, 3))))
        if day <= self.last:
            self.leave(vendor, owed.event, day, owed.cents, number=owed.number, stem=stem, **feed)
            self.book_payment(day, [(owed, owed.cents)], owed.event)
        self.close(owed)
        return day

    def spend(
        self, vendor: Vendor, day: date, cents: int, event: str, *, ledger: Ref | None = None, source: Ref = CHECKING,
        lag: tuple[int, int] = (1, 5), memo: str = "",
    ) -> str:  # fmt: skip
        """A purchase in the books without a bill; answers its id."""
        number, seen = self.ids.qbo(), self.client.at(self.client.books_day(day + timedelta(days=1), *lag))
        lines = [qbo_bills.expense_line(1, cents, ledger or vendor.ledger, memo or vendor.name)]
        body = qbo_bills.purchase(number, day, cents, source, lines, card=False, party=(vendor.qbo, vendor.legal),
                                  memo=memo or vendor.name, created_at=seen, updated_at=seen)  # fmt: skip
        self.client.put("qbo", "Purchase", number, [(seen, body)], cents=cents)
        self.client.tie(event, "bill_payment", "qbo", "Purchase", number)
        return number

    def customer(self) -> Ref:
        """A customer of the books."""
        number, name, start = self.ids.qbo(), self.name(), self.client.at(self.first, 0, 1)
        body = qbo.customer(number, name, f"{name} LLC", f"ap@{number}.example", created_at=start, updated_at=start)
        self.client.put("qbo", "Customer", number, [(start, body)])
        return number, name

    def invoice(self, who: Ref, issued: date, cents: int) -> Owed:
        """An invoice that goes out; `close_invoice` writes it once its payments are known."""
        seen = self.client.at(issued, 12, 6)
        return Owed(self.client.event(), self.ids.qbo(), who, str(self.draw.randint(5000, 9999)), issued,
                    issued + timedelta(days=30), cents, seen, SALES, "Professional services")  # fmt: skip

    def close_invoice(self, owed: Owed) -> None:
        """Write an invoice with every balance that it had."""
        states, left, links = [(owed.seen, owed.cents, ())], owed.cents, []
        for at, cents, other, kind in sorted(owed.settled):
            left -= cents
            links.append(qbo.linked(other, kind))
            states.append((max(at, owed.seen + 60), left, tuple(links)))
        versions = []
        for token, (at, open_cents, link) in enumerate(states):
            body = qbo_sales.invoice(
                owed.qbo,
                owed.who,
                owed.number,
                owed.issued,
                owed.due,
                owed.cents,
                open_cents,
                SALES,
                owed.text,
                payments=link,
                sync_token=token,
                created_at=owed.seen,
                updated_at=at,
            )
            versions.append((at, body))
        self.client.put("qbo", "Invoice", owed.qbo, versions, cents=owed.cents)
        self.client.tie(owed.event, "invoice_payment", "qbo", "Invoice", owed.qbo)

    def receive(
        self, who: Ref, day: date, of: Sequence[tuple[Owed, int]], event: str, *, into: Ref = CHECKING,
        credits: Sequence[tuple[str, int]] = (), deposit: str = "", lag: tuple[int, int] = (0, 4),
    ) -> tuple[str, int]:  # fmt: skip
        """A customer's Payment in the books; answers its id and the moment it was entered."""
        number, seen = self.ids.qbo(), self.client.at(self.client.books_day(day + timedelta(days=1), *lag))
        seen = max(seen, *(owed.seen + 3600 for owed, _ in of))
        cents = sum(part for _, part in of) - sum(part for _, part in credits)
        links = [qbo.linked(deposit, "Deposit")] if deposit else []
        body = qbo_sales.payment(
            number,
            who,
            day,
            cents,
            [(owed.qbo, part) for owed, part in of],
            into,
            credits=credits,
            payments=links,
            created_at=seen,
            updated_at=seen,
        )
        self.client.put("qbo", "Payment", number, [(seen, body)], cents=cents)
        self.client.tie(event, "invoice_payment", "qbo", "Payment", number)
        for owed, part in of:
            owed.settled.append((seen, part, number, "Payment"))
        return number, seen

    def arrive(self, event: str, day: date, cents: int, party: str, name: str, text: str = "", **feed: Any) -> Flow:
        """Money that reaches the bank."""
        flow = Flow(event, day, cents, "invoice_payment", party, name, text or name,
                    category=("INCOME", "INCOME_OTHER_INCOME"), **feed)  # fmt: skip
        self.client.flows.append(flow)
        return flow

    @staticmethod
    def dump(body: dict[str, Any]) -> bytes:
        """A body as the world file keeps it."""
        return orjson.dumps(body)

    def known_bills(self, low: int, high: int, *, paid: bool | None = None, route: str = "") -> list[Bill]:
        """Recorded bills of the regular vendors, issued so many days before the end, in order of issue."""
        found = [
            bill
            for bill in self.client.bills
            if bill.recorded and not bill.typo_cents and not bill.late_days
            and bill.vendor.qbo not in self.client.steady
            and self.end - timedelta(days=high) <= bill.issued <= self.end - timedelta(days=low)
            and (paid is None or (bill.paid <= self.end - timedelta(days=8)) == paid)
            and (not route or bill.route == route)
        ]  # fmt: skip
        return sorted(found, key=lambda bill: (bill.issued, bill.event))
