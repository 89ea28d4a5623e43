"""What is known about a regular supplier's next bill before it comes, and at the month's end whether it is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dbt_project.methods.recurrence.grid import Bools, Floats, Grid, Ints

# A supplier is regular when it billed in three of four of the last twelve months and is known for half a year.
WINDOW_MONTHS = 12
LONG_WINDOW_MONTHS = 24
# A bill that came up to three days earlier than it would have to be late now, in three years.
NEAR_WINDOW_MONTHS = 36
NEAR_DAYS = 3
MONTHS_KNOWN_LOWEST = 6
NAMES = (
    "long_share",
    "gap_rate",
    "half_year_share",
    "quarter_share",
    "streak",
    "known",
    "documents",
    "documents_last",
    "documents_least",
    "trend",
    "documents_more",
    "documents_fewer",
    "elapsed",
    "beyond",
    "beyond_ever",
    "slips",
    "slips_nearly",
    "slips_ever",
    "slips_of_many",
    "slips_of_steady",
    "elapsed_ratio",
    "day_usual",
    "day_spread",
    "days",
    "same_month_1",
    "same_month_2",
    "others_absent",
    "others_absent_share",
    "group_absent",
    "group_absent_share",
    "volume",
    "amount_spread",
    "amount_more",
    "amount_less",
    "gap_last",
)


@dataclass(frozen=True, slots=True)
class Month:
    """The regular suppliers of one month, in step."""

    rows: Ints
    """Their rows in the grid."""
    values: Floats
    """One row per supplier, one column per feature of NAMES; from documents up to the month's end only."""
    absent: Bools
    """No document in the month."""


def month_features(grid: Grid, at: int) -> Month:
    """Describe the suppliers that were regular before a month.

    Args:
        grid: documents by supplier and month.
        at: column of the month; at least six columns come before it.
    """
    seen = grid.documents[:, :at] > 0
    window = slice(max(0, at - WINDOW_MONTHS), at)
    long = slice(max(0, at - LONG_WINDOW_MONTHS), at)
    width = window.stop - window.start
    began = np.argmax(seen, axis=1)
    known = at - began
    in_window = seen[:, window].sum(axis=1)
    span = np.minimum(known, width)
    regular = seen.any(axis=1) & (known >= MONTHS_KNOWN_LOWEST) & (in_window >= span - np.ceil(span / 4))
    rows = np.flatnonzero(regular)
    seen, known, span = seen[rows], known[rows], span[rows].astype(float)
    absent = grid.documents[rows, at] == 0
    strict = in_window[rows] >= span - 1

    end = grid.starts[at + 1] - 1
    documents = grid.documents[rows, :at]
    first, last = grid.first_day[rows, :at], grid.last_day[rows, :at]
    carried = np.maximum.accumulate(np.nan_to_num(last, nan=-1e9), axis=1)
    crossing = np.full(first.shape, np.nan)
    crossing[:, 1:] = np.where(carried[:, :-1] > 0, first[:, 1:] - carried[:, :-1], np.nan)
    elapsed = end - carried[:, -1]
    slipped = crossing > elapsed[:, None]
    nearly = crossing[:, -NEAR_WINDOW_MONTHS:] > elapsed[:, None] - NEAR_DAYS
    slips_nearly = nearly.sum(axis=1) / np.maximum(1, (~np.isnan(crossing[:, -NEAR_WINDOW_MONTHS:])).sum(axis=1))
    slips_ever = np.log1p(slipped.sum(axis=1))
    crossing = crossing[:, long]
    longest = _nan(np.nanmax, crossing, 62.0)
    usual_gap = _nan(np.nanmedian, crossing, 30.0)
    slips = slipped[:, long].sum(axis=1) / np.maximum(1, (~np.isnan(crossing)).sum(axis=1))
    day = (first - grid.starts[:at] + 1)[:, window]
    here = documents[:, window]
    billed = np.where(here > 0, here, np.nan)
    mean = _nan(np.nanmean, billed, 1.0)
    sums = np.where(here > 0, grid.amounts[rows, window], np.nan)
    usual_sum = _nan(np.nanmedian, sums, 0.0)
    backwards = seen[:, ::-1]
    streak = np.where(backwards.all(axis=1), at, np.argmin(backwards, axis=1))
    last_seen = at - 1 - np.argmax(backwards, axis=1)
    last_sum = grid.amounts[rows, last_seen]
    # Twice the usual before a silence is a bill that came early, or the last one; half of it, a contract that ends.
    rise = np.log((np.abs(last_sum) + 0.01 * np.abs(usual_sum) + 1e-9) / (1.01 * np.abs(usual_sum) + 1e-9))
    usual_count = _nan(np.nanmedian, billed, 1.0)
    ahead = (documents[np.arange(len(rows)), last_seen] - usual_count) / (_nan(np.nanstd, billed, 0.0) + 0.5)
    gaps = known - seen.sum(axis=1)
    groups = grid.groups[rows, at - 1]

    others = _share(absent, strict, np.zeros(len(rows), dtype=np.int64), 20.0, 1.0)
    group = _share(absent, strict, groups, 4.0, 0.3)

    values = np.column_stack(
        [
            seen[:, long].sum(axis=1) / np.minimum(known, LONG_WINDOW_MONTHS),
            np.log((gaps + 0.5) / (known + 5)),
            seen[:, -6:].mean(axis=1),
            seen[:, -3:].mean(axis=1),
            np.log1p(streak),
            np.log(known),
            np.log(mean),
            np.log1p(documents[:, -1]),
            np.log(_nan(np.nanmin, billed, 1.0)),
            np.log((here[:, -3:].mean(axis=1) + 0.5) / (here.mean(axis=1) + 0.5)),
            np.clip(ahead, 0, 4),
            np.clip(ahead, -4, 0),
            np.log(elapsed),
            np.clip(elapsed - longest, -40, 40) / 10,
            np.clip(elapsed - longest, 0, 40) / 10,
            slips,
            slips_nearly,
            slips_ever,
            slips * np.log(mean),
            slips * np.log1p(streak),
            np.log(elapsed / np.maximum(1, usual_gap)),
            _nan(np.nanmean, day, 15.0),
            _nan(np.nanstd, day, 8.0),
            np.log(np.maximum(1, _nan(np.nanmean, np.where(here > 0, grid.days[rows, window], np.nan), 1.0))),
            _back(seen, known, 12),
            _back(seen, known, 24),
            np.log(others),
            others,
            np.log(group),
            group,
            np.full(len(rows), np.log((grid.all_documents[at] + 1) / (np.median(grid.all_documents[window]) + 1))),
            np.log1p(np.minimum(9, _nan(np.nanstd, sums, 0.0) / (np.abs(_nan(np.nanmean, sums, 0.0)) + 1e-9))),
            np.clip(rise, 0, 2),
            np.clip(rise, -2, 0),
            (documents[:, -1] == 0).astype(float),
        ]
    )
    return Month(rows, values, absent)


def _nan(how: Callable[..., Any], values: Floats, empty: float) -> Floats:
    filled = np.where(np.isnan(values).all(axis=1, keepdims=True), empty, values)
    out: Floats = how(filled, axis=1)
    return out


def _back(seen: Bools, known: Ints, months: int) -> Floats:
    """Presence in the same month of an earlier year; 0.9 where the supplier was not known yet."""
    if seen.shape[1] < months:
        return np.full(len(seen), 0.9)
    return np.where(known >= months, seen[:, -months].astype(float), 0.9)


def _share(absent: Bools, strict: Bools, groups: Ints, weight: float, prior: float) -> Floats:
    """Share of the other strictly regular suppliers of the group that are absent too, smoothed."""
    index = groups - groups.min() if len(groups) else groups
    size = np.bincount(index, weights=strict)[index] - strict
    gone = np.bincount(index, weights=strict & absent)[index] - (strict & absent)
    share: Floats = (gone + prior) / (size + weight)
    return share
