"""On which days a bill may arrive, and what each of them costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from execution.domain.business_days import ONE_DAY, add_business_days, is_business_day
from execution.scheduling.bills import CashWeek, OpenBill

BASIS_POINTS = 10_000
FEE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Option:
    """A week in which a bill may be paid, by the best day of it."""

    week: int
    day: date
    cost_minor: int
    days_moved: int


def window(bill: OpenBill, first_reachable: date) -> tuple[date, date]:
    """First and last banking day of arrival. The last is never after the due date by more than was allowed.

    A bill that can no longer be in time has one day: the first that the rail reaches.
    """
    first = max(first_reachable, on_or_after(bill.bill_date))
    last = on_or_before(bill.due_date + timedelta(days=bill.terms.days_late))
    return first, max(first, last)


def on_or_before(day: date) -> date:
    """The banking day itself, or the one before."""
    return day if is_business_day(day) else add_business_days(day, -1)


def on_or_after(day: date) -> date:
    """The banking day itself, or the one after."""
    return day if is_business_day(day) else add_business_days(day, 1)


def cost_of(bill: OpenBill, day: date) -> int:
    """What paying on a day costs in minor units: the discount when it is lost, and fees for days after the due date.

    Rounded down, like a vendor's own arithmetic in the payer's favour; 30 days of fees for every 30 that began.
    """
    terms = bill.terms
    lost = terms.discount_bp if day > bill.bill_date + timedelta(days=terms.discount_days) else 0
    months_late = -((bill.due_date - day).days // FEE_DAYS) if day > bill.due_date else 0
    return bill.amount_minor * (lost + terms.late_fee_bp * months_late) // BASIS_POINTS


def options(bill: OpenBill, weeks: list[CashWeek], first_reachable: date) -> list[Option]:
    """One option per week of the window: its cheapest day, and of those the nearest to the planned one."""
    first, last = window(bill, first_reachable)
    best: dict[int, Option] = {}
    day = first
    while day <= last:
        week = (day - weeks[0].start_date).days // 7
        if is_business_day(day) and 0 <= week < len(weeks):
            one = Option(week, day, cost_of(bill, day), abs((day - bill.planned_date).days))
            held = best.get(week)
            if held is None or (one.cost_minor, one.days_moved) < (held.cost_minor, held.days_moved):
                best[week] = one
        day += ONE_DAY
    return list(best.values())
