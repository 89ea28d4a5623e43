"""The days that serve best, aim by aim: an earlier aim is never given up for a later one.

Each aim is a program for HiGHS; what it reached is a constraint of the next. The only slack is what is named here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from execution.scheduling.bills import CashWeek, OpenBill, Priority, Stage
from execution.scheduling.measuring import SIGMAS_SAFE, nets, sigmas_above
from execution.scheduling.program import Program
from execution.scheduling.windows import Option

# Of the variance, so half of it of the volatility: how near to the best HiGHS goes, and what fewer changes may cost.
# Together they stay below the one per cent that a schedule may be off.
GAP, VARIANCE_SLACK = 0.005, 0.005
ROUNDS_MAX = 6
SIGMAS_GAP = 0.0025
SIGMAS_SLACK = 0.01
# A changed day is a call to a colleague; a vendor whose date is kept first moves only where others cannot.
CHANGE_WEIGHT = {Priority.FIRST: 4.0, Priority.USUAL: 2.0, Priority.LAST: 1.0}
DAYS_OF_A_CHANGE = 10.0
CHANGES_GAP = 0.01


@dataclass(frozen=True, slots=True)
class Solved:
    """One option per bill, in the bills' order, and what each stage came to."""

    chosen: list[Option]
    stages: list[Stage]


def solve(
    weeks: list[CashWeek],
    bills: list[OpenBill],
    ways: list[list[Option]],
    planned: list[Option],
    opening_minor: int,
    buffer_minor: int,
) -> Solved:
    """The days that serve best: least chance of a breach, then least volatility, least cost, fewest changes.

    `ways`: the options of each bill, none empty; `planned`: the one of each that stands if nobody chooses, which is
    also the answer when no stage finds one.
    """
    if all(len(found) == 1 for found in ways):
        return Solved([found[0] for found in ways], [Stage("every bill has one day only", "not needed")])
    run = _Run(Program(weeks, bills, ways, opening_minor, buffer_minor), planned)
    if _is_safe(weeks, bills, ways, opening_minor, buffer_minor):
        run.stages.append(Stage("chance of a breach", "nil whatever the days"))
        run.program.forget_the_buffer()
    else:
        run.breach()
    if run.is_answered:
        run.variance()
    options = run.program.options
    cost = np.array([float(option.cost_minor) for option in options])
    if run.is_answered and cost.any():
        run.linear("cost", cost / 100, SIGMAS_GAP)
    if run.is_answered:
        moved = [
            CHANGE_WEIGHT[bill.terms.priority] * (DAYS_OF_A_CHANGE + option.days_moved) if option.days_moved else 0.0
            for bill, found in zip(bills, ways, strict=True)
            for option in found
        ]
        run.linear("fewest changes", np.array(moved), CHANGES_GAP)
    return Solved(run.chosen, run.stages)


class _Run:
    """The stages of one solution; the first that finds no answer ends it, and what was reached stands."""

    def __init__(self, program: Program, planned: list[Option]) -> None:
        self.program, self.chosen = program, planned
        self.stages: list[Stage] = []
        self.is_answered = True

    def breach(self) -> None:
        """As many sigmas between the weakest week and the buffer as can be."""
        line = self.program.aim(sigmas=-1.0)
        answer = self._ask(line, SIGMAS_GAP)
        if answer is not None:
            self._keep("chance of a breach", answer, float(answer.mip_gap or 0.0))
            self.program.hold(line, float(answer.fun) + SIGMAS_SLACK)

    def variance(self) -> None:
        """The least sum of squares; tangents are added where the answer lies until they bound it closely."""
        line, true, bound, best = self.program.aim(squares=1.0), np.inf, 0.0, None
        for _ in range(ROUNDS_MAX):
            answer = self._ask(line, GAP / 2)
            if answer is None:
                break
            distances = self.program.distances(answer.x)
            if (found := float(distances @ distances)) < true:
                true, best = found, answer
            bound = max(bound, float(answer.mip_dual_bound or 0.0))
            if true - bound <= GAP * true + 1e-9:
                break
            self.program.touch(distances)
        if best is None:
            return
        self.is_answered = True
        self._keep("volatility", best, 1 - np.sqrt(max(bound, 0.0) / true) if true > 1e-9 else 0.0)
        self.program.touch(self.program.distances(best.x))
        self.program.hold(line, true * (1 + VARIANCE_SLACK) + 1e-9)

    def linear(self, aim: str, options: Any, gap: float) -> None:
        """The least sum over the chosen options."""
        line = self.program.aim(options)
        answer = self._ask(line, gap)
        if answer is not None:
            self._keep(aim, answer, float(answer.mip_gap or 0.0))
            self.program.hold(line, float(answer.fun) + 1e-6)

    def _ask(self, line: Any, gap: float) -> Any:
        answer = self.program.best(line, gap)
        if answer.x is None:
            self.is_answered = False
            self.stages.append(Stage("no answer", str(answer.message), 1.0))
            return None
        return answer

    def _keep(self, aim: str, answer: Any, gap: float) -> None:
        self.chosen = self.program.chosen(answer.x)
        state = "stopped by time" if answer.status else "proven best" if gap <= 1e-6 else "within the gap"
        self.stages.append(Stage(aim, state, float(gap)))


def _is_safe(
    weeks: list[CashWeek], bills: list[OpenBill], ways: list[list[Option]], opening_minor: int, buffer_minor: int
) -> bool:
    """Whether no choice of days can bring a week within three sigmas of the buffer: all bills as early as may be."""
    earliest = [min(found, key=lambda option: option.week) for found in ways]
    balance = opening_minor
    for net, week in zip(nets(weeks, bills, earliest), weeks, strict=True):
        balance += net
        if sigmas_above(balance, buffer_minor, week.spread_minor) < SIGMAS_SAFE:
            return False
    return True
