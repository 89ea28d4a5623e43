"""What a file says, whatever its format: statements with their lines, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ingestion.errors import IngestionError


class FileRefused(IngestionError):
    """A file of which nothing can be used: the sentence names the file, where, what was found and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One bank line. `amount` is signed by what it does to cash: inflow positive."""

    line: int
    posted_date: date
    amount: Decimal
    description: str = ""
    party_name: str | None = None
    reference: str | None = None
    check_number: str | None = None
    bank_id: str | None = None
    value_date: date | None = None
    balance: Decimal | None = None

    @property
    def content(self) -> tuple[date, Decimal, str, str]:
        """What makes two lines look alike: day, amount and text, whatever its spaces and case."""
        return self.posted_date, self.amount, " ".join(self.description.upper().split()), self.check_number or ""


@dataclass(frozen=True, slots=True)
class BillRow:
    """One bill of a ledger file; amounts positive, as owed."""

    line: int
    bill_id: str
    vendor_name: str
    amount: Decimal
    bill_date: date
    due_date: date | None = None
    open_amount: Decimal | None = None
    invoice_number: str | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be read: where it stands, why, and what it says."""

    line: int
    reason: str
    text: str


@dataclass(slots=True)
class Statement:
    """Lines of one account between two balances. A balance that the file does not tell is None."""

    account_number: str | None = None
    account_type: str = "checking"
    currency_code: str | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    closing_date: date | None = None
    lines: list[Line] = field(default_factory=list)

    @property
    def first_date(self) -> date | None:
        """Day of the earliest line."""
        return min((line.posted_date for line in self.lines), default=self.closing_date)

    @property
    def last_date(self) -> date | None:
        """Day of the closing balance, else of the latest line."""
        days = [line.posted_date for line in self.lines] + ([self.closing_date] if self.closing_date else [])
        return max(days, default=None)


@dataclass(slots=True)
class Contents:
    """All that a file says."""

    format: str
    statements: list[Statement] = field(default_factory=list)
    bills: list[BillRow] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    pending: int = 0

    @property
    def rows(self) -> int:
        """Rows that could be read."""
        return len(self.bills) + sum(len(statement.lines) for statement in self.statements)
