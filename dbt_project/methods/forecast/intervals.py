"""Finite-sample conformal intervals: past errors of the same step, in units of the series' size of error then."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def bounds(mean: Floats, outcome: Floats, scale: Floats, ahead: int, origins: Sequence[int], level: float) -> Floats:
    """Low and high ends of one figure of every series.

    Args:
        mean: origins × series, what was said at every origin.
        outcome: origins × series, what came; NaN while not known.
        scale: origins × series, size of the errors known at each origin, positive.
        ahead: weeks after an origin until its outcome is known.
        origins: rows that intervals are wanted for.
        level: share of outcomes that shall lie inside.

    Returns:
        2 × wanted origins × series.
    """
    scores = (outcome - mean) / scale
    out = np.full((2, len(origins), mean.shape[1]), np.nan)
    for at, row in enumerate(origins):
        known = np.sort(scores[: max(0, row - ahead + 1)], axis=0)
        count = np.isfinite(known).sum(axis=0)
        for side, share in enumerate(((1 - level) / 2, (1 + level) / 2)):
            out[side, at] = mean[row] + scale[row] * _rank(known, count, share)
    return out


def _rank(ordered: Floats, count: NDArray[np.int64], share: float) -> Floats:
    """The order statistic with the finite-sample step outwards; the extreme one where there are too few."""
    if not len(ordered):
        return np.full(len(count), np.nan)
    rank = np.ceil((count + 1) * share) if share > 0.5 else np.floor((count + 1) * share)
    at = np.clip(rank - 1, 0, np.maximum(count - 1, 0)).astype(int)
    found: Floats = np.take_along_axis(ordered, at[None], axis=0)[0]
    return found
