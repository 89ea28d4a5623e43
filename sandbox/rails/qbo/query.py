"""QuickBooks' query language: `select * from Bill where DueDate > '2026-10-01' orderby Id startposition 1`."""

from __future__ import annotations

import re
from dataclasses import dataclass

ENTITIES = [
    "CompanyInfo",
    "Account",
    "Vendor",
    "Customer",
    "Item",
    "Bill",
    "BillPayment",
    "Invoice",
    "Payment",
    "Purchase",
    "Deposit",
    "Transfer",
    "JournalEntry",
    "VendorCredit",
    "CreditMemo",
    "SalesReceipt",
    "RefundReceipt",
]
PAGE_DEFAULT = 100
PAGE_MAX = 1000

_COMMON = {"Id", "MetaData.CreateTime", "MetaData.LastUpdatedTime"}
_NAMES = _COMMON | {"Active", "DisplayName", "CompanyName", "GivenName", "FamilyName", "PrintOnCheckName"}
_TRANSACTION = _COMMON | {"DocNumber", "TxnDate", "TotalAmt"}
# What may stand in `where` and `orderby`, per entity.
FILTERABLE: dict[str, set[str]] = {
    "CompanyInfo": _COMMON,
    "Account": _COMMON
    | {"Name", "Active", "AccountType", "AccountSubType", "Classification", "FullyQualifiedName", "CurrentBalance"},
    "Vendor": _NAMES,
    "Customer": _NAMES | {"FullyQualifiedName"},
    "Item": _COMMON | {"Name", "Active", "Type"},
    "Bill": _TRANSACTION | {"DueDate", "Balance", "VendorRef", "APAccountRef"},
    "BillPayment": _TRANSACTION | {"VendorRef", "PayType"},
    "Invoice": _TRANSACTION | {"DueDate", "Balance", "CustomerRef"},
    "Payment": (_TRANSACTION - {"DocNumber"}) | {"CustomerRef", "PaymentRefNum"},
    "Purchase": _TRANSACTION | {"PaymentType", "AccountRef", "PaymentRefNum"},
    "Deposit": _TRANSACTION | {"DepositToAccountRef"},
    "Transfer": _COMMON | {"TxnDate", "Amount"},
    "JournalEntry": _TRANSACTION,
    "VendorCredit": _TRANSACTION | {"VendorRef"},
    "CreditMemo": _TRANSACTION | {"CustomerRef", "Balance"},
    "SalesReceipt": _TRANSACTION | {"CustomerRef", "DepositToAccountRef"},
    "RefundReceipt": _TRANSACTION | {"CustomerRef"},
}
_TOKEN = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|(<=|>=|=|<|>|\(|\)|,|\*)|([\w.:+-]+))")
_OPERATORS = {"=", "<", ">", "<=", ">=", "in", "like"}


class BadQuery(ValueError):
    """The query does not parse or names what cannot be queried; the text is QBO's Detail."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of the where clause."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query."""

    entity: str
    is_count: bool
    where: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]
    start: int
    size: int


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, bool]] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise BadQuery(f"QueryParserError: Encountered unexpected character at position {at}")
            quoted, symbol, word = match.groups()
            if quoted is not None:
                self._tokens.append((re.sub(r"\\(.)", r"\1", quoted), True))
            else:
                self._tokens.append((symbol or word, False))
            at = match.end()
        self._at = 0

    def peek(self) -> str:
        """The next bare word in lower case, or nothing."""
        if self._at >= len(self._tokens):
            return ""
        text, quoted = self._tokens[self._at]
        return "" if quoted else text.lower()

    def take(self) -> tuple[str, bool]:
        if self._at >= len(self._tokens):
            raise BadQuery("QueryParserError: Encountered <EOF>")
        self._at += 1
        return self._tokens[self._at - 1]

    def expect(self, *words: str) -> None:
        for word in words:
            text, quoted = self.take()
            if quoted or text.lower() != word:
                raise BadQuery(f'QueryParserError: Encountered "{text}", was expecting "{word}"')

    def number(self) -> int:
        text, _ = self.take()
        if not text.isdigit():
            raise BadQuery(f'QueryParserError: Encountered "{text}", was expecting a number')
        return int(text)

    def done(self) -> bool:
        return self._at >= len(self._tokens)


def parse(text: str) -> Query:
    """The query as QBO understands it. Raises BadQuery with QBO's reason."""
    reader = _Reader(text)
    reader.expect("select")
    is_count = reader.peek() == "count"
    if is_count:
        reader.expect("count", "(", "*", ")")
    else:
        reader.expect("*")
    reader.expect("from")
    entity, _ = reader.take()
    if entity not in FILTERABLE:
        raise BadQuery(f"QueryValidationError: Invalid context declaration {entity}")
    where = _where(reader, entity)
    order = _order(reader, entity)
    start, size = 1, PAGE_DEFAULT
    if reader.peek() == "startposition":
        reader.take()
        start = reader.number()
        if start < 1:
            raise BadQuery("QueryValidationError: value 0 is too small. Min allowed is 1.")
    if reader.peek() == "maxresults":
        reader.take()
        size = reader.number()
        if not 1 <= size <= PAGE_MAX:
            raise BadQuery(f"QueryValidationError: value {size} is too large. Max allowed is {PAGE_MAX}.")
    if not reader.done():
        raise BadQuery(f'QueryParserError: Encountered "{reader.take()[0]}"')
    return Query(entity, is_count, where, order, start, size)


def _field(reader: _Reader, entity: str) -> str:
    name, _ = reader.take()
    if name not in FILTERABLE[entity]:
        raise BadQuery(f"QueryValidationError: property '{name}' is not queryable on {entity}")
    return name


def _where(reader: _Reader, entity: str) -> tuple[Condition, ...]:
    if reader.peek() != "where":
        return ()
    found = []
    word = "where"
    while reader.peek() == word:
        reader.take()
        field = _field(reader, entity)
        operator = reader.take()[0].lower()
        if operator not in _OPERATORS:
            raise BadQuery(f'QueryParserError: Encountered "{operator}" after {field}')
        if operator == "in":
            reader.expect("(")
            values = [reader.take()[0]]
            while reader.peek() == ",":
                reader.take()
                values.append(reader.take()[0])
            reader.expect(")")
        else:
            values = [reader.take()[0]]
        found.append(Condition(field, operator, tuple(values)))
        word = "and"
    return tuple(found)


def _order(reader: _Reader, entity: str) -> tuple[tuple[str, bool], ...]:
    if reader.peek() == "order":
        reader.take()
        reader.expect("by")
    elif reader.peek() == "orderby":
        reader.take()
    else:
        return ()
    found = []
    while True:
        name = _field(reader, entity)
        descending = False
        if reader.peek() in ("asc", "desc"):
            descending = reader.take()[0].lower() == "desc"
        found.append((name, descending))
        if reader.peek() != ",":
            return tuple(found)
        reader.take()
