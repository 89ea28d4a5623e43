"""How far our ranges and chances were off on invoices that were judged before their day came; and the remedy.

The range: finite-sample split conformal (Vovk et al. 2005; Romano et al. 2019) on errors measured in half widths. The
chance: its log-odds through a line that stays close to itself unless many invoices speak against it (Platt 1999).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dbt_project.methods.days_to_pay.hierarchy import Floats

COVERED = 0.8
JUDGED_LEAST = 40
# Half a range is at least this many days: days are whole.
HALF_LEAST = 0.5
STRETCH_MOST = 3.0
# What the model says of itself weighs as much as so many judged invoices: those were judged with less history.
RANGE_PRIOR, LINE_PRIOR = 500.0, 300.0
# So many judged invoices of a segment weigh as much as all others in how far its ranges are stretched.
SEGMENT_PRIOR = 100.0


@dataclass(frozen=True)
class Calibration:
    """`stretch` of a range around its middle, where need be `of_segment`; `shift` and `slope` of late's log-odds."""

    stretch: float = 1.0
    of_segment: dict[str, float] = field(default_factory=dict)
    shift: float = 0.0
    slope: float = 1.0

    def chance(self, share: Floats) -> Floats:
        """A chance as it came true before."""
        odds: Floats = 1 / (1 + np.exp(-(self.shift + self.slope * _log_odds(share))))
        return odds


def calibrate(
    low: Floats,
    middle: Floats,
    high: Floats,
    days: Floats,
    late: Floats,
    was_late: Floats,
    segment: NDArray[np.str_],
) -> Calibration:
    """Compare what was said with what came.

    Args:
        low, middle, high: the range said, in days.
        days: what came; infinite where it has not come long after it should.
        late: the chance said; NaN where there is no due date.
        was_late: 1 or 0.
        segment: whose ranges are stretched alike.
    """
    if len(days) < JUDGED_LEAST:
        return Calibration()
    half = np.maximum(np.where(days < middle, middle - low, high - middle), HALF_LEAST)
    errors = np.abs(days - middle) / half
    trust = len(days) / (len(days) + RANGE_PRIOR)
    of_all = _stretch(errors)
    of_segment = {}
    for name in np.unique(segment):
        own = errors[segment == name]
        of_segment[str(name)] = float(np.exp(trust * _mixed(_stretch(own), of_all, len(own))))
    told = ~np.isnan(late)
    shift, slope = _line(_log_odds(late[told]), was_late[told]) if told.sum() >= JUDGED_LEAST else (0.0, 1.0)
    return Calibration(float(np.exp(trust * of_all)), of_segment, shift, slope)


def _stretch(errors: Floats) -> float:
    """Logarithm of the smallest error that 80 % of all and one more stay under: the next is as likely to be any."""
    at = min(int(np.ceil(COVERED * (len(errors) + 1))), len(errors)) - 1
    return float(np.log(np.clip(np.sort(errors)[at], 1 / STRETCH_MOST, STRETCH_MOST)))


def _mixed(own: float, wider: float, count: int) -> float:
    return (count * own + SEGMENT_PRIOR * wider) / (count + SEGMENT_PRIOR)


def _line(odds: Floats, was: Floats) -> tuple[float, float]:
    """Shift and slope by Newton's method, held near 0 and 1."""
    line = np.array([0.0, 1.0])
    design: NDArray[np.float64] = np.column_stack([np.ones(len(odds)), odds])
    for _ in range(25):
        chance = 1 / (1 + np.exp(-design @ line))
        slope = design.T @ (was - chance) - LINE_PRIOR * (line - [0.0, 1.0])
        bend = (design * (chance * (1 - chance))[:, None]).T @ design + LINE_PRIOR * np.eye(2)
        line = line + np.linalg.solve(bend, slope)
    # A chance never runs against its own order.
    return float(line[0]), float(max(line[1], 0.2))


def _log_odds(share: Floats) -> Floats:
    kept = np.clip(share, 1e-4, 1 - 1e-4)
    odds: Floats = np.log(kept / (1 - kept))
    return odds
