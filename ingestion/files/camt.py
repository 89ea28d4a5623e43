"""camt.053 statements of any version, by local names: entries, batches and both balances.

Parsed without entities, document types or outside references. A booked entry is one line; a batch whose details add up
to it is a line per detail, because each is one party's payment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml import DefusedXmlException
from defusedxml.sax import parse

from ingestion.files.statement import Contents, FileRefused, Line, Reject, Statement
from ingestion.files.values import Unreadable, parse_amount, parse_day

OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
NOT_PROVIDED = "NOTPROVIDED"


@dataclass
class _Node:
    """One element: local name, line, text, children."""

    name: str
    line: int
    attributes: dict[str, str]
    text: str = ""
    children: list[_Node] = field(default_factory=list)

    def all(self, *path: str) -> Iterator[_Node]:
        """Every element under this path."""
        if not path:
            yield self
            return
        for child in self.children:
            if child.name == path[0]:
                yield from child.all(*path[1:])

    def one(self, *path: str) -> _Node | None:
        """The first element under this path."""
        return next(self.all(*path), None)

    def value(self, *path: str) -> str:
        """Its text, empty when it is not there."""
        found = self.one(*path)
        return found.text.strip() if found else ""


class _Tree(ContentHandler):
    """Builds nodes with the line that each begins on."""

    def __init__(self) -> None:
        super().__init__()
        self.root: _Node | None = None
        self._open: list[_Node] = []
        self._place: Any = None

    def setDocumentLocator(self, locator: Any) -> None:
        self._place = locator

    def startElement(self, name: str, attrs: Any) -> None:
        node = _Node(name.rpartition(":")[2], int(self._place.getLineNumber()), dict(attrs.items()))
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def endElement(self, name: str) -> None:
        self._open.pop()

    def characters(self, content: str) -> None:
        self._open[-1].text += content


def read_camt(data: bytes) -> Contents:
    """Statements of a camt.053 message.

    Raises:
        FileRefused: not well formed, not allowed in a statement (an entity), or another message.
    """
    tree = _Tree()
    try:
        parse(BytesIO(data), tree, forbid_dtd=True)
    except SAXException as error:
        place = f"line {error.getLineNumber()}: " if hasattr(error, "getLineNumber") else ""
        raise FileRefused(f"{place}the XML is broken ({error.getMessage()})") from error
    except DefusedXmlException as error:
        raise FileRefused(f"it declares what no statement needs ({type(error).__name__}); it is not read") from error
    except (LookupError, ValueError) as error:
        raise FileRefused(f"its encoding cannot be read ({error}); save it as UTF-8") from error
    found = list(tree.root.all("BkToCstmrStmt", "Stmt")) if tree.root else []
    if not found:
        raise FileRefused("there is no camt.053 statement (BkToCstmrStmt/Stmt) in it")
    contents = Contents("camt.053")
    for node in found:
        _statement(node, contents)
    return contents


def _statement(node: _Node, contents: Contents) -> None:
    account = node.value("Acct", "Id", "IBAN") or node.value("Acct", "Id", "Othr", "Id")
    statement = Statement(account or None, currency_code=node.value("Acct", "Ccy").upper() or None)
    contents.statements.append(statement)
    for balance in node.all("Bal"):
        code = balance.value("Tp", "CdOrPrtry", "Cd")
        try:
            if code in CLOSING:
                statement.closing, statement.closing_date = _amount(balance), _day(balance, "Dt")
            elif code in OPENING and (statement.opening is None or code == OPENING[0]):
                statement.opening = _amount(balance)
        except Unreadable as error:
            contents.rejects.append(Reject(balance.line, f"balance {code}: {error}", code))
        statement.currency_code = statement.currency_code or _currency(balance)
    for entry in node.all("Ntry"):
        if (entry.value("Sts", "Cd") or entry.value("Sts") or "BOOK") != "BOOK":
            contents.pending += 1
            continue
        try:
            if statement.currency_code and _currency(entry) not in (None, statement.currency_code):
                raise Unreadable(f"the currency is {_currency(entry)}, of the account {statement.currency_code}")
            statement.lines += _lines(entry)
        except Unreadable as error:
            shown = " ".join(f"{child.name}={child.text.strip()}" for child in entry.children if child.text.strip())
            contents.rejects.append(Reject(entry.line, str(error), shown[:500]))


def _lines(entry: _Node) -> list[Line]:
    amount, booked = _amount(entry), _day(entry, "BookgDt") if entry.one("BookgDt") else _day(entry, "ValDt")
    valued = _day(entry, "ValDt") if entry.one("ValDt") else None
    bank_id = entry.value("AcctSvcrRef") or None
    details = list(entry.all("NtryDtls", "TxDtls"))
    parts = [_detail_amount(detail, amount) for detail in details]
    if len(details) > 1 and None not in parts and sum(part or Decimal(0) for part in parts) == amount:
        return [
            _line(entry, [detail], part or Decimal(0), booked, valued, f"{bank_id}#{number}" if bank_id else None)
            for number, (detail, part) in enumerate(zip(details, parts, strict=True), 1)
        ]
    return [_line(entry, details, amount, booked, valued, bank_id)]


def _line(
    entry: _Node, details: list[_Node], amount: Decimal, booked: date, valued: date | None, bank_id: str | None
) -> Line:
    other = "Cdtr" if amount < 0 else "Dbtr"
    parties = [
        detail.value("RltdPties", other, "Nm") or detail.value("RltdPties", other, "Pty", "Nm") for detail in details
    ]
    remitted = [note.text.strip() for detail in details for note in detail.all("RmtInf", "Ustrd")]
    references = [
        text
        for detail in details
        for text in (
            detail.value("RmtInf", "Strd", "CdtrRefInf", "Ref"),
            detail.value("RmtInf", "Strd", "RfrdDocInf", "Nb"),
            detail.value("Refs", "EndToEndId"),
        )
        if text and text != NOT_PROVIDED
    ]
    said = [*dict.fromkeys(filter(None, parties)), *remitted, entry.value("AddtlNtryInf")]
    return Line(
        details[0].line if len(details) == 1 else entry.line,
        booked,
        amount,
        " ".join(filter(None, said))[:500],
        next(filter(None, parties), None) if len(details) == 1 else None,
        references[0] if references else None,
        next((text for detail in details if (text := detail.value("Refs", "ChqNb"))), None),
        bank_id,
        valued,
    )


def _detail_amount(detail: _Node, whole: Decimal) -> Decimal | None:
    """A detail's own amount in the entry's direction unless it says another; None when it has none."""
    for path in ((), ("AmtDtls", "TxAmt")):
        holder = detail.one(*path)
        if holder and holder.value("Amt"):
            amount = parse_amount(holder.value("Amt"))
            way = detail.value("CdtDbtInd") or ("DBIT" if whole < 0 else "CRDT")
            return -amount if way == "DBIT" else amount
    return None


def _amount(node: _Node) -> Decimal:
    way = node.value("CdtDbtInd")
    if way not in ("CRDT", "DBIT"):
        raise Unreadable(f"CdtDbtInd is {way or 'absent'}, not CRDT or DBIT")
    amount = parse_amount(node.value("Amt"))
    return -amount if way == "DBIT" else amount


def _day(node: _Node, name: str) -> date:
    return parse_day((node.value(name, "Dt") or node.value(name, "DtTm"))[:10], "%Y-%m-%d")


def _currency(node: _Node) -> str | None:
    amount = node.one("Amt")
    return (amount.attributes.get("Ccy") or "").upper() or None if amount else None
