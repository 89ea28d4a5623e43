"""What goes out without a bill: payroll, rent, tax, insurance, loan, utilities, bank fees, and the card."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.world import names
from sandbox.world.bank_side import cut
from sandbox.world.calendar import bank_day, bank_days_after, day_of, days, months
from sandbox.world.model import CARD, CHECKING, FEES, LOAN, UNCATEGORIZED, Client, Flow, Ref
from sandbox.world.parties import LEDGER
from sandbox.world.shapes import qbo, qbo_bills, ramp


def _direct(
    client: Client, day: date, cents: int, kind: str, party: str, text: str, ledger: Ref, *, booked: bool = True
) -> None:
    """Money straight out of the bank, and the purchase by which the books take it in."""
    event = client.event()
    client.flows.append(Flow(event, day, -cents, kind, party, text[:40], f"{text} INDN:{cut(client.name, 16)}"))
    if not booked or day > client.last:
        return
    number, seen = client.ids.qbo(), client.at(client.books_day(day + timedelta(days=1), 1, 6))
    lines = [qbo_bills.expense_line(1, cents, ledger, party)]
    body = qbo_bills.purchase(
        number, day, cents, CHECKING, lines, card=False, memo=party, created_at=seen, updated_at=seen
    )
    client.put("qbo", "Purchase", number, [(seen, body)], cents=cents)
    client.tie(event, kind, "qbo", "Purchase", number)


def regular(client: Client) -> None:
    """Everything with a calendar of its own."""
    trade, base = client.trade, round(client.trade.revenue * client.size)
    spent = sum(vendor.cents for vendor in client.vendors)
    # Payroll keeps the trade's proportion to bills, so the two make one plausible business.
    wages = round(spent / trade.bills_share * trade.payroll_share)
    del base
    if trade.payroll_rhythm == "biweekly":
        friday = client.first + timedelta(days=(4 - client.first.weekday()) % 7)
        paydays = [day for day in days(friday, client.last) if (day - friday).days % 14 == 0]
        each = round(wages * 12 / 26)
    else:
        paydays = [day_of(month, number) for month in months(client.first, client.last) for number in (15, 31)]
        each = wages // 2
    for payday in paydays:
        day = bank_days_after(payday + timedelta(days=1), -1)
        if client.first <= day <= client.last:
            gross = client.spread(each, 0.03)
            _direct(client, day, round(gross * 0.74), "payroll", "Payroll", "GUSTWELL PAY DES:PAYROLL", LEDGER[6])
            _direct(
                client, day, round(gross * 0.26), "payroll_tax", "Payroll taxes", "GUSTWELL TAX DES:TAX COL", LEDGER[6]
            )
    for month in months(client.first, client.last):
        plan = [
            (1, round(wages * 0.13), "rent", "Landlord", "ACH DEBIT PROPERTY MGMT DES:RENT", LEDGER[3]),
            (9, round(wages * 0.012), "utility", "Power utility", "CITY POWER & LIGHT DES:UTIL PMT", LEDGER[4]),
            (17, round(wages * 0.006), "utility", "Internet", "FIBERLINE COMM DES:AUTOPAY", LEDGER[4]),
            (12, round(wages * 0.03), "insurance", "Insurance", "KEYSTONE MUTUAL DES:INS PREM", LEDGER[5]),
            (20, round(wages * 0.045), "loan", "Term loan", "LOAN PAYMENT 00417", LOAN),
        ]
        if month.month in (1, 4, 6, 9):
            plan.append((15, round(wages * 0.11), "tax", "Quarterly tax", "IRS DES:USATAXPYMT", LEDGER[7]))
        for number, cents, kind, party, text, ledger in plan:
            day = bank_day(day_of(month, number))
            if client.first <= day <= client.last:
                sigma = 0.12 if kind == "utility" else 0.0
                _direct(client, day, client.spread(cents, sigma) if sigma else cents, kind, party, text, ledger)
        fee_day = bank_day(day_of(month, 28))
        if client.first <= fee_day <= client.last:
            # Small bank fees are what a bookkeeper forgets; one month in four stays out of the books.
            booked = client.random.random() > 0.25
            _direct(client, fee_day, 3500, "bank_fee", "Bank fee", "MONTHLY SERVICE FEE", FEES, booked=booked)
            if not booked and fee_day <= client.end:
                client.defect(
                    "unrecorded_fee",
                    f"Bank fee of {fee_day} is not in the books",
                    [{"rail": "plaid", "kind": "transaction", "event_id": client.flows[-1].event}],
                    3500,
                )


def card(client: Client) -> None:
    """Spending on the Ramp card and its weekly pay-down from the bank."""
    if not client.trade.ramp:
        return
    draw = client.random
    weights = [merchant[4] for merchant in names.CARD_MERCHANTS]
    owed: dict[date, int] = {}
    chance = client.trade.card_a_month / 30
    planted = [0]
    for day in days(client.first, client.last - timedelta(days=4)):
        for _ in range(int(chance) + (draw.random() < chance % 1)):
            payday = bank_day(day + timedelta(days=(2 - day.weekday()) % 7 + 1))
            owed[payday] = owed.get(payday, 0) + _swipe(client, day, weights, planted)
    for day, cents in owed.items():
        if day <= client.last:
            _paydown(client, day, cents)


def _swipe(client: Client, day: date, weights: list[int], planted: list[int]) -> int:
    """One card purchase on Ramp and in the books; answers its cents. `planted` counts the uncategorized ones."""
    draw, ids, mine = client.random, client.ids, client.profile["ramp"]
    name, stem, mcc, usual, place = _merchant(client, weights)
    cents, at = client.spread(usual, 0.5), client.at(day, 8, 11)
    number, event, person = ids.uuid(), client.event(), draw.choice(mine["people"])
    settled = client.at(bank_days_after(day, draw.randint(1, 3)), 3, 3)
    lost = draw.random() < 0.04
    holder = {
        "user_id": person["id"],
        "first_name": person["first_name"],
        "last_name": person["last_name"],
        "department_id": None,
        "department_name": None,
        "location_id": None,
        "location_name": None,
        "employee_id": None,
    }
    coding = None if lost else ramp.category(*LEDGER[8])

    def state(when: int, word: str, synced: bool) -> tuple[int, dict[str, object]]:
        return when, ramp.transaction(
            number,
            cents,
            merchant_id,
            name,
            stem,
            mcc,
            holder,
            card_id,
            mine["entity_id"],
            at,
            coding,
            state=word,
            settled=settled if word == "CLEARED" else None,
            sync="SYNCED" if synced else "NOT_SYNC_READY",
            synced_at=when if synced else None,
            place=place,
        )

    merchant_id, card_id = ids.uuid(f"merchant {name}"), ids.uuid(f"card {person['id']}")
    booked = client.at(client.books_day(day + timedelta(days=4), 0, 6))
    versions = [
        state(at, "PENDING", False),
        state(settled, "CLEARED", False),
        state(max(booked, settled + 60), "CLEARED", True),
    ]
    client.put("ramp", "transaction", number, versions, cents=cents)
    client.tie(event, "card_spend", "ramp", "transaction", number)
    ledger = UNCATEGORIZED if lost else LEDGER[8]
    purchase, seen = ids.qbo(), max(booked, settled + 60)
    body = qbo_bills.purchase(
        purchase,
        day,
        cents,
        CARD,
        [qbo_bills.expense_line(1, cents, ledger, name)],
        card=True,
        memo=stem,
        created_at=seen,
        updated_at=seen,
    )
    client.put("qbo", "Purchase", purchase, [(seen, body)], cents=cents)
    client.tie(event, "card_spend", "qbo", "Purchase", purchase)
    if lost and client.end - timedelta(days=75) <= day <= client.end - timedelta(days=12) and planted[0] < 6:
        planted[0] += 1
        client.defect(
            "uncategorized",
            f"{name} {day} stands in Uncategorized Expense",
            [{"rail": "qbo", "kind": "Purchase", "id": purchase}],
            cents,
        )
    return cents


def _merchant(client: Client, weights: list[int]) -> tuple[str, str, tuple[str, str], int, tuple[str, str]]:
    name, stem, mcc, usual, _share = client.random.choices(names.CARD_MERCHANTS, weights)[0]
    store = f"{client.random.randint(1, 4) * 137 + client.position:03d}"
    return name, stem.replace("{store}", store)[:22], mcc, usual, (client.city, client.region)


def _paydown(client: Client, day: date, cents: int) -> None:
    mine, event = client.profile["ramp"], client.event()
    number, started = client.ids.uuid(), client.at(bank_days_after(day, -1), 6, 2)
    done = client.at(day, 20, 2)
    payment = client.ids.uuid()
    shared = (mine["entity_id"], mine["bank_account_id"], payment)
    versions = [
        (started, ramp.transfer(number, cents, "INITIATED", *shared, "NOT_SYNC_READY", started)),
        (done, ramp.transfer(number, cents, "COMPLETED", *shared, "SYNCED", started)),
    ]
    client.put("ramp", "transfer", number, versions, cents=cents)
    client.tie(event, "card_paydown", "ramp", "transfer", number)
    client.flows.append(
        Flow(
            event,
            day,
            -cents,
            "card_paydown",
            "Ramp",
            "RAMP STATEMENT PAYMENT",
            f"RAMP DES:RAMP STMT ID:{payment[:8].upper()} INDN:{cut(client.name, 16)} CCD",
            category=("LOAN_PAYMENTS", "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"),
            pending_days=1,
        )
    )
    entry, seen = client.ids.qbo(), client.at(client.books_day(day + timedelta(days=1), 0, 3))
    body = qbo.transfer(entry, day, cents, CHECKING, CARD, "Ramp statement payment", created_at=seen, updated_at=seen)
    client.put("qbo", "Transfer", entry, [(seen, body)], cents=cents)
    client.tie(event, "card_paydown", "qbo", "Transfer", entry)
