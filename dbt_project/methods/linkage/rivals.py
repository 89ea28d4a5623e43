"""From how well each pair fits to how likely it is, when every row belongs to at most one pair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEPS = 40
SETTLED = 1e-4


def posteriors(
    origin: NDArray[np.int64], destination: NDArray[np.int64], odds: NDArray[np.float64], steps: int = STEPS
) -> NDArray[np.float64]:
    """Probability that each pair is a link, over all one-to-one sets of links.

    A set of links weighs the product of its pairs' odds; a row left alone weighs one. The marginals are those of belief
    propagation on the graph of pairs (exact where it is a tree, and close to it on sparse graphs): each side tells each
    pair how free it is once its other pairs are counted.

    Args:
        origin, destination: row numbers of each pair; no pair twice.
        odds: each pair's odds were it alone, at least 0.
        steps: at most so many rounds.

    Returns:
        One probability per pair; those of a row add up to at most one, to rounding.
    """
    if not len(odds):
        return np.zeros(0)
    free_origin = np.ones(len(odds))
    free_destination = np.ones(len(odds))
    found = odds / (1 + odds)
    for _ in range(steps):
        free_origin = _free(origin, odds * free_destination)
        free_destination = _free(destination, odds * free_origin)
        product = odds * free_origin * free_destination
        last, found = found, product / (1 + product)
        if np.abs(found - last).max() < SETTLED:
            break
    return found


def _free(rows: NDArray[np.int64], pull: NDArray[np.float64]) -> NDArray[np.float64]:
    others = np.bincount(rows, pull)[rows] - pull
    free: NDArray[np.float64] = 1 / (1 + np.maximum(others, 0))
    return free
