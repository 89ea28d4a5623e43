"""From what was seen under the narrowest key, over wider ones, to the model: one probability per label.

    p(descriptor) = (counts + trust · p(wider key)) / (sum of counts + trust)

A key that was seen often answers by itself; one that was never seen passes the wider answer on unchanged. Each level's
trust and the model's sharpness are fitted on later lines, so that a probability means what it says for known and
unknown descriptors alike (hierarchical Dirichlet smoothing; MacKay and Peto 1995).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
# No label is impossible, and no single line may decide the fit.
FLOOR = 1e-6


@dataclass(frozen=True)
class Trust:
    """How far each level is believed.

    Attributes:
        levels: sightings that the wider answer is worth, narrowest key first.
        sharpness: factor on the model's margins before they become shares.
        prior: power of the labels' recent shares mixed into the model.
    """

    levels: tuple[float, ...] = (0.3, 0.5)
    sharpness: float = 3.0
    prior: float = 0.2


def shares(margins: Floats, log_prior: Floats, trust: Trust) -> Floats:
    """The model's margins (rows × labels) as probabilities."""
    raised = trust.sharpness * margins + trust.prior * log_prior
    raised = np.exp(raised - raised.max(axis=1, keepdims=True))
    result: Floats = raised / raised.sum(axis=1, keepdims=True)
    return result


def blended(counts: list[Floats], model: Floats, trust: Trust) -> Floats:
    """Probabilities (rows × labels) from the counts per level, narrowest first, and the model's shares."""
    answer = model
    for seen, worth in zip(reversed(counts), reversed(trust.levels), strict=True):
        answer = (seen + worth * answer) / (seen.sum(axis=1, keepdims=True) + worth)
    return answer


def fit_trust(counts: list[Floats], margins: Floats, log_prior: Floats, truth: Places) -> tuple[float, Trust]:
    """The trust under which the true labels of later lines are least surprising.

    Args:
        counts: per level, rows × labels.
        margins: rows × labels.
        log_prior: rows × labels, the shares of the labels in the lines before.
        truth: the place of each row's label.

    Returns:
        The mean surprise (negative log probability of the truth), and the trust.
    """
    rows = np.arange(len(truth))
    hits = [seen[rows, truth] for seen in counts]
    sums = [seen.sum(axis=1) for seen in counts]

    def surprise(point: Floats) -> float:
        trust = _trust(point)
        answer = shares(margins, log_prior, trust)[rows, truth]
        for hit, total, worth in zip(reversed(hits), reversed(sums), reversed(trust.levels), strict=True):
            answer = (hit + worth * answer) / (total + worth)
        # A pull towards the start keeps levels that the lines never exercise where they were.
        return float(-np.log(np.maximum(answer, FLOOR)).mean() + 0.002 * np.square(point - start).sum())

    first = Trust()
    start = np.log(np.array([*first.levels, first.sharpness, first.prior]))
    found = minimize(surprise, start, method="Nelder-Mead", options={"maxiter": 150, "xatol": 0.02, "fatol": 1e-5})
    return float(found.fun), _trust(found.x)


def _trust(point: Floats) -> Trust:
    *levels, sharpness, prior = (float(value) for value in np.exp(np.clip(point, -6, 6)))
    return Trust(tuple(levels), sharpness, prior)
