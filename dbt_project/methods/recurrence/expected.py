"""Bills that a rhythm asks for: those that did not come, and the next one, with its days and amounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from dbt_project.methods.recurrence.amounts import Level, level
from dbt_project.methods.recurrence.cadence import Cadence, cadence, usual_day

# Slots in a row without a bill after which a party has stopped; until then its bill is late.
STOPPED_AFTER = {
    "weekly": 5,
    "biweekly": 4,
    "twice_monthly": 4,
    "four_weekly": 3,
    "monthly": 3,
    "two_monthly": 2,
    "quarterly": 2,
    "half_yearly": 2,
    "yearly": 2,
}
# A single bill of a yearly kind (a licence, a premium) is expected again a year later, with little trust.
YEARLY = Cadence("yearly", 365.2, 12, 30.0)
YEARLY_SCORE = 0.6
# Documents within so many days of one another are one bill in parts.
DAYS_OF_ONE = 1
# A fixed fee is owed under a contract, so its silence tells; usage may be nothing for a while, and its silence tells
# only of a party that was almost never silent before.
STEADY_SPREAD = 0.06
SILENT_MOST_STEADY = 0.15
SILENT_MOST_USAGE = 0.04
SLOTS_LOWEST_USAGE = 40
SPREAD_MOST_LONG = 0.35
LONG_DAYS = 80.0
# Of a step, how far a party may be off that is not known well: three days of a month, two weeks of a year.
SLACK_SHARE = 0.04


@dataclass(frozen=True, slots=True)
class Slot:
    """One bill that a rhythm asks for."""

    cadence: str
    expected_date: date
    earliest_date: date
    latest_date: date
    usual: int
    """Minor units, as are low, high and price_before."""
    low: int
    high: int
    price_before: int | None
    price_since: date | None
    bills_seen: int
    last_date: date
    silent_steps: int
    """Slots without a bill since the last bill before this one, itself included."""
    score: float
    """Chance that the bill was due, 0 to 1: one less the party's share of silent slots so far."""
    is_telling: bool
    """A silence here is worth asking about."""
    is_stopped: bool
    """The party has billed its last."""


def expected(days: list[date], amounts: list[int], today: date, *, is_yearly: bool = False) -> list[Slot]:
    """Slots of a party without a bill: those between its bills, those since its last one, and the next.

    Each slot is judged by what was known before it; only whether a party has stopped is judged by today.

    Args:
        days: of the party's bills, in order, none later than today.
        amounts: of the same bills, minor units.
        today: what comes later is not known.
        is_yearly: the party bills for something that is due once a year, so that one bill is a rhythm.

    Returns:
        In order of expected_date; nothing for a party without a rhythm.
    """
    grouped, sums = _bills(days, amounts)
    found = cadence(grouped)
    if found is None and is_yearly and len(grouped) == 1:
        found = YEARLY
    if found is None:
        return []
    usual = usual_day(grouped[-12:])
    slots: list[Slot] = []
    silent_before = 0
    for seen in range(1, len(grouped) + 1):
        last = grouped[seen - 1]
        if seen < len(grouped):
            silent = max(0, round((grouped[seen] - last).days / found.days) - 1)
            asked, stopped = silent, False
        else:
            silent = _silent(found, last, today, usual)
            # The one after the silent ones is what comes next.
            asked, stopped = silent + 1, silent >= STOPPED_AFTER[found.name]
        known = level(sums[:seen]) if asked else None
        for step in range(1, asked + 1):
            assert known is not None
            day = found.after(last, step, usual)
            chance = (silent_before + step - 1 + 0.5) / (seen + silent_before + step)
            slots.append(_slot(found, day, grouped[:seen], known, step, chance, stopped=stopped))
        silent_before += silent
    return slots


def _silent(found: Cadence, last: date, today: date, usual: int) -> int:
    silent = 0
    while found.after(last, silent + 1, usual) + timedelta(days=round(found.slack)) < today:
        silent += 1
    return silent


def _slot(
    found: Cadence, day: date, days: list[date], known: Level, step: int, chance: float, *, stopped: bool
) -> Slot:
    slack = timedelta(days=round(_slack(found, days)))
    spread = known.high / max(1, known.usual) - 1
    single = len(days) == 1
    if found.days >= LONG_DAYS:
        telling = single and found is YEARLY or len(days) >= 2 and spread <= SPREAD_MOST_LONG
    elif spread <= STEADY_SPREAD:
        telling = len(days) >= 4 and chance <= SILENT_MOST_STEADY
    else:
        telling = len(days) >= SLOTS_LOWEST_USAGE and chance <= SILENT_MOST_USAGE
    return Slot(
        cadence=found.name,
        expected_date=day,
        earliest_date=day - slack,
        latest_date=day + slack,
        usual=known.usual,
        low=known.low,
        high=known.high,
        price_before=known.before,
        price_since=None if known.moved_at is None else days[known.moved_at],
        bills_seen=len(days),
        last_date=days[-1],
        silent_steps=step,
        score=YEARLY_SCORE if single else 1 - chance,
        is_telling=telling and step == 1,
        is_stopped=stopped,
    )


def _slack(found: Cadence, days: list[date]) -> float:
    """Days that this party's bills are off their step, at least one and at most the rhythm's own slack."""
    if len(days) < 4:
        return min(found.slack, 2 + SLACK_SHARE * found.days)
    gaps = np.array([(after - before).days for before, after in zip(days, days[1:], strict=False)], dtype=float)
    off = np.abs(gaps - np.clip(np.round(gaps / found.days), 1, None) * found.days)
    return float(np.clip(np.quantile(off, 0.9) + 1, 1, found.slack))


def _bills(days: list[date], amounts: list[int]) -> tuple[list[date], list[int]]:
    """Documents of neighbouring days as one bill."""
    grouped: list[date] = []
    sums: list[int] = []
    for day, amount in zip(days, amounts, strict=True):
        if grouped and (day - grouped[-1]).days <= DAYS_OF_ONE:
            sums[-1] += amount
        else:
            grouped.append(day)
            sums.append(amount)
    return grouped, sums
