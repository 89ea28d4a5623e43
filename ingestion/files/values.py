"""Amounts and days as banks write them, exact or refused. No float touches an amount."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

# Raw keeps 18 digits, four of them decimals.
LARGEST = Decimal(10) ** 13
DECIMALS = 4
# Written by programs first, then as people write days; a mapping that says which is never second-guessed.
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%Y%m%d", "%d-%b-%Y", "%d %b %Y")
SIGNS = re.compile(r"^(?P<dr>DR|D)?\s*(?P<cr>CR|C)?\s*(?P<number>.*?)\s*(?P<dr2>DR|D)?(?P<cr2>CR|C)?$", re.IGNORECASE)


class Unreadable(ValueError):
    """A cell that is no amount or no day; the text is the reason, fit to be shown."""


def parse_amount(text: str, decimal: str = ".") -> Decimal:
    """An amount in major units; brackets, a minus on either side and DR make it negative.

    Raises:
        Unreadable: empty, no number, more decimals than raw keeps, or out of range.
    """
    given = text.strip().replace("\u2212", "-")
    if not given:
        raise Unreadable("the amount is empty")
    marks = SIGNS.match(given)
    negative = bool(marks and (marks["dr"] or marks["dr2"]))
    number = re.sub(r"[\s\u00a0\u202f'’$£€¥]|[A-Z]{3}\b", "", marks["number"] if marks else given)
    if number.startswith("(") and number.endswith(")"):
        negative, number = True, number[1:-1]
    if number.endswith("-"):
        negative, number = True, number[:-1]
    groups = "," if decimal == "." else r"\."
    point = re.escape(decimal)
    if not re.fullmatch(rf"[+-]?(\d+|\d{{1,3}}({groups}\d{{2,3}})*)?({point}\d*)?", number) or not re.search(
        r"\d", number
    ):
        raise Unreadable(f"{text.strip()!r} is no amount with {decimal!r} as decimal mark")
    try:
        value = Decimal(re.sub(groups, "", number).replace(decimal, "."))
    except InvalidOperation as error:
        raise Unreadable(f"{text.strip()!r} is no amount") from error
    exponent = value.as_tuple().exponent
    if abs(value) >= LARGEST or (isinstance(exponent, int) and -exponent > DECIMALS):
        raise Unreadable(f"{text.strip()!r} has more digits than an amount can have")
    # "-12.00 DR" says twice that it leaves; it does not come back by that.
    return -abs(value) if negative else value


def parse_day(text: str, form: str | None = None) -> date:
    """A day, by the given strptime format or by one that cannot be misread.

    Raises:
        Unreadable: no day, or one that two countries read differently and no format is given.
    """
    given = text.strip()
    if not given:
        raise Unreadable("the date is empty")
    for known in (form,) if form else DATE_FORMATS:
        try:
            return datetime.strptime(given, known).date()
        except ValueError:
            continue
    if form is None and (found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", given)):
        first, second, year = (int(part) for part in found.groups())
        if (first > 12) != (second > 12):
            month, day = (second, first) if first > 12 else (first, second)
            try:
                return date(year, month, day)
            except ValueError:
                pass
        elif first == second:
            return date(year, first, second)
        raise Unreadable(f"{given!r} may be two days; say which with date_format in the mapping")
    wanted = f"written as {form}" if form else "of a known form; say how with date_format in the mapping"
    raise Unreadable(f"{given!r} is no day {wanted}")


def decoded(data: bytes, encoding: str | None = None) -> str:
    """Bytes as text: by the given encoding, else by their byte-order mark, else UTF-8, else Windows Western.

    Raises:
        Unreadable: the given encoding does not fit.
    """
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    try:
        if encoding:
            return data.decode(encoding)
        return data.decode(marked or "utf-8")
    except (UnicodeError, LookupError) as error:
        if encoding or marked:
            raise Unreadable(f"the text is not {encoding or marked}: {error}") from error
    return data.decode("cp1252", errors="replace")
