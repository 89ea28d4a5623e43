"""A client's schedule: which bills can be chosen for, on which days they serve best, and why, in sentences."""

from __future__ import annotations

from datetime import date, timedelta

from execution.domain.money import shown
from execution.scheduling.bills import CashWeek, ChosenDate, OpenBill, Schedule
from execution.scheduling.measuring import closings, measured, nets
from execution.scheduling.solving import solve
from execution.scheduling.windows import Option, cost_of, options


def plan(
    bills: list[OpenBill],
    weeks: list[CashWeek],
    *,
    opening_minor: int,
    buffer_minor: int,
    first_reachable: date,
    currency_code: str = "USD",
) -> Schedule:
    """The days on which the bills serve cash best, none after its due date unless its terms allow it.

    Args:
        bills: open bills that may be paid, in any order.
        weeks: the coming weeks, oldest first, without what these bills move.
        opening_minor: the balance at the start of the first week.
        buffer_minor: the balance that the policy protects.
        first_reachable: the first banking day on which a payment proposed now can arrive.

    Raises ValueError without weeks.
    """
    if not weeks:
        raise ValueError("a schedule needs the coming weeks")
    last_day = weeks[-1].start_date + timedelta(days=6)
    found: list[tuple[OpenBill, list[Option], Option]] = []
    left_out = {}
    for bill in sorted(bills, key=lambda one: (one.planned_date, one.bill_id)):
        ways = options(bill, weeks, first_reachable)
        if not weeks[0].start_date <= bill.planned_date <= last_day:
            left_out[bill.bill_id] = f"Due on {bill.due_date}, after the weeks that are projected"
        elif not ways:
            left_out[bill.bill_id] = "No day of the coming weeks can be reached"
        else:
            found.append((bill, ways, _as_planned(bill, weeks)))
    chosen_for, planned = [bill for bill, _, _ in found], [way for _, _, way in found]
    solved = solve(weeks, chosen_for, [ways for _, ways, _ in found], planned, opening_minor, buffer_minor)
    before = nets(weeks, chosen_for, planned)
    after = nets(weeks, chosen_for, solved.chosen)
    closing = closings(opening_minor, after)
    dates = [
        ChosenDate(
            bill.bill_id, bill.vendor_name, bill.amount_minor, bill.due_date, bill.planned_date, new.day,
            _why(bill, old, new, weeks, before, currency_code), new.cost_minor,
            min(closing) - _lowest_without(closing, bill, old, new),
        )
        for bill, old, new in zip(chosen_for, planned, solved.chosen, strict=True)
    ]  # fmt: skip
    return Schedule(
        dates=dates,
        before=measured(weeks, chosen_for, planned, opening_minor, buffer_minor),
        after=measured(weeks, chosen_for, solved.chosen, opening_minor, buffer_minor),
        stages=solved.stages,
        left_out=left_out,
    )


def _as_planned(bill: OpenBill, weeks: list[CashWeek]) -> Option:
    week = (bill.planned_date - weeks[0].start_date).days // 7
    return Option(week, bill.planned_date, cost_of(bill, bill.planned_date), 0)


def _lowest_without(closing: list[int], bill: OpenBill, old: Option, new: Option) -> int:
    """The lowest closing balance had this one bill kept its day."""
    early, late = sorted((old.week, new.week))
    sign = 1 if new.week < old.week else -1
    return min(one + sign * bill.amount_minor * (early <= n < late) for n, one in enumerate(closing))


def _why(bill: OpenBill, old: Option, new: Option, weeks: list[CashWeek], before: list[int], code: str) -> str:
    if new.day == old.day:
        if bill.planned_date > bill.due_date:
            return f"Was due on {bill.due_date}; this is the first day that can still be reached"
        return "Stays on its day: moving it would help nothing"
    days = abs((new.day - old.day).days)
    apart = f"{days} day{'s' * (days != 1)} {'earlier' if new.day < old.day else 'later'}"
    saved = old.cost_minor - new.cost_minor
    parts = []
    if new.week != old.week:
        there, here = before[old.week], before[new.week]
        parts.append(
            f"takes {shown(bill.amount_minor, code)} out of the week of {weeks[old.week].start_date} (net "
            f"{shown(there, code)}) into that of {weeks[new.week].start_date} (net {shown(here, code)})"
        )
    if saved > 0:
        parts.append(f"saves {shown(saved, code)}")
    if new.day > bill.due_date:
        allowed = f"{bill.terms.days_late} day{'s' * (bill.terms.days_late != 1)}"
        parts.append(f"arrives after the due date, which a person allowed up to {allowed}")
    return f"{apart[0].upper()}{apart[1:]}: {', and '.join(parts) or 'costs no more'}"
