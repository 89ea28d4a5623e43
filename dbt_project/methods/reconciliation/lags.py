"""How long after its document a payment comes: learnt from the pairs that nothing else could explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

# A line may come a week before its document is entered and four months after.
EARLIEST, LATEST = -7, 120
SPAN = LATEST - EARLIEST + 1
# A party's own habit is heard from this many pairs on.
HABIT_PAIRS = 4


@dataclass(frozen=True)
class Lags:
    """Log of how much likelier a lag is than chance, by day, and each party's usual lag.

    Attributes:
        density: share of payments per day of lag, from EARLIEST to LATEST.
        low: earliest usual day. `high`: latest usual day; 99.6 % of the pairs lie between, and three days beyond.
        habits: party, usual (median days), spread (median distance from it).
    """

    density: NDArray[np.float64]
    low: int
    high: int
    habits: pl.DataFrame

    def weighted(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Pairs (party, lag) with `weight`: the log of the lag's density over that of a lag by chance."""
        joined = pairs.join(self.habits, on="party", how="left")
        lag = joined["lag"].to_numpy().astype(np.int64)
        common = self.density[np.clip(lag - EARLIEST, 0, SPAN - 1)]
        usual, spread = joined["usual"].to_numpy(), joined["spread"].to_numpy()
        known = ~np.isnan(usual)
        width = np.where(known, np.maximum(spread, 2.0), 1.0)
        own = np.exp(-np.abs(lag - np.where(known, usual, 0)) / width) / (2 * width)
        mixed = np.where(known, 0.4 * common + 0.6 * own, common)
        return joined.with_columns(weight=pl.Series(np.log(mixed * SPAN))).drop("usual", "spread")


def learn(pairs: pl.DataFrame) -> Lags:
    """Learn from pairs that are the only ones of their party and amount.

    Args:
        pairs: party, lag (days).
    """
    counts = np.bincount(pairs["lag"].to_numpy().astype(np.int64) - EARLIEST, minlength=SPAN).astype(np.float64)
    days = np.arange(-6, 7)
    kernel = np.exp(-(days**2) / 8.0)
    smooth = np.convolve(counts, kernel / kernel.sum(), mode="same") + 0.02 * max(counts.sum(), 20.0) / SPAN
    cumulative = np.cumsum(counts) / max(counts.sum(), 1.0)
    low, high = EARLIEST, LATEST
    if counts.sum() >= 50:
        low = max(EARLIEST, EARLIEST + int(np.searchsorted(cumulative, 0.002)) - 3)
        high = min(LATEST, EARLIEST + int(np.searchsorted(cumulative, 0.998)) + 3)
    habits = pairs.group_by("party").agg(
        usual=pl.col("lag").median().cast(pl.Float64),
        spread=(pl.col("lag") - pl.col("lag").median()).abs().median().cast(pl.Float64),
        seen=pl.len(),
    )
    habits = habits.filter(pl.col("seen") >= HABIT_PAIRS).drop("seen")
    return Lags(smooth / smooth.sum(), low, high, habits)
