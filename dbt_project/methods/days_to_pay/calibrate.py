"""How far our ranges and chances were off on invoices that were judged before their day came; and the remedy.

The range: finite-sample split conformal (Vovk et al. 2005; Romano et al. 2019) on errors measured in half widths. The
chance: its log-odds through a line that stays close to itself unless many invoices speak against it (Platt 1999).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dbt_project.methods.days_to_pay.hierarchy import Floats

COVERED = 0.8
JUDGED_LEAST = 40
# Half a range is at least this many days: days are whole.
HALF_LEAST = 0.5
# What the model says of itself weighs as much as so many judged invoices: those were judged with less history.
RANGE_PRIOR, LINE_PRIOR = 500.0, 300.0


@dataclass(frozen=True)
class Calibration:
    """`stretch` of a range around its middle; `shift` and `slope` of the log-odds of being late; `judged` invoices."""

    stretch: float = 1.0
    shift: float = 0.0
    slope: float = 1.0
    judged: int = 0

    def chance(self, share: Floats) -> Floats:
        """A chance as it came true before."""
        odds: Floats = 1 / (1 + np.exp(-(self.shift + self.slope * _log_odds(share))))
        return odds


def calibrate(low: Floats, middle: Floats, high: Floats, days: Floats, late: Floats, was_late: Floats) -> Calibration:
    """Compare what was said with what came.

    Args:
        low, middle, high: the range said, in days.
        days: what came; infinite where it has not come long after it should.
        late: the chance said; NaN where there is no due date.
        was_late: 1 or 0.
    """
    if len(days) < JUDGED_LEAST:
        return Calibration(judged=len(days))
    half = np.maximum(np.where(days < middle, middle - low, high - middle), HALF_LEAST)
    errors = np.sort(np.abs(days - middle) / half)
    # The smallest error that at least 80 % of len + 1 stay under: the next invoice is as likely to be any of them.
    at = min(int(np.ceil(COVERED * (len(days) + 1))), len(days)) - 1
    stretch = float(min(max(errors[at], 1 / 3), 3.0)) ** (len(days) / (len(days) + RANGE_PRIOR))
    told = ~np.isnan(late)
    shift, slope = _line(_log_odds(late[told]), was_late[told]) if told.sum() >= JUDGED_LEAST else (0.0, 1.0)
    return Calibration(stretch, shift, slope, len(days))


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
