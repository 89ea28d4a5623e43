"""From the share of the possible explanations that agree with a pair to the probability that it is right.

Where all of a period's documents and lines add up, every explanation was listed and the share is that probability.
Where they do not, or a day decides, a logistic curve per case corrects it for what the list cannot know: an accident
among many sums, a document that never came. `scores.json` holds the curves and how they were fitted.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

FEATURES = ("share_odds", "chance", "log_size", "is_partial", "is_certain")
# No pair is surer than what was measured without an error among 14,000 (Clopper-Pearson, one-sided 95 %).
SUREST = 0.9998


@cache
def curves() -> dict[str, list[float]]:
    """Per case an intercept and a weight for each of `FEATURES`."""
    found: dict[str, list[float]] = json.loads((Path(__file__).with_name("scores.json")).read_text())["curves"]
    return found


def features(pairs: pl.DataFrame) -> NDArray[np.float64]:
    """Pairs (share, chance, size, is_whole) as a matrix with a column per entry of `FEATURES`."""
    share = pairs["share"].to_numpy().clip(1e-5, 1 - 1e-5)
    chance = pairs["chance"].fill_null(-15.0).to_numpy().clip(-15.0, 0.0)
    log_size = np.log(pairs["size"].to_numpy().clip(1, 20))
    is_certain = share > 1 - 1e-4
    columns = [np.log(share / (1 - share)), chance + 15.0, log_size, ~pairs["is_whole"].to_numpy(), is_certain]
    return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])


def scored(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs with `score`.

    Args:
        pairs: share, chance (null for a period), size, is_whole, case ("balanced", "period", "dated one", "dated sum").
    """
    matrix = features(pairs)
    score = np.minimum(pairs["share"].to_numpy(), SUREST)
    for case, (intercept, *weights) in curves().items():
        at = (pairs["case"] == case).to_numpy()
        if at.any():
            score[at] = 1 / (1 + np.exp(-(intercept + matrix[at] @ np.array(weights))))
    return pairs.with_columns(score=pl.Series(np.minimum(score, SUREST)))
