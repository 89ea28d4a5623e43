"""How often each label was seen under each key, the newest sightings counting most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Memory:
    """Weighted sightings of one key column.

    Attributes:
        column: the key's name in the frames.
        keys: one row per key: the column and `at`, its row in counts.
        counts: keys × labels, weighted sightings, and one empty row at the end for a key that is new.
    """

    column: str
    keys: pl.DataFrame
    counts: csr_matrix

    def of(self, frame: pl.DataFrame) -> Floats:
        """One row per row of the frame: its key's counts, zeros where the key is new."""
        at = frame.select(self.column).join(self.keys, on=self.column, how="left", maintain_order="left")["at"]
        rows: Floats = self.counts[at.fill_null(self.keys.height).to_numpy()].toarray()
        return rows


def remember(lines: pl.DataFrame, column: str, label_count: int, half_life: float) -> Memory:
    """Count the labels under each key.

    Args:
        lines: one row per sighting, oldest first: the key column and label_at (place of the label).
        column: the key to count under.
        label_count: how many labels there are.
        half_life: after so many newer sightings of the same key, one counts half.
    """
    newer = (pl.len() - 1 - pl.int_range(pl.len())).over(column)
    weighed = (
        lines.select(column, "label_at", (0.5 ** (newer / half_life)).alias("weight"))
        .group_by(column, "label_at", maintain_order=True)
        .agg(pl.col("weight").sum())
    )
    keys = weighed.select(pl.col(column).unique(maintain_order=True)).with_row_index("at")
    placed = weighed.join(keys, on=column, how="left", maintain_order="left")
    at = (placed["at"].to_numpy(), placed["label_at"].to_numpy())
    counts = csr_matrix((placed["weight"].to_numpy(), at), shape=(keys.height + 1, label_count))
    return Memory(column, keys, counts)
