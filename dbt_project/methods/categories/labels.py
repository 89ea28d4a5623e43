"""One label column: learned from lines with it, given to lines without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from dbt_project.methods.categories.backoff import Trust, blended, fit_trust, shares
from dbt_project.methods.categories.features import Features
from dbt_project.methods.categories.keys import KEYS
from dbt_project.methods.categories.memory import Memory, remember

Floats = NDArray[np.float64]
# The newest share of the training lines is predicted from the rest to learn how far each level is believed.
HELD_BACK = 0.2
ROWS_TO_LEARN_TRUST = 200
# More held-back lines make the fit slower, not better.
TRUST_ROWS_MAX = 6_000
# Half-lives in sightings of the same key that are tried.
HALF_LIVES = (3.0, 15.0, 80.0)
MODEL_KEYS_MAX = 60_000


@dataclass(frozen=True)
class _Half:
    """Memories and model of one span of lines."""

    memories: list[Memory]
    features: Features
    model: LinearSVC | None
    known: NDArray[np.int64]
    log_prior: Floats
    label_count: int

    def counts(self, lines: pl.DataFrame) -> list[Floats]:
        return [memory.of(lines) for memory in self.memories]

    def margins(self, lines: pl.DataFrame) -> Floats:
        """Rows × labels; a label that the model never met stands at the bottom."""
        texts = lines.select("named", "words").unique(maintain_order=True).with_row_index("text_at")
        out = np.full((texts.height, self.label_count), -2.0)
        if self.model is not None and texts.height:
            found = self.model.decision_function(self.features.of(texts))
            out[:, self.known] = found if found.ndim == 2 else np.column_stack([-found, found])
        else:
            out[:, self.known] = 1.0
        at = lines.select("named", "words").join(texts, on=["named", "words"], how="left", maintain_order="left")
        rows: Floats = out[at["text_at"].to_numpy()]
        return rows


class Labels:
    """Learns one label column and predicts it with a probability.

    Args:
        lines: one row per training line, oldest first: the keys (see `keys.keyed`), words and label (no nulls).
    """

    def __init__(self, lines: pl.DataFrame) -> None:
        self.names: list[str] = lines["label"].unique().sort().to_list()
        places = pl.DataFrame({"label": self.names}).with_row_index("label_at")
        placed = lines.join(places, on="label", how="left", maintain_order="left").with_columns(
            pl.col("label_at").cast(pl.Int64)
        )
        half_life, self.trust = self._learned(placed)
        self._all = _half(placed, len(self.names), half_life)

    def probabilities(self, lines: pl.DataFrame) -> Floats:
        """Rows × names for lines with the keys and words."""
        return _answer(self._all, lines, self.trust)

    def _learned(self, placed: pl.DataFrame) -> tuple[float, Trust]:
        first = placed.height - int(placed.height * HELD_BACK)
        if placed.height - first < ROWS_TO_LEARN_TRUST:
            return HALF_LIVES[1], Trust()
        older, newer = placed[:first], placed[first:]
        if newer.height > TRUST_ROWS_MAX:
            newer = newer.gather_every(-(-newer.height // TRUST_ROWS_MAX))
        truth = newer["label_at"].to_numpy()
        half = _half(older, len(self.names), HALF_LIVES[0])
        margins = half.margins(newer)
        best: tuple[float, float, Trust] | None = None
        for half_life in HALF_LIVES:
            counts = [remember(older, key, len(self.names), half_life).of(newer) for key in KEYS]
            trust = fit_trust(counts, margins, half.log_prior, truth)
            answer = blended(counts, shares(margins, half.log_prior, trust), trust)
            surprise = float(-np.log(np.maximum(answer[np.arange(len(truth)), truth], 1e-6)).mean())
            if best is None or surprise < best[0]:
                best = surprise, half_life, trust
        assert best is not None
        return best[1], best[2]


def _answer(half: _Half, lines: pl.DataFrame, trust: Trust) -> Floats:
    return blended(half.counts(lines), shares(half.margins(lines), half.log_prior, trust), trust)


def _half(placed: pl.DataFrame, label_count: int, half_life: float) -> _Half:
    memories = [remember(placed, key, label_count, half_life) for key in KEYS]
    examples = (
        placed.with_row_index("place")
        .group_by("named", "label_at", maintain_order=True)
        .agg(pl.len(), pl.col("place").max(), pl.col("words").last())
        .sort("place", descending=True)
        .head(MODEL_KEYS_MAX)
        .sort("place")
    )
    features = Features()
    matrix: csr_matrix = features.fit(examples)
    age = (placed.height - examples["place"].to_numpy()) / placed.height
    # A merchant of many lines weighs more than one of few, not as many times more; old ways of labelling fade.
    weights = examples["len"].to_numpy().astype(np.float64) ** 0.25 * 0.25**age
    truth = examples["label_at"].to_numpy()
    known = np.unique(truth)
    model = None
    if len(known) > 1:
        model = LinearSVC(C=0.2, random_state=0).fit(matrix, truth, sample_weight=weights)
    recent = np.bincount(placed["label_at"].to_numpy()[-20_000:], minlength=label_count) + 0.5
    return _Half(memories, features, model, known, np.log(recent / recent.sum()), label_count)
