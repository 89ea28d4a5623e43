"""Small schedules that can be tried out one by one."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from math import sqrt

from hypothesis import strategies as st

from execution.domain.recurrence import first_reachable
from execution.scheduling.bills import CashWeek, OpenBill, Priority, Terms
from execution.scheduling.measuring import SIGMAS_SAFE, closings, nets, sigmas_above
from execution.scheduling.windows import Option, on_or_before, options

TODAY = date(2026, 11, 24)
MONDAY = date(2026, 11, 23)
REACHABLE = first_reachable(TODAY, 2)


def bill(name: str, minor: int, due: date, **terms: int) -> OpenBill:
    """A bill of net 30, planned for its due date."""
    return OpenBill(
        name, f"Vendor {name}", minor, due - timedelta(days=30), due, max(on_or_before(due), REACHABLE),
        Terms(**{**terms, "priority": Priority(terms.get("priority", 2))}),
    )  # fmt: skip


def weeks(*net: int, spread: int = 10_000) -> list[CashWeek]:
    """Weeks from Monday on, each of the same uncertainty."""
    return [CashWeek(MONDAY + timedelta(days=7 * n), one, spread) for n, one in enumerate(net)]


@st.composite
def small_cases(draw: st.DrawFn) -> tuple[list[OpenBill], list[CashWeek], int, int]:
    """Up to six bills over six weeks, with a buffer that is sometimes near."""
    money = st.integers(1_000, 900_000)
    count = draw(st.integers(1, 6))
    bills = [
        bill(
            str(n), draw(money), TODAY + timedelta(days=draw(st.integers(-10, 33))),
            days_late=draw(st.sampled_from([0, 0, 0, 9])), discount_bp=draw(st.sampled_from([0, 0, 200])),
            discount_days=draw(st.integers(5, 25)), late_fee_bp=draw(st.sampled_from([0, 150])),
            priority=draw(st.integers(1, 3)),
        )
        for n in range(count)
    ]  # fmt: skip
    found = weeks(*draw(st.lists(st.integers(-800_000, 900_000), min_size=6, max_size=6)),
                  spread=draw(st.sampled_from([1, 50_000, 300_000])))  # fmt: skip
    return bills, found, draw(st.integers(0, 4_000_000)), draw(st.integers(0, 1_000_000))


def every_choice(bills: list[OpenBill], found: list[CashWeek]) -> list[list[Option]]:
    """All schedules there are."""
    return [list(one) for one in product(*(options(bill, found, REACHABLE) for bill in bills))]


def weakest(found: list[CashWeek], bills: list[OpenBill], chosen: list[Option], opening: int, buffer: int) -> float:
    """Sigmas of the weakest week, no more than count."""
    closing = closings(opening, nets(found, bills, chosen))
    each = (sigmas_above(one, buffer, week.spread_minor) for one, week in zip(closing, found, strict=True))
    return min(SIGMAS_SAFE, min(each))


def deviation(found: list[CashWeek], bills: list[OpenBill], chosen: list[Option]) -> float:
    """Standard deviation of the weeks, to the last digit."""
    net = nets(found, bills, chosen)
    mean = sum(net) / len(net)
    return sqrt(sum((one - mean) ** 2 for one in net) / len(net))
