"""What the next bill of a rhythm will be: the present level, when it last moved, and how far bills stray from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# A step of less than this is a rounding or a usage matter, no new price.
SHIFT_LOWEST = 0.03
# And of less than this many of the usual deviations: chance.
DEVIATIONS = 4.0
LATEST = 6
BAND_LOWEST = 0.02


@dataclass(frozen=True, slots=True)
class Level:
    """Minor units, positive."""

    usual: int
    low: int
    high: int
    before: int | None
    """The level before the last move; None when it never moved."""
    moved_at: int | None
    """Position of the first bill on the present level."""


def level(amounts: list[int]) -> Level:
    """The level that the latest bills are on.

    Args:
        amounts: of the bills in order, minor units, at least one.
    """
    values = np.array(amounts, dtype=float)
    start, before = _move(values)
    now = values[start:][-LATEST:]
    usual = float(np.median(now))
    shares = [values[start:] / usual]
    if len(now) < LATEST:
        # Few bills on a new level say little of its spread: a price moves, the habit of straying from it stays.
        shares.append(_relative(values, start))
    band = max(BAND_LOWEST, *(_stray(share) for share in shares if len(share)))
    return Level(
        usual=round(usual),
        low=round(usual * max(0.0, 1 - band)),
        high=round(usual * (1 + band)),
        before=None if before is None else round(before),
        moved_at=start if before is not None else None,
    )


def _move(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[int, float | None]:
    """Where the present level starts and what was the level before; the latest clear step wins."""
    for start in _apart(values):
        old, new = values[:start][-LATEST:], values[start:]
        was, becomes = float(np.median(old)), float(np.median(new))
        stray = 1.4826 * float(np.median(np.abs(old - was)))
        away = abs(becomes - was)
        steady = float(np.abs(new - becomes).max()) <= 0.5 * away
        if steady and away > SHIFT_LOWEST * was and away > DEVIATIONS * stray:
            return start, was
    return 0, None


def _apart(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[int]:
    """Starts, the latest first, where every later bill is above or every one below the bills just before.

    Few places of a history are, and the medians of the others would be most of the work.
    """
    if len(values) <= 2:
        return []
    # The first bill repeated before itself changes no window's ends.
    before = sliding_window_view(np.concatenate([np.repeat(values[:1], LATEST - 1), values]), LATEST)[1:-1]
    later = values[:1:-1]
    above = np.minimum.accumulate(later)[::-1] > before.max(axis=1)
    below = np.maximum.accumulate(later)[::-1] < before.min(axis=1)
    starts: list[int] = (np.flatnonzero(above | below) + 2)[::-1].tolist()
    return starts


def _stray(shares: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """How far bills stray from their level, as a share of it: all of them while they are few."""
    spread = 1.4826 * float(np.median(np.abs(shares - np.median(shares))))
    widest = float(np.abs(shares - 1).max()) if len(shares) <= LATEST else 0.0
    return max(2.5 * spread, widest)


def _relative(
    values: np.ndarray[tuple[int], np.dtype[np.float64]], start: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    old = values[:start][-LATEST:]
    return old / float(np.median(old)) if len(old) else old
