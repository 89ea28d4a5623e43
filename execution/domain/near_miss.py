"""When two records could be one bill: invoice numbers that nearly agree, and what else has to agree with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from execution.domain.facts import Twin
from execution.domain.invoice_number import normalize_invoice_number

SHORTEST_NEAR = 4  # Below it one edit makes any number of any other.
CARD_DAYS = 45  # A card pays a bill when it comes in, long before it is due.


@dataclass(frozen=True, slots=True)
class Record:
    """A bill, a payout or a payment of the same vendor. Amount in minor units; `rail` ramp | qbo | card.

    `kind` reads after "already": in payment | paid | entered.
    """

    kind: str
    record_id: str
    rail: str
    source_bill_id: str | None
    invoice_number: str
    amount_minor: int
    day: date | None


def one_edit_apart(left: str, right: str) -> bool:
    """Whether one letter put in, left out, changed, or two neighbours swapped make one text of the other."""
    if left == right:
        return False
    short, long = sorted((left, right), key=len)
    at = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = long[:at] + long[at : at + 2][::-1] + long[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or short == swapped


def is_extended(left: str, right: str) -> bool:
    """Whether one number is the other with up to two signs put before or behind: `4411` and `4411-A`."""
    short, long = sorted((left, right), key=len)
    return 0 < len(long) - len(short) <= 2 and (long.startswith(short) or long.endswith(short))


def nearly_the_same(left: str, right: str) -> str:
    """In what two normalized numbers differ little; empty when they are equal, far apart or too short to tell."""
    if min(len(left), len(right)) < SHORTEST_NEAR or left == right:
        return ""
    if one_edit_apart(left, right):
        return "one sign apart"
    if is_extended(left, right):
        return "a few signs longer"
    return ""


def twin_of(mine: Record, other: Record, *, today: date, window_days: int, amount_days: int) -> Twin | None:
    """What the other record of the same vendor is to mine: the same for certain, alike, or None.

    Certain: the same bill, or the same amount under the same number. Alike: the same amount under a number that
    nearly agrees, or within `amount_days`, or the same number at another amount, or a card payment of the amount.
    """
    shown = f"{other.rail} {other.record_id}" if other.kind == "paid" else other.record_id
    if other.source_bill_id is not None and other.source_bill_id == mine.source_bill_id:
        return Twin(other.kind, shown, "the same bill", is_same_bill=True)
    days = abs((today - other.day).days) if other.day is not None else 0
    if days > window_days:
        return None
    number, theirs = normalize_invoice_number(mine.invoice_number), normalize_invoice_number(other.invoice_number)
    when = f", {other.day}" if other.day is not None else ""
    same_number = bool(number) and number == theirs
    if other.amount_minor != mine.amount_minor:
        return _alike(other, shown, f"same invoice number, another amount{when}") if same_number else None
    if same_number:
        return Twin(other.kind, shown, f"same vendor, amount and invoice number{when}")
    if near := nearly_the_same(number, theirs):
        return _alike(other, shown, f"same amount, invoice number {near}{when}")
    if other.rail == "card" and days <= CARD_DAYS:
        return _alike(other, shown, f"same amount by card{when}")
    if other.day is not None and days <= amount_days:
        return _alike(other, shown, f"same vendor and amount within {amount_days} days{when}")
    return None


def _alike(other: Record, shown: str, evidence: str) -> Twin:
    return Twin(other.kind, shown, evidence, is_certain=False)


def twins_of(
    mine: Record, others: Iterable[Record], *, today: date, window_days: int, amount_days: int
) -> tuple[Twin, ...]:
    """Every twin among the records of the same vendor, the certain ones first."""
    found = [twin_of(mine, other, today=today, window_days=window_days, amount_days=amount_days) for other in others]
    return tuple(sorted((twin for twin in found if twin is not None), key=lambda twin: not twin.is_certain))
