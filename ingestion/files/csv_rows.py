"""CSV of bank lines or of bills, by a mapping. A row that cannot be read is a reject; the rest loads."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ingestion.files.mapping import Mapping
from ingestion.files.statement import BillRow, Contents, FileRefused, Line, Reject, Statement
from ingestion.files.values import Unreadable, decoded, parse_amount, parse_day

DELIMITERS = (",", ";", "\t", "|")
# A preamble of a bank (account, period, owner) is never longer.
HEADER_WITHIN = 40


@dataclass(frozen=True, slots=True)
class _Row:
    """One row under its header; a column that the mapping leaves out reads as empty. Torn: a quote stays open in it."""

    line: int
    cells: list[str]
    places: dict[str, int]
    is_torn: bool

    def __getitem__(self, column: str | None) -> str:
        place = self.places.get(column.strip().lower()) if column else None
        return self.cells[place].strip() if place is not None and place < len(self.cells) else ""


def read_bank_csv(data: bytes, mapping: Mapping) -> Contents:
    """Bank lines; a running balance, where the mapping names one, gives opening and closing.

    Raises:
        FileRefused: not text, or no line that has the mapped columns.
    """
    wanted = [mapping.date, *mapping.description]
    wanted += [mapping.debit, mapping.credit] if mapping.debit and mapping.credit else [mapping.amount]
    optional = (mapping.balance, mapping.bank_id, mapping.reference, mapping.check_number, mapping.value_date)
    wanted += [name for name in (*optional, mapping.party_name, mapping.currency) if name]
    contents = Contents("csv", [Statement(currency_code=mapping.currency_code)])
    statement = contents.statements[0]

    def take(row: _Row) -> None:
        if mapping.currency and row[mapping.currency]:
            code = row[mapping.currency].upper()
            if statement.currency_code and code != statement.currency_code:
                raise Unreadable(f"the currency is {code}, of the account {statement.currency_code}")
            statement.currency_code = code
        statement.lines.append(
            Line(
                row.line,
                parse_day(row[mapping.date], mapping.date_format),
                _signed(row, mapping),
                " ".join(text for name in mapping.description if (text := row[name])),
                row[mapping.party_name] or None,
                row[mapping.reference] or None,
                row[mapping.check_number] or None,
                row[mapping.bank_id] or None,
                parse_day(row[mapping.value_date], mapping.date_format) if row[mapping.value_date] else None,
                parse_amount(row[mapping.balance], mapping.decimal) if row[mapping.balance] else None,
            )
        )

    _each(data, mapping, wanted, contents, take)
    _balances(statement)
    return contents


def read_bills_csv(data: bytes, mapping: Mapping) -> Contents:
    """Bills of a ledger: id, vendor, day and amount at least.

    Raises:
        FileRefused: not text, or no line that has the mapped columns.
    """
    contents = Contents("csv", [Statement(currency_code=mapping.currency_code)])
    optional = (mapping.invoice_number, mapping.due_date, mapping.open_amount, mapping.currency)
    wanted = [mapping.bill_id, mapping.vendor_name, mapping.bill_date, mapping.amount, *(o for o in optional if o)]
    seen: dict[str, int] = {}

    def day(text: str) -> date | None:
        return parse_day(text, mapping.date_format) if text else None

    def take(row: _Row) -> None:
        bill_id, vendor = row[mapping.bill_id], row[mapping.vendor_name]
        if not bill_id or not vendor:
            raise Unreadable(f"the {'bill id' if not bill_id else 'vendor'} is empty")
        if bill_id in seen:
            raise Unreadable(f"bill {bill_id} stands in line {seen[bill_id]} already")
        amount = parse_amount(row[mapping.amount], mapping.decimal)
        open_text = row[mapping.open_amount]
        contents.bills.append(
            BillRow(
                row.line,
                bill_id,
                vendor,
                amount,
                parse_day(row[mapping.bill_date], mapping.date_format),
                day(row[mapping.due_date]),
                parse_amount(open_text, mapping.decimal) if open_text else None,
                row[mapping.invoice_number] or None,
            )
        )
        seen[bill_id] = row.line

    _each(data, mapping, wanted, contents, take)
    return contents


def _signed(row: _Row, mapping: Mapping) -> Decimal:
    if mapping.debit and mapping.credit:
        out, into = (parse_amount(row[name] or "0", mapping.decimal) for name in (mapping.debit, mapping.credit))
        if bool(row[mapping.debit]) == bool(row[mapping.credit]) and not (out == 0) != (into == 0):
            raise Unreadable("debit and credit are both empty or both filled")
        # Some banks write what leaves as a negative debit.
        return into - abs(out)
    amount = parse_amount(row[mapping.amount], mapping.decimal)
    return amount if mapping.sign == "inflow_positive" else -amount


def _each(data: bytes, mapping: Mapping, wanted: list[str], contents: Contents, take: Callable[[_Row], None]) -> None:
    """Hand every row under the header to `take`; what it cannot read is a reject."""
    try:
        text = decoded(data, mapping.encoding)
    except Unreadable as error:
        raise FileRefused(str(error)) from error
    for row in _rows(list(io.StringIO(text, newline="")), mapping, wanted):
        try:
            if row.is_torn:
                raise Unreadable("a quote that opens in this row is never closed")
            if len(row.cells) > len(row.places) and any(cell.strip() for cell in row.cells[len(row.places) :]):
                raise Unreadable(f"{len(row.cells)} cells under {len(row.places)} columns; is a quote missing?")
            take(row)
        except Unreadable as error:
            contents.rejects.append(Reject(row.line, str(error), (mapping.delimiter or ", ").join(row.cells)[:500]))


def _rows(lines: list[str], mapping: Mapping, wanted: list[str]) -> Iterator[_Row]:
    names = [name.strip().lower() for name in wanted]
    best: tuple[int, int, list[str]] = (0, -1, names)
    for number, line in enumerate(lines[:HEADER_WITHIN]):
        for mark in (mapping.delimiter,) if mapping.delimiter else DELIMITERS:
            header = _header(line, mark)
            missing = [name for name in names if name not in header]
            if not missing:
                yield from _below(lines[number + 1 :], number + 2, mark, header)
                return
            if len(names) - len(missing) > best[0]:
                best = (len(names) - len(missing), number + 1, missing)
    found = f"line {best[1]} has all but {', '.join(best[2])}" if best[0] else f"none of {', '.join(names)} was found"
    raise FileRefused(f"no header line with the mapped columns in the first {HEADER_WITHIN} lines ({found})")


def _header(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip().lower() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _below(lines: list[str], first: int, delimiter: str, header: list[str]) -> Iterator[_Row]:
    """The rows of these lines, of which the first is line `first` of the file."""
    places = {name: place for place, name in reversed(list(enumerate(header)))}
    reader = csv.reader(lines, delimiter=delimiter)
    # Columns without a name, as a trailing delimiter makes them, count as columns.
    places |= {f"\u0000{place}": place for place, name in enumerate(header) if not name or places[name] != place}
    start = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                # A quote left open takes the lines below into its cell: they would be gone without a word.
                is_torn = reader.line_num - start > 1 and "".join(lines[start : reader.line_num]).count('"') % 2 == 1
                yield _Row(first + start, cells, places, is_torn)
            start = reader.line_num
    except csv.Error as error:
        raise FileRefused(
            f"the row that begins in line {first + start} cannot be read ({error}); is a quote missing?"
        ) from error


def _balances(statement: Statement) -> None:
    """Opening and closing off a running balance, in whichever order of time the file stands."""
    told = [line for line in statement.lines if line.balance is not None]
    if not told:
        return
    first, last = told[0], told[-1]
    # Newest first when more rows follow from the one below than from the one above.
    up = sum(1 for a, b in zip(told, told[1:], strict=False) if a.balance == _sum(b.balance, a.amount))
    down = sum(1 for a, b in zip(told, told[1:], strict=False) if b.balance == _sum(a.balance, b.amount))
    if up > down or (up == down and first.posted_date > last.posted_date):
        first, last = last, first
    statement.opening = _sum(first.balance, -first.amount)
    statement.closing, statement.closing_date = last.balance, max(line.posted_date for line in told)


def _sum(balance: Decimal | None, amount: Decimal) -> Decimal:
    return (balance or Decimal(0)) + amount
