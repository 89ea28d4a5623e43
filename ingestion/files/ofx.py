"""OFX and QFX statements: 1.x, which leaves tags open, and 2.x, which is XML, read tag by tag with their lines.

A line without an id, or with one that another line has, is a line all the same: an id only helps to know a line again.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ingestion.files.statement import Contents, FileRefused, Line, Reject, Statement
from ingestion.files.values import Unreadable, decoded, parse_amount, parse_day

TAG = re.compile(r"<(/?)([A-Za-z0-9_.]+)[^<>]*>([^<]*)")
ENCODING = re.compile(rb"(?:CHARSET|ENCODING)\s*[:=]\s*[\"']?([A-Za-z0-9_-]+)", re.IGNORECASE)
STATEMENTS = {"STMTRS": "checking", "CCSTMTRS": "credit card"}
TYPES = {"SAVINGS": "savings", "MONEYMRKT": "money market", "CREDITLINE": "line of credit", "CD": "cd"}


@dataclass
class _Entry:
    """One STMTTRN as its tags."""

    line: int
    tags: dict[str, str] = field(default_factory=dict)


def read_ofx(data: bytes) -> Contents:
    """Statements of bank and card accounts; investments are left alone.

    Raises:
        FileRefused: no OFX, or no bank or card statement in it.
    """
    text = _text(data)
    body = text.upper().find("<OFX>")
    if body < 0:
        raise FileRefused("there is no <OFX> in it")
    contents = Contents("ofx")
    statement: Statement | None = None
    entry: _Entry | None = None
    path: list[str] = []
    for line, closes, name, value in _tags(text, body):
        if name in STATEMENTS:
            if not closes:
                statement = Statement(account_type=STATEMENTS[name])
                contents.statements.append(statement)
            else:
                statement = None
        elif statement is None:
            continue
        elif name == "STMTTRN":
            # An open entry that the next one begins was never closed: it is whole all the same.
            if entry is not None:
                _take(entry, statement, contents)
            entry = None if closes else _Entry(line)
        elif closes:
            if name == "BANKTRANLIST" and entry is not None:
                _take(entry, statement, contents)
                entry = None
            path = path[: path.index(name)] if name in path else path
        elif not value and name in ("LEDGERBAL", "AVAILBAL", "BANKACCTFROM", "CCACCTFROM", "PAYEE"):
            path.append(name)
        elif entry is not None:
            entry.tags.setdefault(name if "PAYEE" not in path else f"PAYEE.{name}", value)
        else:
            _of_statement(statement, path, name, value, line, contents)
    if not contents.statements:
        raise FileRefused("there is no bank or card statement in it")
    return contents


def _text(data: bytes) -> str:
    """By the header's own word, which some banks get wrong: then by the bytes."""
    said = ENCODING.search(data[:400])
    name = said[1].decode().lower() if said else ""
    named = {"1252": "cp1252", "usascii": None, "unicode": None, "none": None, "utf-8": "utf-8", "utf8": "utf-8"}
    for found in re.finditer(rb"CHARSET\s*:\s*([A-Za-z0-9_-]+)", data[:400], re.IGNORECASE):
        name = found[1].decode().lower()
    encoding = named.get(name, name if name.startswith("iso-8859") else None)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return decoded(data, encoding)
    except Unreadable:
        return decoded(data)


def _tags(text: str, start: int) -> Iterator[tuple[int, bool, str, str]]:
    line, seen = text.count("\n", 0, start) + 1, start
    for tag in TAG.finditer(text, start):
        line += text.count("\n", seen, tag.start())
        seen = tag.start()
        yield line, bool(tag[1]), tag[2].upper(), html.unescape(tag[3]).strip()


def _of_statement(statement: Statement, path: list[str], name: str, value: str, line: int, contents: Contents) -> None:
    try:
        if name == "CURDEF":
            statement.currency_code = value.upper()
        elif name == "ACCTID" and path[-1:] != ["PAYEE"]:
            statement.account_number = value
        elif name == "ACCTTYPE":
            statement.account_type = TYPES.get(value.upper(), statement.account_type)
        elif name == "BALAMT" and "LEDGERBAL" in path:
            statement.closing = _amount(value)
        elif name == "DTASOF" and "LEDGERBAL" in path:
            statement.closing_date = _day(value)
    except Unreadable as error:
        contents.rejects.append(Reject(line, f"{name}: {error}", value))


def _take(entry: _Entry, statement: Statement, contents: Contents) -> None:
    tags = entry.tags
    try:
        name, memo = tags.get("NAME") or tags.get("PAYEE.NAME", ""), tags.get("MEMO", "")
        # A memo often begins with the whole name.
        text = memo if memo.upper().startswith(name.upper()) else f"{name} {memo}".strip()
        statement.lines.append(
            Line(
                entry.line,
                _day(tags.get("DTPOSTED", "")),
                _amount(tags.get("TRNAMT", "")),
                text or tags.get("TRNTYPE", ""),
                name or None,
                tags.get("REFNUM") or None,
                tags.get("CHECKNUM") or None,
                tags.get("FITID") or None,
            )
        )
    except Unreadable as error:
        shown = " ".join(f"{name}={value}" for name, value in tags.items())
        contents.rejects.append(Reject(entry.line, str(error), shown[:500]))


def _amount(text: str) -> Decimal:
    """OFX allows a comma for the point, and no thousands marks."""
    return parse_amount(text, "," if "," in text and "." not in text else ".")


def _day(text: str) -> date:
    """YYYYMMDD, with or without a time and a zone after it."""
    return parse_day(text[:8], "%Y%m%d")
