"""A linear model of words: how much a descriptor that was never seen looks like the merchants of each label."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.svm import LinearSVC

from dbt_project.methods.categories.features import Features
from dbt_project.methods.categories.keys import keyed

Floats = NDArray[np.float64]
# One example per merchant and label; beyond these the oldest add time and no accuracy.
EXAMPLES_MAX = 60_000
# A merchant of many lines weighs more than one of few, not as many times more.
LINES_POWER = 0.25
# The oldest line weighs half the newest: ways of labelling fade.
OLDEST_WEIGHT = 0.5
# Softness of the margin; 0.1 to 1 differ by a point on a public card file.
SOFTNESS = 0.3
RECENT_LINES = 20_000


class WordModel:
    """Learns one label column from words.

    Args:
        placed: one row per line, oldest first: named, words (see `keys.keyed`) and label_at (place in names).
        names: the labels.
    """

    def __init__(self, placed: pl.DataFrame, names: list[str]) -> None:
        examples = (
            placed.with_row_index("place")
            .group_by("named", "label_at", maintain_order=True)
            .agg(pl.len(), pl.col("place").max(), pl.col("words").last())
            .sort("place")
            .tail(EXAMPLES_MAX)
        )
        age = 1 - (examples["place"].to_numpy() + 1) / placed.height
        weights = examples["len"].to_numpy().astype(np.float64) ** LINES_POWER * OLDEST_WEIGHT**age
        # What a label is called ("Hotels and accommodation") is an example of it too.
        called = pl.DataFrame({"descriptor": names}).with_row_index("label_at")
        called = called.join(keyed(called["descriptor"]), on="descriptor", how="left", maintain_order="left")
        shown = ("named", "words", pl.col("label_at").cast(pl.Int64))
        taught = pl.concat([examples.select(shown), called.select(shown)])
        self._features = Features()
        matrix = self._features.fit(taught)
        self._model = None
        if len(names) > 1:
            all_weights = np.concatenate([weights, np.ones(len(names))])
            self._model = LinearSVC(C=SOFTNESS, random_state=0)
            self._model.fit(matrix, taught["label_at"].to_numpy(), sample_weight=all_weights)
        recent = np.bincount(placed["label_at"].to_numpy()[-RECENT_LINES:], minlength=len(names)) + 0.5
        self.log_prior: Floats = np.log(recent / recent.sum())

    def margins(self, lines: pl.DataFrame) -> Floats:
        """Rows × labels for lines with named and words: the higher, the more alike."""
        if self._model is None:
            return np.zeros((lines.height, 1))
        texts = lines.select("named", "words").unique(maintain_order=True).with_row_index("text_at")
        at = lines.select("named", "words").join(texts, on=["named", "words"], how="left", maintain_order="left")
        found = self._model.decision_function(self._features.of(texts))
        rows: Floats = (found if found.ndim == 2 else np.column_stack([-found, found]))[at["text_at"].to_numpy()]
        return rows
