"""From evidence to a calibrated probability: a logistic model and a small forest of trees, their logits averaged.

The logistic half carries over to names unlike those it was fitted on, the trees know which evidence matters together.
Weights stand in `weights.json`, written with their figures by tests/bench/fit_names.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Forest:
    """Trees as arrays of shape (trees, nodes); a leaf points to itself."""

    base: float
    feature: npt.NDArray[np.int64]
    threshold: Array
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    value: Array
    nan_left: npt.NDArray[np.bool_]
    depth: int

    def logit(self, rows: Array, shares: Array | None = None) -> Array:
        """Sum of the leaves that each row reaches; with `shares`, what each feature moved is added to it."""
        total = np.full(len(rows), self.base)
        every = np.arange(len(rows))
        for tree in range(len(self.feature)):
            node = np.zeros(len(rows), dtype=np.int64)
            value = self.value[tree]
            for _ in range(self.depth):
                feature = self.feature[tree][node]
                seen = rows[every, feature]
                missing = np.isnan(seen)
                goes_left = np.where(missing, self.nan_left[tree][node], seen <= self.threshold[tree][node])
                after = np.where(goes_left, self.left[tree][node], self.right[tree][node])
                if shares is not None:
                    shares[every, feature] += (value[after] - value[node]) / 2
                node = after
            total += value[node]
        return total


@dataclass(frozen=True)
class Model:
    """The fitted weights."""

    features: tuple[str, ...]
    mean: Array
    scale: Array
    weights: Array
    bias: float
    forest: Forest
    slope: float
    offset: float

    def probability(self, rows: Array) -> Array:
        """Calibrated probability of each row of evidence (pair evidence, then context; NaN context is unknown)."""
        return self._calibrated((self._linear(rows).sum(axis=1) + self.bias + self.forest.logit(rows)) / 2)

    def explained(self, rows: Array) -> tuple[Array, Array]:
        """Probability of each row, and what each feature added to or took from its logit, against the average pair."""
        linear = self._linear(rows)
        shares = linear / 2
        logit = (linear.sum(axis=1) + self.bias + self.forest.logit(rows, shares)) / 2
        return self._calibrated(logit), shares * self.slope

    def _linear(self, rows: Array) -> Array:
        scaled = (rows - self.mean) / self.scale
        return np.asarray(np.nan_to_num(scaled, nan=0.0) * self.weights)

    def _calibrated(self, logit: Array) -> Array:
        return np.asarray(1 / (1 + np.exp(-(self.slope * logit + self.offset))))


def read(found: dict[str, Any]) -> Model:
    """A model from the parsed JSON."""
    trees = found["trees"]
    forest = Forest(
        base=float(trees["base"]),
        feature=np.array(trees["feature"], dtype=np.int64),
        threshold=np.array(trees["threshold"], dtype=np.float64),
        left=np.array(trees["left"], dtype=np.int64),
        right=np.array(trees["right"], dtype=np.int64),
        value=np.array(trees["value"], dtype=np.float64),
        nan_left=np.array(trees["nan_left"], dtype=np.bool_),
        depth=int(trees["depth"]),
    )
    logistic = found["logistic"]
    return Model(
        features=tuple(found["features"]),
        mean=np.array(logistic["mean"]),
        scale=np.array(logistic["scale"]),
        weights=np.array(logistic["weights"]),
        bias=float(logistic["bias"]),
        forest=forest,
        slope=float(found["calibration"]["slope"]),
        offset=float(found["calibration"]["offset"]),
    )


@cache
def fitted() -> Model:
    """The shipped model."""
    return read(json.loads((files(__package__) / "weights.json").read_text()))
