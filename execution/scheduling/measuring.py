"""What a schedule does to cash, in whole minor units."""

from __future__ import annotations

from math import erf, isqrt, sqrt

from execution.scheduling.bills import CashWeek, Measures, OpenBill
from execution.scheduling.windows import Option

# The published band holds eight times in ten: its lower end lies so many sigmas below the middle.
SIGMAS_OF_THE_BAND = 1.2815515655446004
# Beyond three sigmas a breach is one chance in a thousand; weeks that are safer than that count alike.
SIGMAS_SAFE = 3.0


def nets(weeks: list[CashWeek], bills: list[OpenBill], chosen: list[Option]) -> list[int]:
    """Each week's net cash with every bill in its chosen week."""
    found = [week.net_minor for week in weeks]
    for bill, option in zip(bills, chosen, strict=True):
        found[option.week] -= bill.amount_minor
    return found


def closings(opening_minor: int, net: list[int]) -> list[int]:
    """Balances at each week's end."""
    found, balance = [], opening_minor
    for one in net:
        balance += one
        found.append(balance)
    return found


def sigmas_above(closing_minor: int, buffer_minor: int, spread_minor: int) -> float:
    """How many sigmas a closing balance lies above the buffer."""
    return (closing_minor - buffer_minor) / max(spread_minor, 1)


def volatility(net: list[int]) -> int:
    """Standard deviation of a week's net cash over the weeks, rounded down to the minor unit."""
    total, count = sum(net), len(net)
    return isqrt(sum((one * count - total) ** 2 for one in net) // count) // count


def measured(
    weeks: list[CashWeek], bills: list[OpenBill], chosen: list[Option], opening_minor: int, buffer_minor: int
) -> Measures:
    """Everything a schedule is judged by."""
    net = nets(weeks, bills, chosen)
    closing = closings(opening_minor, net)
    pairs = zip(closing, weeks, strict=True)
    weakest = min(sigmas_above(one, buffer_minor, week.spread_minor) for one, week in pairs)
    lowest = min(range(len(weeks)), key=lambda n: closing[n])
    return Measures(
        breach_chance=chance(weakest),
        volatility_minor=volatility(net),
        cost_minor=sum(option.cost_minor for option in chosen),
        lowest_minor=closing[lowest],
        lowest_week=weeks[lowest].start_date,
        late_count=sum(
            option.day > bill.due_date and option.day > bill.planned_date
            for bill, option in zip(bills, chosen, strict=True)
        ),
    )


def chance(sigmas: float) -> float:
    """The chance that a closing balance falls below the buffer, from how many sigmas it lies above it."""
    return 0.5 * (1.0 - erf(sigmas / sqrt(2.0)))
