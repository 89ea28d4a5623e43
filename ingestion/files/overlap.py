"""One account out of many statements: a line that several show is one line, equal lines of one statement stay several.

The result hangs on the set of statements alone, never on the order in which they came.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ingestion.files.statement import Line, Statement

Content = tuple[date, Decimal, str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """One statement and the file that it stands in."""

    file_id: str
    file_name: str
    statement: Statement

    @property
    def newness(self) -> tuple[date, str]:
        """What puts a later statement's word above an earlier one's."""
        return self.statement.last_date or date.min, self.file_id


@dataclass(frozen=True, slots=True)
class Known:
    """One line of an account, under an id that every statement with that line leads to."""

    posting_id: str
    file_id: str
    line: Line


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a statement's lines lead from one balance to the other.

    `verdict` is proven, unproven or no_balances; `entries` is the sum of the lines between the balances.
    """

    part: Part
    opening: Decimal | None
    entries: Decimal
    closing: Decimal | None
    difference: Decimal | None
    verdict: str


def merged(account_id: str, parts: Iterable[Part]) -> list[Known]:
    """Every line of the account once, by day.

    Two lines are alike when day, amount and text are. Of each likeness the account has as many lines as the statement
    that shows most of them. A bank's own id, where it names one line in every file, lets a line keep its identity when
    the bank rewords it: the newest wording counts.
    """
    ordered = sorted(parts, key=lambda part: part.newness)
    reworded = _newest_wording(ordered)
    shown: dict[Content, list[tuple[str, Line]]] = {}
    for part in ordered:
        here: dict[Content, list[tuple[str, Line]]] = {}
        for line in sorted(part.statement.lines, key=lambda line: line.line):
            content = reworded.get((line.bank_id or "", line.amount), line.content)
            here.setdefault(content, []).append((part.file_id, line))
        for content, lines in here.items():
            if len(lines) >= len(shown.get(content, ())):
                shown[content] = lines
    found = []
    for content, lines in shown.items():
        for number, (file_id, line) in enumerate(lines, 1):
            told = "\u0000".join((account_id, *map(str, content[:1]), f"{content[1]:.4f}", *content[2:], str(number)))
            found.append(Known("file:" + hashlib.sha256(told.encode()).hexdigest()[:20], file_id, line))
    return sorted(found, key=lambda known: (known.line.posted_date, known.posting_id))


def _newest_wording(ordered: Sequence[Part]) -> dict[tuple[str, Decimal], Content]:
    """(bank id, amount) → content of the newest statement, for ids that name one line in every file."""
    untrusted: set[str] = set()
    newest: dict[tuple[str, Decimal], Content] = {}
    for part in ordered:
        counted = Counter(line.bank_id for line in part.statement.lines if line.bank_id)
        untrusted |= {bank_id for bank_id, count in counted.items() if count > 1}
        for line in part.statement.lines:
            if line.bank_id:
                newest[line.bank_id, line.amount] = line.content
    return {key: content for key, content in newest.items() if key[0] not in untrusted}


def proofs(parts: Iterable[Part], known: Sequence[Known]) -> list[Proof]:
    """Opening and lines against closing, statement by statement.

    A statement that tells no opening balance (OFX does not) starts from the closing of the one before, when no day lies
    between them.
    """
    ordered = sorted(parts, key=lambda part: part.newness)
    found = []
    for at, part in enumerate(ordered):
        statement = part.statement
        opening, entries = statement.opening, sum((line.amount for line in statement.lines), Decimal(0))
        if opening is None and statement.closing is not None:
            before = _before(ordered[:at], statement)
            if before is not None and before.closing_date and statement.last_date:
                opening = before.closing
                days = before.closing_date, statement.last_date
                entries = sum((k.line.amount for k in known if days[0] < k.line.posted_date <= days[1]), Decimal(0))
        if opening is None or statement.closing is None:
            found.append(Proof(part, opening, entries, statement.closing, None, "no_balances"))
            continue
        difference = statement.closing - opening - entries
        verdict = "unproven" if difference else "proven"
        found.append(Proof(part, opening, entries, statement.closing, difference, verdict))
    return found


def _before(earlier: Sequence[Part], statement: Statement) -> Statement | None:
    first = statement.first_date
    for part in reversed(earlier):
        one = part.statement
        if (
            one.closing is not None
            and one.closing_date
            and statement.last_date
            and one.closing_date < statement.last_date
        ):
            reaches = first is not None and (first - one.closing_date).days <= 1
            return one if reaches else None
    return None
