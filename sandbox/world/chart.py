"""The chart of accounts with the balances that the books themselves show: the sum of what stands in them."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from datetime import date, timedelta
from itertools import accumulate

import orjson

from sandbox.world.calendar import instant, months
from sandbox.world.model import (
    CARD,
    CHECKING,
    FEES,
    LOAN,
    OPENING,
    OWNER,
    PAYABLES,
    RECEIVABLES,
    SALES,
    SAVINGS,
    UNCATEGORIZED,
    UNDEPOSITED,
    Client,
    Ref,
)
from sandbox.world.parties import LEDGER
from sandbox.world.shapes import qbo
from sandbox.world.shapes.qbo_entries import TRANSACTIONS, entries

_CHART: tuple[tuple[Ref, str, str, str], ...] = (
    (CHECKING, "Asset", "Bank", "Checking"),
    (SAVINGS, "Asset", "Bank", "Savings"),
    (("37", "Payroll Checking"), "Asset", "Bank", "Checking"),
    (CARD, "Liability", "Credit Card", "CreditCard"),
    (PAYABLES, "Liability", "Accounts Payable", "AccountsPayable"),
    (RECEIVABLES, "Asset", "Accounts Receivable", "AccountsReceivable"),
    (UNDEPOSITED, "Asset", "Other Current Asset", "UndepositedFunds"),
    (UNCATEGORIZED, "Expense", "Expense", "OtherMiscellaneousServiceCost"),
    (SALES, "Revenue", "Income", "SalesOfProductIncome"),
    (OWNER, "Equity", "Equity", "OwnersEquity"),
    (OPENING, "Equity", "Equity", "OpeningBalanceEquity"),
    (("2", "Retained Earnings"), "Equity", "Equity", "RetainedEarnings"),
    (FEES, "Expense", "Expense", "BankCharges"),
    (LOAN, "Liability", "Long Term Liability", "NotesPayable"),
    *(
        (one, "Expense", "Cost of Goods Sold" if one[0] == "7" else "Expense", "OtherBusinessExpenses")
        for one in LEDGER
    ),
)
# The books were taken over from another system well before the bank feed begins.
_TAKEN_OVER = timedelta(days=75)


def open_books(client: Client) -> None:
    """The journal entry with which the books begin: what lay on the bank accounts."""
    day, number, at = client.first - _TAKEN_OVER, client.ids.qbo(), client.at(client.first, 0, 1)
    held = [(CHECKING, client.openings["operating"]), (SAVINGS, client.openings["savings"])]
    total = sum(cents for _, cents in held)
    body = qbo.journal_entry(number, day, "OPEN", held, [(OPENING, total)], "Opening balances", created_at=at,
                             updated_at=at)  # fmt: skip
    client.put("qbo", "JournalEntry", number, [(at, body)], cents=total)
    client.tie(client.event(), "opening", "qbo", "JournalEntry", number)


def show(client: Client) -> None:
    """Write every account; those with entries once a month, and twice a week from shortly before the end on."""
    moved = _moves(client)
    looks = _looks(client)
    opened = client.at(client.first, 0, 1)
    for account, classification, kind, subtype in _CHART:
        mine = sorted(moved[account[0]])
        seen = [at for at, _ in mine]
        sums = list(accumulate((cents for _, cents in mine), initial=0))
        versions = []
        for token, day in enumerate(looks if mine else looks[:1]):
            at = instant(day, client.zone, 1800) if token else opened
            balance = sums[bisect_left(seen, at)]
            body = qbo.account(
                *account, classification, kind, subtype, balance, sync_token=token, created_at=opened, updated_at=at
            )
            versions.append((at, body))
        client.put("qbo", "Account", account[0], versions)


def _moves(client: Client) -> dict[str, list[tuple[int, int]]]:
    """Per account: (moment, cents) of everything that the books took in, changed or took out again."""
    moved: dict[str, list[tuple[int, int]]] = defaultdict(list)
    before: dict[tuple[object, object], list[tuple[str, int]]] = {}
    for rail, _, kind, number, version, seen, _, is_deleted, _, _, body in client.rows:
        if rail != "qbo" or kind not in TRANSACTIONS:
            continue
        now = [] if is_deleted else entries(str(kind), orjson.loads(body))  # type: ignore[arg-type]
        old = before.get((kind, number), []) if version else []
        before[kind, number] = now
        if now != old:
            for account, cents in now:
                moved[account].append((int(seen), cents))  # type: ignore[call-overload]
            for account, cents in old:
                moved[account].append((int(seen), -cents))  # type: ignore[call-overload]
    return moved


def _looks(client: Client) -> list[date]:
    monthly = [client.first, *(month for month in months(client.first, client.last) if month > client.first)]
    often = [client.end + timedelta(days=number) for number in range(-7, 60, 3)]
    return sorted({*monthly, *often})
