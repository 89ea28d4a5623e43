"""Bills that should have come: regular suppliers that are silent for a month although they hardly ever are."""

from __future__ import annotations

import numpy as np
import polars as pl

from dbt_project.methods.recurrence.features import MONTHS_KNOWN_LOWEST, month_features
from dbt_project.methods.recurrence.grid import Grid, grid
from dbt_project.methods.recurrence.hazard import chance_of_silence, prior

MONTHS_JUDGED = 12
# A silence that comes about by itself less than once in ten is worth a look.
SILENCE_MOST = 0.10
# A month whose documents end this much before its end, and earlier than in any month of the year before, is not over.
DAYS_OPEN_LOWEST = 7
SCHEMA = {"supplier": pl.String, "month": pl.String, "score": pl.Float64}


def missing_bills(ledger: pl.DataFrame, silence_most: float = SILENCE_MOST) -> pl.DataFrame:
    """Alerts of one entity for each of its ledger's last twelve months.

    Every month is judged with the documents up to its end alone, the hazard that it is judged by included: cutting the
    ledger off after the month changes nothing.

    Args:
        ledger: one row per document: supplier (String), date (Date), amount (a number), category (String or null).
        silence_most: chance of a silent month up to which it is an alert.

    Returns:
        supplier, month (`YYYY-MM`), score: the chance, 0 to 1, that this supplier would have billed;
        by month, then score.
    """
    rows: list[tuple[str, str, float]] = []
    if ledger.height:
        rows = [
            (laid.suppliers[row], laid.month_text(at), score)
            for laid in [grid(ledger)]
            for at, suppliers, scores in _judged(laid, silence_most)
            for row, score in zip(suppliers, scores, strict=True)
        ]
    found = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return found.sort("month", "score", "supplier", descending=[False, True, False])


def is_open(grid: Grid, at: int) -> bool:
    """Whether the month's documents break off before the month is over; only a ledger's last month can be."""
    ends = grid.latest_day - grid.starts[1:]
    before = ends[max(0, at - MONTHS_JUDGED) : at]
    return bool(at == grid.months - 1 and ends[at] < -DAYS_OPEN_LOWEST and len(before) and ends[at] < np.nanmin(before))


def _judged(grid: Grid, silence_most: float) -> list[tuple[int, list[int], list[float]]]:
    first = max(MONTHS_KNOWN_LOWEST, grid.months - MONTHS_JUDGED)
    past = [month_features(grid, at) for at in range(MONTHS_KNOWN_LOWEST, grid.months)]
    designs = [prior().design(month.values) for month in past]
    out = []
    for at in range(first, grid.months):
        now = past[at - MONTHS_KNOWN_LOWEST]
        if is_open(grid, at) or not now.absent.any():
            continue
        before = slice(0, at - MONTHS_KNOWN_LOWEST)
        hazard = prior()
        if at > MONTHS_KNOWN_LOWEST:
            absent = np.concatenate([month.absent for month in past[before]])
            hazard = hazard.learn(np.vstack(designs[before]), absent)
        chance = chance_of_silence(hazard.log_odds(now.values), now.absent)
        alert = now.absent & (chance <= silence_most)
        out.append((at, now.rows[alert].tolist(), (1 - chance[alert]).tolist()))
    return out
