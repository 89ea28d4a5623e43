"""QuickBooks' reports as nested rows of text cells: general ledger, trial balance, balance sheet, profit and loss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sandbox.rails.qbo.journal import Account, Line

Cells = list[dict[str, str]]
Body = dict[str, Any]
_GL_COLUMNS = {
    "tx_date": "Date",
    "txn_type": "Transaction Type",
    "doc_num": "Num",
    "name": "Name",
    "memo": "Memo/Description",
    "split_acc": "Split",
    "debt_amt": "Debit",
    "credit_amt": "Credit",
    "subt_nat_amount": "Amount",
    "rbal_nat_amount": "Balance",
}
_GL_USUAL = ("tx_date", "txn_type", "doc_num", "name", "memo", "split_acc", "subt_nat_amount", "rbal_nat_amount")
_FLOW = ("Revenue", "Expense")


class BadReport(ValueError):
    """A report that QuickBooks would not draw; the text is its Detail."""


def money(cents: int) -> str:
    """A cell of money."""
    return f"{cents / 100:.2f}"


def _year_start(day: date) -> date:
    return day.replace(month=1, day=1)


class Books:
    """The entries and the chart that one report is drawn from."""

    def __init__(self, accounts: Sequence[Account], lines: Sequence[Line]) -> None:
        self.accounts, self.lines = accounts, lines
        self._known = {one.id: one for one in accounts}
        self._by_account: dict[str, list[Line]] = defaultdict(list)
        for line in lines:
            self._by_account[line.account].append(line)

    def of(self, account: Account) -> list[Line]:
        """The entries of one account, oldest first."""
        return self._by_account.get(account.id, [])

    def earned(self, first: date, last: date) -> int:
        """Net income of a span, in cents."""
        flows = {one.id for one in self.accounts if one.classification in _FLOW}
        return -sum(line.cents for line in self.lines if line.account in flows and first <= line.day <= last)

    def balance(self, account: Account, day: date) -> int:
        """The account's own balance at the end of a day: flows since the year began, profits of old years retained."""
        since = _year_start(day) if account.classification in _FLOW else date.min
        total = account.sign * sum(line.cents for line in self.of(account) if since <= line.day <= day)
        if account.subtype == "RetainedEarnings":
            total += self.earned(date.min, _year_start(day) - timedelta(days=1))
        return total

    def moved(self, account: Account, first: date, last: date) -> int:
        """What a span did to the account's own balance."""
        return account.sign * sum(line.cents for line in self.of(account) if first <= line.day <= last)


def draw(name: str, books: Books, given: Mapping[str, str], today: date) -> Body:
    """The report's Header, Columns and Rows. Raises BadReport for a name or a date that is none."""
    makers: dict[str, Callable[[Books, date, date, Mapping[str, str]], tuple[list[Body], list[Body]]]] = {
        "GeneralLedger": _general_ledger,
        "TrialBalance": _trial_balance,
        "BalanceSheet": _balance_sheet,
        "ProfitAndLoss": _profit_and_loss,
    }
    if name not in makers:
        raise BadReport(f"Report {name} is not supported")
    try:
        last = date.fromisoformat(given.get("end_date") or today.isoformat())
        first = date.fromisoformat(given.get("start_date") or last.replace(day=1).isoformat())
    except ValueError as error:
        raise BadReport(f"Invalid date: {error}") from error
    if first > last:
        raise BadReport("start_date is after end_date")
    columns, rows = makers[name](books, first, last, given)
    header: Body = {
        "ReportName": name,
        "ReportBasis": given.get("accounting_method", "Accrual"),
        "StartPeriod": first.isoformat(),
        "EndPeriod": last.isoformat(),
        "SummarizeColumnsBy": given.get("summarize_column_by", "Total"),
        "Currency": "USD",
        "Option": [{"Name": "AccountingStandard", "Value": "GAAP"},
                   {"Name": "NoReportData", "Value": "false" if rows else "true"}],
    }  # fmt: skip
    return {"Header": header, "Columns": {"Column": columns}, "Rows": {"Row": rows}}


def _section(title: Cells, rows: list[Body], summary: Cells, **more: str) -> Body:
    return {"Header": {"ColData": title}, "Rows": {"Row": rows}, "Summary": {"ColData": summary}, "type": "Section",
            **more}  # fmt: skip


def _general_ledger(books: Books, first: date, last: date, given: Mapping[str, str]) -> tuple[list[Body], list[Body]]:
    asked = [one for one in (given.get("columns") or "").split(",") if one] or list(_GL_USUAL)
    unknown = [one for one in asked if one not in _GL_COLUMNS]
    if unknown:
        raise BadReport(f"Invalid columns: {','.join(unknown)}")
    columns = [one for one in _GL_COLUMNS if one in asked]
    rows = []
    for account in books.accounts:
        held = books.balance(account, first - timedelta(days=1))
        if first == _year_start(first):
            # The old year is closed: its flows begin at nothing, what they made is retained.
            held = books.balance(account, first) - books.moved(account, first, first)
        mine = [line for line in books.of(account) if first <= line.day <= last]
        if not mine and not held:
            continue
        balance, shown = held, []
        if held:
            shown.append({"ColData": _cells(columns, {columns[0]: "Beginning Balance", "rbal_nat_amount": money(held)}),
                          "type": "Data"})  # fmt: skip
        for line in mine:
            balance += account.sign * line.cents
            values = {
                "tx_date": line.day.isoformat(),
                "txn_type": line.kind,
                "doc_num": line.number,
                "name": line.party,
                "memo": line.memo,
                "subt_nat_amount": money(account.sign * line.cents),
                "rbal_nat_amount": money(balance),
                "debt_amt": money(line.cents) if line.cents > 0 else "",
                "credit_amt": money(-line.cents) if line.cents < 0 else "",
            }
            cells = _cells(columns, values)
            if "txn_type" in columns:
                cells[columns.index("txn_type")]["id"] = line.id
            shown.append({"ColData": cells, "type": "Data"})
        title: Cells = [{"value": account.name, "id": account.id}, *({"value": ""} for _ in columns[1:])]
        total = {columns[0]: f"Total for {account.name}"}
        if mine:
            total["subt_nat_amount"] = money(account.sign * sum(line.cents for line in mine))
        rows.append(_section(title, shown, _cells(columns, total)))
    return [{"ColTitle": _GL_COLUMNS[one], "ColType": one} for one in columns], rows


def _cells(columns: Sequence[str], values: Mapping[str, str]) -> Cells:
    return [{"value": values.get(one, "")} for one in columns]


def _trial_balance(books: Books, first: date, last: date, given: Mapping[str, str]) -> tuple[list[Body], list[Body]]:
    rows, debits, credits = [], 0, 0
    for account in books.accounts:
        cents = account.sign * books.balance(account, last)
        if not cents:
            continue
        debits, credits = debits + max(cents, 0), credits + max(-cents, 0)
        cells = [{"value": account.name, "id": account.id}, {"value": money(cents) if cents > 0 else ""}]
        rows.append({"ColData": [*cells, {"value": money(-cents) if cents < 0 else ""}]})
    total = [{"value": "TOTAL"}, {"value": money(debits)}, {"value": money(credits)}]
    rows.append({"Summary": {"ColData": total}, "type": "Section", "group": "GrandTotal"})
    columns = [{"ColTitle": "", "ColType": "Account"}, {"ColTitle": "Debit", "ColType": "Money"}]
    return [*columns, {"ColTitle": "Credit", "ColType": "Money"}], rows


def _spans(first: date, last: date, given: Mapping[str, str]) -> list[tuple[str, date, date]]:
    """The columns of a summary: one a month where asked, and the whole."""
    spans = []
    if given.get("summarize_column_by") == "Month":
        start = first
        while start <= last:
            after = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
            spans.append((f"{start:%b %Y}", start, min(last, after - timedelta(days=1))))
            start = after
    return spans


def _summary_columns(spans: Sequence[tuple[str, date, date]]) -> list[Body]:
    key: list[Body] = [{"Name": "ColKey", "Value": "account"}]
    columns: list[Body] = [{"ColTitle": "", "ColType": "Account", "MetaData": key}]
    for title, first, last in spans:
        dates = [{"Name": "StartDate", "Value": first.isoformat()}, {"Name": "EndDate", "Value": last.isoformat()}]
        columns.append(
            {"ColTitle": title, "ColType": "Money", "MetaData": [*dates, {"Name": "ColKey", "Value": title}]}
        )
    return columns


def _group(
    title: str, key: str, accounts: Sequence[Account], values: Mapping[str, Sequence[int]], extra: Sequence[Body] = ()
) -> Body:
    shown = [
        {"ColData": [{"value": one.name, "id": one.id}, *({"value": money(v)} for v in values[one.id])], "type": "Data"}
        for one in accounts
        if any(values[one.id])
    ]
    width = len(next(iter(values.values()), ()))
    sums = [sum(values[one.id][at] for one in accounts) for at in range(width)]
    head = [{"value": title}, *({"value": ""} for _ in range(width))]
    total = [{"value": f"Total {title}"}, *({"value": money(one)} for one in sums)]
    return _section(head, [*shown, *extra], total, group=key)


def _balance_sheet(books: Books, first: date, last: date, given: Mapping[str, str]) -> tuple[list[Body], list[Body]]:
    spans = _spans(first, last, given) or [("TOTAL", first, last)]
    values = {one.id: [books.balance(one, end) for _, _, end in spans] for one in books.accounts}
    net = [books.earned(_year_start(end), end) for _, _, end in spans]
    income: Body = {"ColData": [{"value": "Net Income"}, *({"value": money(one)} for one in net)], "type": "Data",
                    "group": "NetIncome"}  # fmt: skip
    rows = []
    for title, key, wanted in (("ASSETS", "TotalAssets", "Asset"), ("Liabilities", "Liabilities", "Liability"),
                               ("Equity", "Equity", "Equity")):  # fmt: skip
        accounts = [one for one in books.accounts if one.classification == wanted]
        rows.append(_group(title, key, accounts, values, [income] if wanted == "Equity" else ()))
    return _summary_columns(spans), rows


def _profit_and_loss(books: Books, first: date, last: date, given: Mapping[str, str]) -> tuple[list[Body], list[Body]]:
    months = _spans(first, last, given)
    spans = [*months, ("Total", first, last)]
    values = {one.id: [books.moved(one, start, end) for _, start, end in spans] for one in books.accounts}
    rows = []
    for title, key, kind in (("Income", "Income", "Income"), ("Cost of Goods Sold", "COGS", "Cost of Goods Sold"),
                             ("Expenses", "Expenses", "Expense")):  # fmt: skip
        rows.append(_group(title, key, [one for one in books.accounts if one.kind == kind], values))
    net = [books.earned(start, end) for _, start, end in spans]
    total = [{"value": "Net Income"}, *({"value": money(one)} for one in net)]
    rows.append({"Summary": {"ColData": total}, "type": "Section", "group": "NetIncome"})
    return _summary_columns(spans), rows
