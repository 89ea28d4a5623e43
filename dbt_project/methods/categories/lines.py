"""Labels for lines of spend, from lines whose labels are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from dbt_project.methods.categories.keys import keyed
from dbt_project.methods.categories.labels import Labels

BATCH = 50_000


def categorize(
    train: pl.DataFrame, lines: pl.DataFrame, labels: Sequence[str], tell: Callable[[str], None] = lambda _: None
) -> pl.DataFrame:
    """Predict each label of the lines, with its probability.

    Args:
        train: descriptor and the label columns, text, oldest line first; rows with a null label teach the others only.
        lines: descriptor, text; null counts as empty.
        labels: the label columns to learn, each with at least one value in train.
        tell: called with what is being done.

    Returns:
        One row per row of lines, in order: each label and confidence_<label> (0 to 1).
    """
    known = _with_keys(train)
    asked = _with_keys(lines.select("descriptor"))
    columns: dict[str, pl.Series] = {}
    for label in labels:
        tell(f"learning {label}")
        learned = Labels(known.rename({label: "label"}).filter(pl.col("label").is_not_null()).select(_NEEDED))
        tell(f"predicting {label}")
        best, sure = [], []
        distinct = asked.unique("descriptor", maintain_order=True)
        for start in range(0, distinct.height, BATCH):
            answer = learned.probabilities(distinct[start : start + BATCH])
            best.append(answer.argmax(axis=1))
            sure.append(answer.max(axis=1))
        places = np.concatenate(best) if best else np.zeros(0, dtype=np.int64)
        found = distinct.select("descriptor").with_columns(
            pl.Series(label, [learned.names[place] for place in places.tolist()], dtype=pl.String),
            pl.Series(f"confidence_{label}", np.concatenate(sure) if sure else [], dtype=pl.Float64),
        )
        joined = asked.select("descriptor").join(found, on="descriptor", how="left", maintain_order="left")
        columns |= {name: joined[name] for name in (label, f"confidence_{label}")}
    return pl.DataFrame(columns)


_NEEDED = ["descriptor", "named", "letters", "words", "label"]


def _with_keys(frame: pl.DataFrame) -> pl.DataFrame:
    filled = frame.with_columns(pl.col("descriptor").cast(pl.String).fill_null(""))
    return filled.join(keyed(filled["descriptor"]), on="descriptor", how="left", maintain_order="left")
