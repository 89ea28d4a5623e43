"""What a scenario may change: each kind with its bounds, told and read as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from execution.errors import Invalid

MOVES_MAX = 50
MINOR_MAX = 10**14
WEEKS = (1, 13)
BUCKETS = ("receivables", "stripe_payouts", "other_in")


@dataclass(frozen=True, slots=True)
class Move:
    """One change of a scenario. Kinds below; any number of them, in any order, mean the same scenario."""

    kind: ClassVar[str]
    bounds: ClassVar[Mapping[str, tuple[int, int]]] = {}

    def told(self) -> dict[str, Any]:
        """As it is kept and sent."""
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Delay(Move):
    """A bill or receivable comes some weeks later; earlier when negative."""

    kind = "delay"
    bounds = {"weeks": (-13, 13)}
    source_id: str
    weeks: int


@dataclass(frozen=True, slots=True)
class Drop(Move):
    """A bill or receivable does not come."""

    kind = "drop"
    source_id: str


@dataclass(frozen=True, slots=True)
class Payroll(Move):
    """Payroll changes by per cent from a week on."""

    kind = "payroll"
    bounds = {"percent": (-100, 1000), "from_week": WEEKS}
    percent: int
    from_week: int = 1


@dataclass(frozen=True, slots=True)
class Price(Move):
    """What is still to be invoiced or sold changes by per cent from a week on; issued invoices stay as they are."""

    kind = "price"
    bounds = {"percent": (-100, 1000), "from_week": WEEKS}
    bucket: str
    percent: int
    from_week: int = 1


@dataclass(frozen=True, slots=True)
class LoseCustomer(Move):
    """A customer pays nothing from a week on: their invoices, and `usual_percent` of what is usually received."""

    kind = "lose_customer"
    bounds = {"usual_percent": (0, 100), "from_week": WEEKS}
    customer: str
    usual_percent: int
    from_week: int = 1


@dataclass(frozen=True, slots=True)
class Loan(Move):
    """A loan is drawn and repaid in equal parts, as far as they fall into the thirteen weeks."""

    kind = "loan"
    bounds = {
        "draw_minor": (1, MINOR_MAX), "draw_week": WEEKS, "repayment_minor": (0, MINOR_MAX), "first_week": WEEKS,
        "every_weeks": WEEKS,
    }  # fmt: skip
    draw_minor: int
    draw_week: int
    repayment_minor: int = 0
    first_week: int = 1
    every_weeks: int = 4


@dataclass(frozen=True, slots=True)
class Suspected(Move):
    """Bills that the books lack by a vendor's rhythm are counted, each on the day on which it would be paid."""

    kind = "suspected"


KINDS: Mapping[str, type[Move]] = {
    one.kind: one for one in (Delay, Drop, Payroll, Price, LoseCustomer, Loan, Suspected)
}


def read_moves(told: Sequence[Mapping[str, Any]]) -> tuple[Move, ...]:
    """The moves of a scenario. Raises Invalid, naming the move by its number, the field, and what would be right."""
    if isinstance(told, str | bytes | Mapping) or not isinstance(told, Sequence):
        raise Invalid("moves: give a list of changes")
    if len(told) > MOVES_MAX:
        raise Invalid(f"moves: {len(told)} are too many; give at most {MOVES_MAX}")
    return tuple(_read(number, one) for number, one in enumerate(told, 1))


def _read(number: int, told: Mapping[str, Any]) -> Move:
    where = f"moves, number {number}"
    made = KINDS.get(str(told.get("kind"))) if isinstance(told, Mapping) else None
    if made is None:
        raise Invalid(f"{where}: kind is none of {', '.join(KINDS)}")
    given = {name: value for name, value in told.items() if name != "kind"}
    known = {one.name: one for one in fields(made)}
    if strange := sorted(map(str, given.keys() - known.keys())):
        raise Invalid(f"{where}: a {made.kind} has no {strange[0][:40]}; it has {', '.join(known) or 'no fields'}")
    for name, value in given.items():
        if known[name].type == "str":
            if not isinstance(value, str) or not 1 <= len(value) <= 200 or any(letter < " " for letter in value):
                raise Invalid(f"{where}: {name} is a text of 1 to 200 plain characters")
            continue
        low, high = made.bounds[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Invalid(f"{where}: {name} is a whole number from {low:,} to {high:,}")
    try:
        move = made(**given)
    except TypeError:
        raise Invalid(f"{where}: a {made.kind} needs {', '.join(known)}") from None
    if isinstance(move, Price) and move.bucket not in BUCKETS:
        raise Invalid(f"{where}: bucket is one of {', '.join(BUCKETS)}")
    return move
