"""One-to-one links out of probable pairs: the set that is expected to hold the most true links."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

# A pair below this can never be worth a link.
FLOOR = 0.02


def assign(
    origin: NDArray[np.int64], destination: NDArray[np.int64], probability: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Positions of the chosen pairs: no row twice, the sum of probabilities as large as can be.

    Pairs without a rival are taken as they are; the rest is a sparse assignment problem in which staying alone costs
    nothing. Equal sums are settled by the order of rows, so the same input gives the same links.
    """
    likely = np.flatnonzero(probability >= FLOOR)
    if not len(likely):
        return likely
    left, right = origin[likely], destination[likely]
    alone = (np.bincount(left)[left] == 1) & (np.bincount(right)[right] == 1)
    contested = likely[~alone]
    if not len(contested):
        return likely
    rows, row = np.unique(origin[contested], return_inverse=True)
    columns, column = np.unique(destination[contested], return_inverse=True)
    # Every row may instead take a column of its own, at a cost above any pair's: it stays alone.
    every = np.arange(len(rows))
    costs = sparse.csr_matrix(
        (
            np.concatenate([1.0 + (1.0 - probability[contested]), np.full(len(rows), 2.0)]),
            (np.concatenate([row, every]), np.concatenate([column, len(columns) + every])),
        ),
        shape=(len(rows), len(columns) + len(rows)),
    )
    taken_rows, taken_columns = min_weight_full_bipartite_matching(costs)
    real = taken_columns < len(columns)
    wanted = set(zip(taken_rows[real].tolist(), taken_columns[real].tolist(), strict=True))
    chosen = [at for at, pair in enumerate(zip(row.tolist(), column.tolist(), strict=True)) if pair in wanted]
    return np.sort(np.concatenate([likely[alone], contested[np.asarray(chosen, dtype=np.int64)]]))
