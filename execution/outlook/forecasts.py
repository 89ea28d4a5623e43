"""One forecast of a client: its lines, the weeks that they add up to, and what a person reads first of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

WEEK = timedelta(days=7)
DAYS = 7


@dataclass(frozen=True, slots=True)
class Line:
    """One source line of a coming week. Money in positive. `party`: the customer or vendor, where it is a document."""

    week_number: int
    flow: str
    label: str
    amount_minor: int
    expected_date: date | None = None
    basis: str = ""
    source_rail: str | None = None
    source_id: str = ""
    party: str = ""

    @property
    def is_pattern(self) -> bool:
        """Whether it comes from a habit, a series or a usual week, and not from a document that may still be open."""
        return self.flow in ("recurring", "payroll", "other") or self.source_id.startswith("usual:")


@dataclass(frozen=True, slots=True)
class Band:
    """How far below and above its closing balance a week likely ends, eight times in ten."""

    below_minor: int
    above_minor: int


@dataclass(frozen=True, slots=True)
class Breach:
    """How likely a week closes below the buffer, 0 to 1: as forecast, and if all bills come that the books lack."""

    probability: float
    with_missing_closing_minor: int
    with_missing_probability: float


@dataclass(frozen=True, slots=True)
class Week:
    """A coming week, added up from its lines."""

    week_number: int
    start_date: date
    opening_minor: int
    inflow_minor: int
    outflow_minor: int
    closing_minor: int
    low_minor: int | None
    high_minor: int | None
    is_below_buffer: bool
    breach: Breach | None


@dataclass(frozen=True, slots=True)
class Headline:
    """What is read first. `runway_weeks`: how long the opening cash lasts at this pace; None when it grows."""

    lowest_minor: int
    lowest_week: date
    breach_week: date | None
    runway_weeks: float | None
    closing_minor: int


@dataclass(frozen=True)
class Forecast:
    """The lines of coming weeks as one snapshot saw them.

    Attributes:
        as_of: the day up to which the rails were read.
        first_week: the Monday of week 1.
        opening_minor: the balance at the start of week 1.
        buffer_minor: the balance that the policy protects; None when there is none.
        lines: every line, in any order.
        bands: per week number, where the projection tells one.
        breaches: per week number, of the forecast as it was published; the moves of a scenario have odds of their own.
        week_count: how many weeks are projected.
        customer_percent: each customer's part of what is owed to the client, in whole per cent.
        suspected: bills that the books lack, as lines of their own; they count only where a scenario takes them in.
        open_ids: documents that are still open, whether or not they come in these weeks; None where that is not known.
    """

    as_of: date
    first_week: date
    opening_minor: int
    buffer_minor: int | None
    lines: tuple[Line, ...]
    bands: Mapping[int, Band] = field(default_factory=dict)
    breaches: Mapping[int, Breach] = field(default_factory=dict)
    week_count: int = 13
    currency_code: str = "USD"
    snapshot_id: str = ""
    customer_percent: Mapping[str, int] = field(default_factory=dict)
    suspected: tuple[Line, ...] = ()
    open_ids: frozenset[str] | None = None

    def with_lines(self, lines: tuple[Line, ...]) -> Forecast:
        """The same forecast over other lines, whose odds are not known."""
        return replace(self, lines=lines, breaches={})

    def start_of(self, week_number: int) -> date:
        """The Monday of a week."""
        return self.first_week + WEEK * (week_number - 1)

    @cached_property
    def weeks(self) -> tuple[Week, ...]:
        """The coming weeks. The sum of a week's lines is its inflow and outflow, to the minor unit."""
        into, out = [0] * self.week_count, [0] * self.week_count
        for line in self.lines:
            side = into if line.amount_minor > 0 else out
            side[line.week_number - 1] += line.amount_minor
        found, balance = [], self.opening_minor
        for number in range(1, self.week_count + 1):
            opening, balance = balance, balance + into[number - 1] + out[number - 1]
            band = self.bands.get(number)
            found.append(
                Week(
                    number, self.start_of(number), opening, into[number - 1], out[number - 1], balance,
                    balance - band.below_minor if band else None, balance + band.above_minor if band else None,
                    self.buffer_minor is not None and balance < self.buffer_minor, self.breaches.get(number),
                )
            )  # fmt: skip
        return tuple(found)

    @cached_property
    def headline(self) -> Headline:
        """Lowest week, first week below the buffer, runway."""
        lowest = min(self.weeks, key=lambda week: (week.closing_minor, week.week_number))
        below = next((week.start_date for week in self.weeks if week.is_below_buffer), None)
        closing = self.weeks[-1].closing_minor
        burned = self.opening_minor - closing
        runway = self.opening_minor * self.week_count / burned if burned > 0 else None
        return Headline(lowest.closing_minor, lowest.start_date, below, runway and round(max(runway, 0.0), 1), closing)
