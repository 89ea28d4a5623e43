"""QBO's own general ledger, month by month: what our double entry of the same books is held against.

First load: every month of the span, a report for each half year. After it only the months in which a record
changed, so a load that brought nothing costs no report. A deletion names no date, and an edit may have moved a
record out of a month that it no longer names: after a deletion, and once a week after edits, all months are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from ingestion.errors import Forbidden, Malformed, Rejected
from ingestion.qbo.connection import QboConnection, Row
from ingestion.qbo.settings import QboSettings
from ingestion.spill import Spill
from ingestion.transport import rows_of

_NAMES = frozenset({"CompanyInfo", "Account", "Vendor", "Customer", "Item"})
_AMOUNTS = {"debt_amt": "debit", "debt_home_amt": "debit", "credit_amt": "credit", "credit_home_amt": "credit",
            "subt_nat_amount": "amount", "subt_nat_home_amount": "amount"}  # fmt: skip
_BALANCES = ("rbal_nat_amount", "rbal_nat_home_amount")
_OPENING = "Beginning Balance"


class Touched:
    """What the records of one read say about the ledger's months; `recent`: versions that the last read brought."""

    def __init__(self, recent: set[str]) -> None:
        self._recent, self._versions = recent, dict[str, datetime]()
        self.months: set[date] = set()
        self.has_deletion = self.has_edit = self.is_whole = False

    def note(self, entity: str, rows: Iterable[Row]) -> None:
        """Take in the records of one entity."""
        if entity in _NAMES:
            return
        for row in rows:
            updated = (row.get("MetaData") or {}).get("LastUpdatedTime")
            version = f"{entity}/{row.get('Id')}/{row.get('SyncToken')}/{updated}"
            if updated:
                self._versions[version] = datetime.fromisoformat(updated)
            if version in self._recent:
                continue
            if row.get("status") == "Deleted":
                self.has_deletion = True
            elif row.get("TxnDate"):
                self.months.add(date.fromisoformat(str(row["TxnDate"])[:10]).replace(day=1))
                self.has_edit = self.has_edit or row.get("SyncToken") not in (None, "0")

    def since(self, start: datetime) -> list[str]:
        """The versions that the next read, which begins there, will bring once more."""
        return sorted(version for version, at in self._versions.items() if at >= start)


def read_ledger(
    qbo: QboConnection, spill: Spill, touched: Touched, held: Mapping[str, Any], as_of: datetime, settings: QboSettings
) -> dict[str, Any]:
    """Read the months that need it into `spill`; returns what to remember. A refused report is asked for again."""
    this_month = as_of.date().replace(day=1)
    oldest = _months_on(this_month, 1 - settings.ledger_months)
    owed = {date.fromisoformat(text) for text in held.get("owed", ())}
    begin = date.fromisoformat(held["from"]) if held.get("from") else None
    if begin is None and touched.months:
        # A connection that was loaded before ledgers were read has records older than what just changed.
        begin = min(touched.months) if touched.is_whole else oldest
    if begin is None:
        return dict(held)
    begin = max(begin, oldest)
    swept = datetime.fromisoformat(held["swept_at"]) if held.get("swept_at") else None
    is_due = swept is None or as_of - swept >= settings.ledger_sweep
    if touched.has_deletion or (is_due and (touched.has_edit or swept is None)):
        wanted, swept = set(_months(begin, this_month)), as_of
    else:
        wanted = touched.months | owed
    wanted = {month for month in wanted if oldest <= month <= this_month}
    refused: list[str] = []
    for group in _groups(sorted(wanted), settings.ledger_span):
        try:
            answer = qbo.ledger(group[0], _months_on(group[-1], 1) - timedelta(days=1))
        except (Rejected, Forbidden):
            # Not every plan and consent allows reports. The books stay unproven; the records load all the same.
            refused += [month.isoformat() for month in group]
            continue
        spill.add("ledger_months", months_of(answer, group))
    told: dict[str, Any] = {"from": min([begin, *wanted]).isoformat()}
    if swept is not None:
        told["swept_at"] = swept.isoformat()
    return {**told, "owed": refused} if refused else told


def months_of(answer: Row, months: Sequence[date]) -> list[Row]:
    """One row for each month of a general ledger: its entries, and with the first the balances that it began with."""
    header = answer.get("Header")
    columns = rows_of((answer.get("Columns") or {}).get("Column", []), "GeneralLedger columns")
    if not isinstance(header, dict) or not columns:
        raise Malformed(f"GeneralLedger: no Header or Columns, only {sorted(answer)}")
    kinds = [str(column.get("ColType")) for column in columns]
    openings: list[list[Any]] = []
    entries: dict[date, list[list[Any]]] = {month: [] for month in months}
    for account_id, account_name, cells in _data(answer.get("Rows"), ()):
        values = {kind: cell.get("value") for kind, cell in zip(kinds, cells, strict=False)}
        if cells and cells[0].get("value") == _OPENING:
            balance = next((values[kind] for kind in _BALANCES if values.get(kind)), "0")
            openings.append([account_id, account_name, balance])
            continue
        day = values.get("tx_date")
        if not day:
            continue
        amounts: dict[str, Any] = {}
        for kind, name in _AMOUNTS.items():
            amounts[name] = amounts.get(name) or values.get(kind) or None
        number = next((cell.get("id") for kind, cell in zip(kinds, cells, strict=False) if kind == "txn_type"), None)
        try:
            month = date.fromisoformat(str(day)[:10]).replace(day=1)
        except ValueError as error:
            raise Malformed(f"GeneralLedger: {day!r} is no date") from error
        entry = [account_id, account_name, day, values.get("txn_type"), number]
        entries.setdefault(month, []).append([*entry, amounts["debit"], amounts["credit"], amounts["amount"]])
    shared = {"read_at": header.get("Time"), "report_basis": header.get("ReportBasis"),
              "currency": header.get("Currency")}  # fmt: skip
    return [
        {
            "start_date": month.isoformat(),
            "end_date": (_months_on(month, 1) - timedelta(days=1)).isoformat(),
            "openings": openings if month == months[0] else None,
            "entries": mine,
            **shared,
        }
        for month, mine in entries.items()
    ]


def _data(rows: Any, names: tuple[tuple[str | None, str], ...]) -> Iterator[tuple[str | None, str, list[Row]]]:
    """Every data row with the account under whose heading it stands; a sub-account is named with its parents."""
    for row in rows_of((rows or {}).get("Row", []), "GeneralLedger rows"):
        below = names
        if isinstance(row.get("Header"), dict):
            title = rows_of(row["Header"].get("ColData"), "GeneralLedger header")
            below = (*names, (title[0].get("id"), str(title[0].get("value")))) if title else names
        if "ColData" in row and below:
            cells = rows_of(row["ColData"], "GeneralLedger cells")
            yield below[-1][0] or None, ":".join(name for _, name in below), cells
        if isinstance(row.get("Rows"), dict):
            yield from _data(row["Rows"], below)


def _months_on(month: date, count: int) -> date:
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def _months(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first = _months_on(first, 1)


def _groups(months: Sequence[date], most: int) -> list[list[date]]:
    """Spans of up to `most` months that hold all of these: a call is metered, the months between them are not."""
    groups: list[list[date]] = []
    for month in months:
        if groups and month < _months_on(groups[-1][0], most):
            groups[-1] = list(_months(groups[-1][0], month))
        else:
            groups.append([month])
    return groups
