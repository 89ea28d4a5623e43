"""The chart of accounts with the balances that the books themselves show: some days behind the bank."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from itertools import accumulate

from sandbox.world.calendar import instant, months
from sandbox.world.model import (
    CARD,
    CHECKING,
    FEES,
    LOAN,
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
    (FEES, "Expense", "Expense", "BankCharges"),
    (LOAN, "Liability", "Long Term Liability", "NotesPayable"),
    *(
        (one, "Expense", "Cost of Goods Sold" if one[0] == "7" else "Expense", "OtherBusinessExpenses")
        for one in LEDGER
    ),
)
_LAG = timedelta(days=3)


def show(client: Client) -> None:
    """Write every account; those with a balance once a month, and twice a week from shortly before the end on."""
    for flow in client.flows:
        client.enter(CHECKING if flow.account == "operating" else SAVINGS, flow.day + _LAG, flow.cents)
    looks = _looks(client)
    opened = client.at(client.first, 0, 1)
    for account, classification, kind, subtype in _CHART:
        entries = client.entries(account)
        opening = {CHECKING: "operating", SAVINGS: "savings"}.get(account)
        start = client.openings[opening] if opening else 0
        days = [day for day, _ in entries]
        sums = list(accumulate((cents for _, cents in entries), initial=start))
        versions = []
        for token, day in enumerate(looks if entries else looks[:1]):
            at = instant(day, client.zone, 1800) if token else opened
            balance = sums[bisect_right(days, day - timedelta(days=1))]
            body = qbo.account(
                *account, classification, kind, subtype, balance, sync_token=token, created_at=opened, updated_at=at
            )
            versions.append((at, body))
        client.put("qbo", "Account", account[0], versions)


def _looks(client: Client) -> list[date]:
    monthly = [client.first, *(month for month in months(client.first, client.last) if month > client.first)]
    often = [client.end + timedelta(days=number) for number in range(-7, 60, 3)]
    return sorted({*monthly, *often})
