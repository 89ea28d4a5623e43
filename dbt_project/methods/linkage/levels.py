"""What is compared between two rows, cut into the levels that the model counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dbt_project.methods.linkage.memos import Memos, shared
from dbt_project.methods.linkage.windows import Windows

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
# Bits in common: below 1 is a letter, above 20 is a text that one row in a million shares by chance.
SHARED_BITS = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 24, 28], dtype=np.float64)
# Bits that each side says and the other does not: what contradicts, rather than what one side left out.
APART_BITS = np.array([0.3, 1, 2, 3, 4.5, 6, 8, 11], dtype=np.float64)
MEMO_LEVELS = (len(SHARED_BITS) + 1, len(APART_BITS) + 1)
# Ratios other than one are cut where likely links have their quantiles, so a usual percentage gets a narrow level.
RATIO_LEVELS = 24
EQUAL, FEE = 0, 1


@dataclass(frozen=True, slots=True)
class Pairs:
    """Candidate pairs and their levels; all arrays have one entry per pair.

    Attributes:
        origin, destination: row numbers.
        days: day level, 0 for the first day of the window.
        difference: destination minus origin, minor units.
        ratio: ln(destination amount / origin amount).
        memo: level of the memos, shared * len(apart levels) + apart.
        bits, apart: bits that the memos share, and bits that contradict.
    """

    origin: Ints
    destination: Ints
    days: Ints
    difference: Ints
    ratio: Floats
    memo: Ints
    bits: Floats
    apart: Floats

    def __len__(self) -> int:
        return len(self.origin)

    def take(self, kept: NDArray[np.bool_] | Ints) -> Pairs:
        """The pairs at these places."""
        return Pairs(*(getattr(self, name)[kept] for name in Pairs.__slots__))


def compare(pairs: pl.DataFrame, texts: Memos, within: Windows) -> Pairs:
    """Levels of a frame of origin, destination, days, ratio and difference."""
    origin = pairs["origin"].to_numpy().astype(np.int64)
    destination = pairs["destination"].to_numpy().astype(np.int64)
    bits = shared(texts, origin, destination)
    only = (texts.origin_bits[origin] - bits, texts.destination_bits[destination] - bits)
    apart = np.maximum(np.minimum(*only), 0)
    return Pairs(
        origin,
        destination,
        pairs["days"].to_numpy().astype(np.int64) - within.days[0],
        pairs["difference"].to_numpy().astype(np.int64),
        pairs["ratio"].to_numpy(),
        np.digitize(bits, SHARED_BITS) * MEMO_LEVELS[1] + np.digitize(apart, APART_BITS),
        bits.astype(np.float64),
        apart.astype(np.float64),
    )


def joined(parts: list[Pairs]) -> Pairs:
    """Several sets of pairs as one."""
    return Pairs(*(np.concatenate([getattr(part, name) for part in parts]) for name in Pairs.__slots__))


def ratio_edges(ratio: Floats, weight: Floats, within: Windows) -> Floats:
    """Where ratios other than one are cut: quantiles of likely links' ratios, between the window's ends."""
    order = np.argsort(ratio, kind="stable")
    total = np.cumsum(weight[order])
    if not len(ratio) or total[-1] < RATIO_LEVELS:
        return np.linspace(*within.ratio, RATIO_LEVELS // 2 + 1)[1:-1]
    wanted = np.linspace(0, total[-1], RATIO_LEVELS + 1)[1:-1]
    return np.unique(ratio[order][np.searchsorted(total, wanted)].round(6))


def amount_levels(pairs: Pairs, edges: Floats, fees: tuple[int, ...]) -> Ints:
    """EQUAL, FEE (a difference that recurs), or 2 and up by ratio."""
    level = 2 + np.digitize(pairs.ratio, edges).astype(np.int64)
    if fees:
        level[np.isin(pairs.difference, fees)] = FEE
    level[pairs.difference == 0] = EQUAL
    return level
