"""Subset sums in whole cents: which choices of amounts add up to a target exactly.

Meet in the middle (Horowitz and Sahni 1974): both halves' sums are listed, one is sorted, and each sum of the other
looks up what is missing. Equal amounts are one kind with a count, so twins never multiply the work, and among amounts
of one sign a sum that is past the target is dropped as soon as it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int16]
Cents = NDArray[np.int64]

# Sums listed per half: 2^16 of each half stand for 2^32 subsets and take a few milliseconds.
HALF = 1 << 16


class Halves:
    """The sums of both halves of some kinds, listed once for any number of targets."""

    def __init__(self, values: Cents, counts: NDArray[np.int64], bound: int | None = None, half: int = HALF) -> None:
        """List the sums.

        Args:
            values: distinct cents of each kind, any sign, none zero.
            counts: how many there are of each, at least one.
            bound: no sum past this matters; given only where all values are positive.
            half: sums to list per half at the most; beyond it only those of few items are.
        """
        # Large amounts first: their sums pass the bound soonest, and the halves stay short.
        self.order = np.argsort(-np.abs(values), kind="stable")
        ranked, many = values[self.order], counts[self.order]
        # Dealt in turn, so that both halves hold large and small.
        self.left, left_whole = _sums(ranked[::2], many[::2], bound, half)
        right, right_whole = _sums(ranked[1::2], many[1::2], bound, half)
        self.left_sums, right_sums = self.left @ ranked[::2], right @ ranked[1::2]
        by_sum = np.argsort(right_sums, kind="stable")
        self.right, self.right_sums = right[by_sum], right_sums[by_sum]
        self.is_whole = left_whole and right_whole

    def choices(self, target: int, most: int) -> tuple[Counts, bool]:
        """Every way to take some of each kind so that the sum is the target.

        Returns:
            One row of counts per way, fewest items first, and whether the list is whole. It is not when the sums of a
            half or the ways were more than the bounds; then it holds ways of few items.
        """
        low = np.searchsorted(self.right_sums, target - self.left_sums, side="left")
        hits = np.searchsorted(self.right_sums, target - self.left_sums, side="right") - low
        total = int(hits.sum())
        if total > most:
            hits = np.where(np.cumsum(hits) <= most, hits, 0)
        at_left = np.repeat(np.arange(len(self.left)), hits)
        within = np.arange(len(at_left)) - np.repeat(np.cumsum(hits) - hits, hits)
        at_right = np.repeat(low, hits) + within
        found = np.zeros((len(at_left), len(self.order)), dtype=np.int16)
        found[:, self.order[::2]] = self.left[at_left]
        found[:, self.order[1::2]] = self.right[at_right]
        found = found[found.any(axis=1)]
        by_size = np.argsort(found.sum(axis=1), kind="stable")
        return found[by_size], total <= most and self.is_whole


def choices(values: Cents, counts: NDArray[np.int64], target: int, most: int, half: int = HALF) -> tuple[Counts, bool]:
    """Every way to take some of each kind so that the sum is the target; see `Halves`."""
    if not len(values):
        return np.zeros((0, 0), dtype=np.int16), True
    sign = 1 if target >= 0 else -1
    bound = abs(target) if bool((values * sign > 0).all()) else None
    return Halves(values * sign, counts, bound, half).choices(abs(target), most)


def _sums(values: Cents, counts: NDArray[np.int64], bound: int | None, half: int) -> tuple[NDArray[np.int64], bool]:
    """Count vectors of all sums up to the bound, fewest items first; only those of few items when they are too many."""
    items = int(counts.sum())
    for most_items in (items, *(size for size in (4, 3, 2, 1) if size < items)):
        rows = np.zeros((1, len(values)), dtype=np.int64)
        totals = np.zeros(1, dtype=np.int64)
        for at, (value, count) in enumerate(zip(values.tolist(), counts.tolist(), strict=True)):
            more, sums = [rows], [totals]
            for taken in range(1, min(count, most_items) + 1):
                next_totals = totals + taken * value
                fits = np.ones(len(rows), dtype=bool) if bound is None else next_totals <= bound
                if most_items < items:
                    fits &= rows.sum(axis=1) + taken <= most_items
                if not fits.any():
                    break
                next_rows = rows[fits].copy()
                next_rows[:, at] = taken
                more.append(next_rows)
                sums.append(next_totals[fits])
            rows, totals = np.vstack(more), np.concatenate(sums)
            if len(rows) > half:
                break
        if len(rows) <= half or most_items == 1:
            return rows[np.argsort(rows.sum(axis=1), kind="stable")], most_items == items and len(rows) <= half
    raise AssertionError("one item per half always fits")
