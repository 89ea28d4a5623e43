"""Which pairs of two lists are worth scoring: names that share something rare, nearest first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from dbt_project.methods.names.parts import as_brand, same
from dbt_project.methods.names.words import SILENT

# A mark that more names carry finds too many strangers to be worth following.
MARK_NAMES_MOST = 2_000
_CHUNK = 2_000


def candidates(left: pl.Series, right: pl.Series, *, per_name: int = 6, least: float = 0.2) -> pl.DataFrame:
    """For each left name, the nearest right names by rare words and letter runs.

    Args:
        left, right: distinct clean names.
        per_name: how many at most for one left name.
        least: cosine below which two names share too little to be looked at.

    Returns:
        left, right (names), near (cosine, 0 to 1); a left name without any is absent.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    names = pl.concat([left.alias("name"), right.alias("name")]).to_list()
    if not len(left) or not len(right):
        return pl.DataFrame(schema={"left": pl.String, "right": pl.String, "near": pl.Float64})
    grams = TfidfVectorizer(analyzer=marks, dtype=np.float32, sublinear_tf=True)
    rows = grams.fit_transform(names)
    # Cosine over all marks; what very many carry is too common to find anybody by.
    counts = np.bincount(rows.indices, minlength=rows.shape[1])
    keep = np.flatnonzero((counts >= 2) & (counts <= max(50, MARK_NAMES_MOST)))
    rows = rows[:, keep]
    mine, theirs = rows[: len(left)], rows[len(left) :].T.tocsc()
    found: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]] = []
    for start in range(0, mine.shape[0], _CHUNK):
        near = (mine[start : start + _CHUNK] @ theirs).tocsr()
        for row in range(near.shape[0]):
            span = slice(near.indptr[row], near.indptr[row + 1])
            columns, values = near.indices[span], near.data[span]
            if not len(values):
                continue
            if len(values) > per_name:
                best = np.argpartition(-values, per_name - 1)[:per_name]
                columns, values = columns[best], values[best]
            good = values >= max(least, 0.4 * float(values.max()))
            columns, values = columns[good], values[good]
            found.append((np.full(len(columns), start + row), columns.astype(np.int64), values.astype(np.float64)))
    if not found:
        return pl.DataFrame(schema={"left": pl.String, "right": pl.String, "near": pl.Float64})
    at, to, near_all = (np.concatenate(column) for column in zip(*found, strict=True))
    return pl.DataFrame({"left": left.gather(at), "right": right.gather(to), "near": near_all}).sort(
        "left", pl.col("near").neg(), "right"
    )


def marks(name: str) -> Iterator[str]:
    """Words as compared, runs of four letters across spaces, and the initials: what near names have in common."""
    words = as_brand(name.split())
    for word in words:
        if word not in SILENT:
            yield "w" + same(word)
            yield "w" + same(word)
    glued = "^" + "".join(words)
    for at in range(max(1, len(glued) - 3)):
        yield glued[at : at + 4]
    speaking = [word for word in words if word not in SILENT]
    if len(speaking) > 2:
        yield "w" + "".join(word[0] for word in speaking)
