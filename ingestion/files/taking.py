"""Take a file in: read it, say what is new in it, refuse what would count money twice, keep it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ingestion.files.mapping import Mapping
from ingestion.files.overlap import Known, Part, Proof, merged, proofs
from ingestion.files.reading import read_file
from ingestion.files.replace import account_id_of, chosen
from ingestion.files.statement import Contents, FileRefused, Statement
from ingestion.files.store import FileStore, Kept


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file brings.

    Attributes:
        kept: the file as it is, or would be, kept; with the mapping of the account when none was given.
        contents: what it says, rejects included.
        new, known: rows that were not there before, and rows that were.
        first_date, last_date: the days of its lines.
        new_lines: the lines that were not there before.
        proof: of this statement; None for bills.
        again: the same bytes were kept before.
    """

    kept: Kept
    contents: Contents
    new: int
    known: int
    first_date: date | None
    last_date: date | None
    new_lines: tuple[Known, ...] = ()
    proof: Proof | None = None
    again: bool = False

    @property
    def total(self) -> Decimal:
        """Sum of the new lines, or of the new file's bills."""
        if self.kept.kind == "bills":
            return sum((bill.amount for bill in self.contents.bills), Decimal(0))
        return sum((known.line.amount for known in self.new_lines), Decimal(0))


def take(store: FileStore, asked: Kept, data: bytes, keep: bool = True) -> Taken:
    """Read a file for an account and, unless `keep` is false, keep it.

    Raises:
        FileRefused: nothing in it can be read, or it does not belong with what the account has.
    """
    try:
        return _take(store, asked, data, keep)
    except FileRefused as error:
        raise FileRefused(f"{asked.file_name}: {error}") from error


def _take(store: FileStore, asked: Kept, data: bytes, keep: bool) -> Taken:
    before = list(store.of(asked.client_id, asked.kind, asked.account))
    kept = replace(asked, mapping=asked.mapping or _mapping_of(before))
    contents = read_file(data, kept.kind, kept.mapping)
    others = [one for one in before if one.file_id != kept.file_id]
    read = [(one, _again(store, one)) for one in others]
    again = len(others) < len(before)
    if kept.kind == "bills":
        if not contents.bills:
            raise FileRefused(_nothing(contents))
        had = {bill.bill_id for _, one in read for bill in one.bills}
        new = 0 if again else sum(bill.bill_id not in had for bill in contents.bills)
        days = [bill.bill_date for bill in contents.bills]
        taken = Taken(kept, contents, new, len(contents.bills) - new, min(days), max(days), again=again)
    else:
        taken = _bank(kept, contents, read, again)
    if keep:
        store.keep(kept, data)
    return taken


def _bank(kept: Kept, contents: Contents, read: Sequence[tuple[Kept, Contents]], again: bool) -> Taken:
    statement = chosen(kept, contents)
    contents.statements = [statement]
    if not statement.lines and statement.closing is None:
        raise FileRefused(_nothing(contents))
    for other, found in read:
        if found.statements:
            _belongs(kept, statement, contents.format, other, found.statements[0], found.format)
    account_id = account_id_of(kept.client_id, kept.account)
    earlier = [Part(other.file_id, other.file_name, found.statements[0]) for other, found in read if found.statements]
    mine = Part(kept.file_id, kept.file_name, statement)
    had = {one.posting_id for one in merged(account_id, [*earlier, mine] if again else earlier)}
    now = merged(account_id, [*earlier, mine])
    fresh = tuple(one for one in now if one.posting_id not in had)
    proof = next(one for one in proofs([*earlier, mine], now) if one.part is mine)
    known = len(statement.lines) - len(fresh)
    return Taken(
        kept, contents, len(fresh), max(known, 0), statement.first_date, statement.last_date, fresh, proof, again
    )


def _belongs(kept: Kept, mine: Statement, form: str, other: Kept, theirs: Statement, their_form: str) -> None:
    """Refuse what would mix two accounts, or show the same days in two wordings."""
    if mine.account_number and theirs.account_number and mine.account_number != theirs.account_number:
        raise FileRefused(
            f"it is about account …{mine.account_number[-4:]}, and {kept.account} has been"
            f" …{theirs.account_number[-4:]} ({other.file_name}); give it another --account"
        )
    if mine.currency_code and theirs.currency_code and mine.currency_code != theirs.currency_code:
        raise FileRefused(f"it is in {mine.currency_code}, and {kept.account} is in {theirs.currency_code}")
    if form == their_form or not (mine.first_date and mine.last_date and theirs.first_date and theirs.last_date):
        return
    first, last = max(mine.first_date, theirs.first_date), min(mine.last_date, theirs.last_date)
    if first <= last and mine.lines and theirs.lines:
        raise FileRefused(
            f"{first} to {last} came as {their_form} already ({other.file_name}), and the two formats word a line"
            f" differently; load one of them, or `rowcol files forget` the other"
        )


def _mapping_of(before: Sequence[Kept]) -> Mapping | None:
    """The mapping that the account's newest file was read by."""
    mapped = [one for one in before if one.mapping]
    return max(mapped, key=lambda one: (one.loaded_at, one.file_id)).mapping if mapped else None


def _again(store: FileStore, kept: Kept) -> Contents:
    try:
        found = read_file(store.contents(kept), kept.kind, kept.mapping)
        if kept.kind == "bank":
            found.statements = [chosen(kept, found)]
        return found
    except FileRefused:
        return Contents("unreadable")


def _nothing(contents: Contents) -> str:
    if not contents.rejects:
        return "there is no row in it"
    first = contents.rejects[0]
    return f"none of its {len(contents.rejects)} rows can be read; line {first.line}: {first.reason}"
