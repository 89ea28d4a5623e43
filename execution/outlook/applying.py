"""A forecast under a scenario. All moves are read before any line is touched, so their order never matters.

Each line is moved by the sum of its delays, scaled by the product of its factors and rounded once; what the moves
add stands beside. Hence: no move changes nothing, and merging two scenarios is the same in either order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from execution.outlook.forecasts import Forecast, Line
from execution.outlook.moves import Delay, Drop, Loan, LoseCustomer, Move, Payroll, Price, Suspected

USUAL = "usual:"
WHOLE = Fraction(1)


def apply(forecast: Forecast, moves: Sequence[Move]) -> Forecast:
    """The forecast as it would be. A line that leaves the projected weeks falls out; none comes before week 1."""
    if not moves:
        return forecast
    weeks = Counter[str]()
    for move in moves:
        if isinstance(move, Delay):
            weeks[move.source_id] += move.weeks
    dropped = {move.source_id for move in moves if isinstance(move, Drop)}
    lines = list(forecast.lines)
    if any(isinstance(move, Suspected) for move in moves):
        lines += forecast.suspected
    found = []
    for line in lines:
        if line.source_id in dropped:
            continue
        factor, said = _factor(line, moves)
        number = max(1, line.week_number + weeks[line.source_id])
        if number > forecast.week_count or factor == 0:
            continue
        if number == line.week_number and factor == WHOLE:
            found.append(line)
            continue
        days = 7 * (number - line.week_number)
        if days:
            said = [f"{abs(days) // 7} week{'s' * (abs(days) > 7)} {'later' if days > 0 else 'earlier'}", *said]
        found.append(
            replace(
                line,
                week_number=number,
                amount_minor=_rounded(line.amount_minor * factor),
                expected_date=None if days else line.expected_date,
                basis=f"{line.basis}; scenario: {', '.join(said)}".lstrip("; "),
            )
        )
    for move in moves:
        if isinstance(move, Loan):
            found += _loan(move, forecast.week_count)
    return forecast.with_lines(tuple(line for line in found if line.amount_minor))


def _factor(line: Line, moves: Sequence[Move]) -> tuple[Fraction, list[str]]:
    factor, said = WHOLE, []
    for move in moves:
        if isinstance(move, Payroll) and line.flow == "payroll" and line.week_number >= move.from_week:
            factor *= 1 + Fraction(move.percent, 100)
            said.append(f"payroll {move.percent:+d} %")
        elif isinstance(move, Price) and line.source_id == USUAL + move.bucket and line.week_number >= move.from_week:
            factor *= 1 + Fraction(move.percent, 100)
            said.append(f"prices {move.percent:+d} %")
        elif isinstance(move, LoseCustomer) and line.week_number >= move.from_week:
            if line.party == move.customer and line.amount_minor > 0:
                factor *= 0
            elif line.source_id in (USUAL + "receivables", USUAL + "stripe_payouts"):
                factor *= 1 - Fraction(move.usual_percent, 100)
                said.append(f"without {move.customer}")
    return factor, sorted(said)


def _rounded(amount: Fraction) -> int:
    """To the nearest minor unit, halves away from zero, like a bank."""
    whole = int(abs(amount) + Fraction(1, 2))
    return whole if amount >= 0 else -whole


def _loan(move: Loan, week_count: int) -> list[Line]:
    drawn = Line(
        move.draw_week, "other", "Loan drawn", move.draw_minor, None, "Scenario: a new loan", None, "loan:draw"
    )
    repaid = [
        Line(
            number, "recurring", "Loan repayment", -move.repayment_minor, None, "Scenario: a new loan", None, "loan:pay"
        )
        for number in range(move.first_week, week_count + 1, move.every_weeks)
    ]
    return [drawn, *repaid]
