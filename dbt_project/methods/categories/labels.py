"""One label column: learned from lines with it, given to lines without."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dbt_project.methods.categories.backoff import Trust, blended, fit_trust, shares
from dbt_project.methods.categories.keys import KEYS
from dbt_project.methods.categories.memory import remember
from dbt_project.methods.categories.model import WordModel

Floats = NDArray[np.float64]
# Spans of the training lines, as shares, that are each predicted from the lines before them to learn how far each
# level is believed; several, because one span may hold a change that the next will not.
FOLDS = ((0.5, 0.7), (0.7, 0.85), (0.85, 1.0))
FOLD_ROWS_MIN = 50
# More lines make the fit slower, not better.
FOLD_ROWS_MAX = 2_000
# Half-lives of a memory, in sightings of the same key, that are tried.
HALF_LIVES = (3.0, 15.0, 80.0)


class Labels:
    """Learns one label column and predicts it with a probability.

    Args:
        lines: one row per training line, oldest first: the keys and words (see `keys.keyed`) and label (no nulls).
    """

    def __init__(self, lines: pl.DataFrame) -> None:
        self.names: list[str] = lines["label"].unique().sort().to_list()
        places = pl.DataFrame({"label": self.names}).with_row_index("label_at")
        placed = lines.join(places, on="label", how="left", maintain_order="left")
        placed = placed.with_columns(pl.col("label_at").cast(pl.Int64))
        half_life, self.trust = _learned(placed, self.names)
        self._memories = [remember(placed, key, len(self.names), half_life) for key in KEYS]
        self._model = WordModel(placed, self.names)

    def probabilities(self, lines: pl.DataFrame) -> Floats:
        """Rows × names for lines with the keys and words."""
        counts = [memory.of(lines) for memory in self._memories]
        return blended(counts, shares(self._model.margins(lines), self._model.log_prior, self.trust), self.trust)


def _learned(placed: pl.DataFrame, names: list[str]) -> tuple[float, Trust]:
    """The half-life and the trust that predict later lines best, over all folds together."""
    cuts = [(int(placed.height * start), int(placed.height * end)) for start, end in FOLDS]
    if min(end - start for start, end in cuts) < FOLD_ROWS_MIN or len(names) < 2:
        return HALF_LIVES[1], Trust()
    counts: dict[float, list[list[Floats]]] = {half_life: [] for half_life in HALF_LIVES}
    margins, priors, truths = [], [], []
    for start, end in cuts:
        older = placed[:start]
        newer = placed[start:end].gather_every(-(-(end - start) // FOLD_ROWS_MAX))
        model = WordModel(older, names)
        margins.append(model.margins(newer))
        priors.append(np.broadcast_to(model.log_prior, margins[-1].shape))
        truths.append(newer["label_at"].to_numpy())
        for half_life, folds in counts.items():
            folds.append([remember(older, key, len(names), half_life).of(newer) for key in KEYS])
    margin, prior, truth = np.concatenate(margins), np.concatenate(priors), np.concatenate(truths)
    fits = []
    for half_life, folds in counts.items():
        levels = [np.concatenate(level) for level in zip(*folds, strict=True)]
        surprise, trust = fit_trust(levels, margin, prior, truth)
        fits.append((surprise, half_life, trust))
    _, half_life, trust = min(fits, key=lambda fit: fit[:2])
    return half_life, trust
