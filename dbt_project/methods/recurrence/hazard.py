"""How often a supplier stays silent for a month by itself: a logistic hazard, learnt from the ledger's own past.

A ledger needs no labels for this: every earlier month says which regular suppliers were silent. A prior, fitted on
public ledgers (`prior.json`), carries short ledgers and fades as an entity's own months add up.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from dbt_project.methods.recurrence.features import NAMES
from dbt_project.methods.recurrence.grid import Bools, Floats

PRIOR = Path(__file__).with_name("prior.json")
# Standard deviations beyond which one feature says no more.
FEATURE_MOST = 4.0
# The prior weighs as much as some hundreds of supplier-months; fewer own months than this say nothing of their own.
PRIOR_PRECISION = 500.0
ROWS_LOWEST = 200
# Newton's steps shrink quadratically: after one this small the next is beyond what a float can tell.
WEIGHT_STEP_LOWEST = 1e-5
# How much a whole month may differ, in log odds: a late publication, a closed office at the year's end.
MONTH_DEVIATION = 1.0


@dataclass(frozen=True, slots=True)
class Hazard:
    """Centre and scale of each feature, and the weights (the constant first) on what results."""

    centre: Floats
    scale: Floats
    weights: Floats

    def design(self, values: Floats) -> Floats:
        """Features in the order of NAMES as columns of the model, with the constant."""
        scaled = np.clip((values - self.centre) / self.scale, -FEATURE_MOST, FEATURE_MOST)
        return np.column_stack([np.ones(len(values)), scaled])

    def log_odds(self, values: Floats) -> Floats:
        """Log odds of a silent month, before anything is known of the month as a whole."""
        odds: Floats = self.design(values) @ self.weights
        return odds

    def learn(self, design: Floats, absent: Bools) -> Hazard:
        """The hazard after an entity's own months: the most likely weights, with these ones as their prior.

        Args:
            design: the months' features, as `design` gives them.
            absent: which of these supplier-months were silent.
        """
        if len(absent) < ROWS_LOWEST:
            return self
        precision = np.full(len(self.weights), PRIOR_PRECISION)
        weights = most_likely(design, absent.astype(float), self.weights, precision)
        return Hazard(self.centre, self.scale, weights)


@cache
def prior() -> Hazard:
    """The hazard that stands beside the code.

    Raises:
        ValueError: it was fitted on other features than the code computes.
    """
    stored = json.loads(PRIOR.read_text())
    if tuple(stored["names"]) != NAMES:
        raise ValueError(f"{PRIOR.name} was fitted on other features; run tests/bench/fit_missing_bills.py")
    return Hazard(np.array(stored["centre"]), np.array(stored["scale"]), np.array(stored["weights"]))


def most_likely(design: Floats, outcome: Floats, start: Floats, precision: Floats) -> Floats:
    """Weights of a logistic regression under a Gaussian prior centred on `start`, by Newton's method."""
    weights = start.copy()
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (chance - outcome) + precision * (weights - start)
        curve = (design.T * (chance * (1 - chance))) @ design + np.diag(precision)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < WEIGHT_STEP_LOWEST:
            break
    return weights


def chance_of_silence(log_odds: Floats, absent: Bools) -> Floats:
    """Chance that each supplier is silent in this month by itself, given how silent all the others are.

    When a month is late in the ledger as a whole, many are silent at once and none of them is news. The month's own
    effect is estimated from all suppliers and, for each one, without itself.

    Args:
        log_odds: per regular supplier of one month, from what came before.
        absent: which of them are silent.
    """
    effect = 0.0
    curve = 1.0
    chance = np.zeros(len(log_odds))
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(log_odds + effect, -30, 30)))
        curve = float((chance * (1 - chance)).sum()) + MONTH_DEVIATION**-2
        step = (float((chance - absent).sum()) + effect * MONTH_DEVIATION**-2) / curve
        # Far from the answer the curve is flat and a whole step would leap over it.
        effect -= float(np.clip(step, -1, 1))
        if abs(step) < 1e-9:
            break
    without = effect - (absent - chance) / curve
    result: Floats = 1 / (1 + np.exp(-np.clip(log_odds + without, -30, 30)))
    return result
