"""Which pairs of two lists are worth scoring: names that share something rare, nearest first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_matrix, diags

from dbt_project.methods.names.parts import as_brand, same
from dbt_project.methods.names.words import SILENT

# A mark that more names carry finds too many strangers to be worth following.
MARK_NAMES_MOST = 2_000
FOUND = {"left": pl.Int64, "right": pl.Int64, "near": pl.Float64}
_CHUNK = 2_000


def candidates(
    left: pl.Series,
    right: pl.Series,
    *,
    within: tuple[pl.Series, pl.Series] | None = None,
    per_name: int = 6,
    least: float = 0.2,
) -> pl.DataFrame:
    """For each left name, the nearest right names by rare words and letter runs.

    Args:
        left, right: distinct clean names.
        within: the group of each left and of each right name, when only names of one group may meet.
        per_name: how many at most for one left name.
        least: cosine below which two names share too little to be looked at.

    Returns:
        left, right (rows of the series given), near (cosine, 0 to 1); a left name without any is absent.
    """
    names = pl.concat([left.alias("name"), right.alias("name")]).to_list()
    if not len(left) or not len(right):
        return pl.DataFrame(schema=FOUND)
    groups = [*within[0], *within[1]] if within else None
    rows = _weighed(names, groups)
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
        return pl.DataFrame(schema=FOUND)
    at, to, near_all = (np.concatenate(column) for column in zip(*found, strict=True))
    return pl.DataFrame({"left": at, "right": to, "near": near_all}, schema=FOUND)


def _weighed(names: list[str], groups: list[str] | None) -> csr_matrix:
    """A row per name, a column per mark that at least two names carry, rare marks heavy; rows of length 1."""
    columns: dict[tuple[str, str], int] = {}
    at: list[int] = []
    ends = [0]
    for name, group in zip(names, groups or [""] * len(names), strict=True):
        # A mark belongs to its group, so names of two groups share none.
        at.extend(columns.setdefault((group, mark), len(columns)) for mark in marks(name))
        ends.append(len(at))
    rows = csr_matrix((np.ones(len(at), dtype=np.float32), np.array(at), np.array(ends)), (len(names), len(columns)))
    rows.sum_duplicates()
    counts = np.bincount(rows.indices, minlength=rows.shape[1])
    rare = np.log((1 + len(names)) / (1 + counts)) + 1
    rows.data = ((1 + np.log(rows.data)) * rare[rows.indices]).astype(np.float32)
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1))).ravel()
    # Lengths count all marks; what one name carries alone, or very many do, finds nobody.
    kept = rows[:, np.flatnonzero((counts >= 2) & (counts <= MARK_NAMES_MOST))]
    return csr_matrix(diags(1 / np.maximum(lengths, 1e-9)).astype(np.float32) @ kept)


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
