"""How often a party bills: the step between its bills, found even where some of them are missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

# Step in days, days that a bill may be off it, whole months in a step (0: plain days), bills needed to say so.
STEPS: tuple[tuple[str, float, float, int, int], ...] = (
    ("weekly", 7.0, 2.0, 0, 6),
    ("biweekly", 14.0, 2.0, 0, 5),
    ("twice_monthly", 15.2, 3.0, 0, 6),
    ("four_weekly", 28.0, 1.0, 0, 6),
    ("monthly", 30.4, 6.0, 1, 4),
    ("two_monthly", 60.9, 8.0, 2, 4),
    ("quarterly", 91.3, 14.0, 3, 3),
    ("half_yearly", 182.6, 21.0, 6, 3),
    ("yearly", 365.2, 30.0, 12, 2),
)
# Of the gaps, so many must be one step, and nearly all one to three steps; the rest is noise of a rhythm, or none.
SINGLE_SHARE = 0.6
WHOLE_SHARE = 0.85
STEPS_IN_GAP_MOST = 3


@dataclass(frozen=True, slots=True)
class Cadence:
    """A party's rhythm."""

    name: str
    """weekly … yearly, as STEPS names them."""
    days: float
    months: int
    slack: float
    """Days that a bill may come before or after its day."""

    def after(self, day: date, steps: int, usual: int) -> date:
        """The day a number of steps later; `usual` is the day of the month on which the party bills."""
        if not self.months:
            return day + timedelta(days=round(self.days * steps))
        # A bill of the 31st is often one of the 1st: it belongs to the month whose usual day is nearest.
        month = day.year * 12 + day.month - 1
        nearest = min((month - 1, month, month + 1), key=lambda at: abs((_day_of(at, usual) - day).days))
        return _day_of(nearest + self.months * steps, usual)


def cadence(days: list[date]) -> Cadence | None:
    """The rhythm of bills on these days, or None when they keep none.

    Args:
        days: distinct days in order.
    """
    if len(days) < 2:
        return None
    gaps = np.array([(after - before).days for before, after in zip(days, days[1:], strict=False)], dtype=float)
    best: tuple[float, Cadence] | None = None
    for name, step, slack, months, needed in STEPS:
        if len(days) < needed:
            continue
        steps = np.clip(np.round(gaps / step), 1, None)
        # A missing bill in between leaves the slack of one step, not of two.
        fits = np.abs(gaps - steps * step) <= slack
        single = float((fits & (steps == 1)).mean())
        whole = float((fits & (steps <= STEPS_IN_GAP_MOST)).mean())
        if single < SINGLE_SHARE or whole < WHOLE_SHARE:
            continue
        error = float(np.abs(gaps - steps * step)[fits].mean()) / step
        found = Cadence(name, step, months, slack)
        merit = single + whole - error
        if best is None or merit > best[0]:
            best = (merit, found)
    return best[1] if best else None


def usual_day(days: list[date]) -> int:
    """The day of the month on which bills come, so that the end of one month and the start of the next are near."""
    angles = 2 * np.pi * (np.array([day.day for day in days], dtype=float) - 1) / 30.4
    angle = float(np.angle(np.exp(1j * angles).mean()))
    return int(np.clip(round(angle / (2 * np.pi) * 30.4) % 30.4 + 1, 1, 31))


def _day_of(month: int, usual: int) -> date:
    """The usual day of a month, counted from year 0, or its last day where it is shorter."""
    year, index = divmod(month, 12)
    following = date(year + (index == 11), (index + 1) % 12 + 1, 1)
    return date(year, index + 1, min(usual, (following - timedelta(days=1)).day))
