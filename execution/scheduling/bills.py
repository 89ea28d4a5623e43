"""What a schedule is made of: bills with their terms, the weeks that they fall into, and the schedule itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum


class Priority(IntEnum):
    """Whose date is kept where several bills could move; lower moves last."""

    FIRST = 1
    USUAL = 2
    LAST = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person said of a vendor or of one bill. Nothing said: the due date is the last day, and costs nothing.

    Attributes:
        days_late: banking aside, so many days after the due date are allowed; 0 is never late.
        discount_bp: hundredths of a per cent of the amount, for money that arrives in time.
        discount_days: days after the bill's date within which the discount holds.
        late_fee_bp: hundredths of a per cent of the amount for each 30 days after the due date.
        priority: whose date is kept first.
    """

    days_late: int = 0
    discount_bp: int = 0
    discount_days: int = 0
    late_fee_bp: int = 0
    priority: Priority = Priority.USUAL


@dataclass(frozen=True, slots=True)
class OpenBill:
    """A bill whose day may be chosen. `planned_date`: the banking day on which it would arrive if nobody chose."""

    bill_id: str
    vendor_name: str
    amount_minor: int
    bill_date: date
    due_date: date
    planned_date: date
    terms: Terms = Terms()


@dataclass(frozen=True, slots=True)
class CashWeek:
    """A coming week without the bills whose day is to be chosen. `spread_minor`: one sigma of its closing balance."""

    start_date: date
    net_minor: int
    spread_minor: int


@dataclass(frozen=True, slots=True)
class Measures:
    """What a schedule does to cash.

    Attributes:
        breach_chance: the chance that the weakest week closes below the buffer, 0 to 1.
        volatility_minor: the standard deviation of a week's net cash over the coming weeks.
        cost_minor: discounts lost and late fees.
        lowest_minor: the lowest closing balance.
        lowest_week: the week in which it falls.
        late_count: bills that arrive after their due date although they could have been in time.
    """

    breach_chance: float
    volatility_minor: int
    cost_minor: int
    lowest_minor: int
    lowest_week: date
    late_count: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One aim of the solver, in order. `gap`: how far the answer may be from the best one, 0 is proven best."""

    aim: str
    state: str
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class ChosenDate:
    """One bill's day. `lowest_effect_minor`: how much lower the lowest week would be had the bill kept its old day."""

    bill_id: str
    vendor_name: str
    amount_minor: int
    due_date: date
    old_date: date
    new_date: date
    why: str
    cost_minor: int
    lowest_effect_minor: int

    @property
    def is_moved(self) -> bool:
        """Whether the day differs from the old one."""
        return self.new_date != self.old_date


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days for a client's bills, what they do to cash beside paying on the due date, and how sure the solver is."""

    dates: list[ChosenDate]
    before: Measures
    after: Measures
    stages: list[Stage] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """The widest gap of any stage, 0 to 1."""
        return max((stage.gap for stage in self.stages), default=0.0)
