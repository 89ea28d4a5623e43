"""One-to-one by global assignment: the set of pairs of the highest total weight, each record used once.

First come, first served gives a bill to whichever line is looked at first; here every connected group of candidates is
solved as one (Jonker-Volgenant, in scipy). Each chosen pair carries the cost of being wrong: how much total weight the
best exchange with another pair would lose.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

# Cells of the largest group that is solved as a matrix; a larger one takes its mutual best pairs, round by round.
LARGEST = 1 << 20


def assign(pairs: pl.DataFrame) -> pl.DataFrame:
    """Choose pairs.

    Args:
        pairs: left, right (Int64), weight (log odds that the pair is right against leaving both alone): one row per
            candidate pair. Pairs of weight zero or less are never chosen. With left_twin and right_twin, records of
            one code cannot be told apart by anything, and are no doubt to each other.

    Returns:
        The chosen rows with `margin`, the total weight that the best exchange would lose (null when there is none),
        and `share`, the weight of this pairing among it and its single exchanges.
    """
    able = pairs.filter(pl.col("weight") > 0)
    if not able.height:
        return pairs.clear().with_columns(margin=pl.lit(None, pl.Float64), share=pl.lit(None, pl.Float64))
    left, lefts = _codes(able["left"])
    right, rights = _codes(able["right"])
    graph = coo_matrix((np.ones(able.height, dtype=np.int8), (left, right + lefts)), shape=(lefts + rights,) * 2)
    label = connected_components(graph, directed=False)[1][left]
    order = np.argsort(label, kind="stable")
    bounds = np.flatnonzero(np.diff(label[order])) + 1
    weight = able["weight"].to_numpy()
    chosen: list[NDArray[np.int64]] = []
    starts = np.concatenate([[0], bounds])
    ends = np.concatenate([bounds, [len(order)]])
    single = ends - starts == 1
    chosen.append(order[starts[single]])
    for start, end in zip(starts[~single].tolist(), ends[~single].tolist(), strict=True):
        rows = order[start:end]
        chosen.append(rows[_solve(left[rows], right[rows], weight[rows])])
    taken = np.zeros(able.height, dtype=bool)
    taken[np.concatenate(chosen)] = True
    return _with_margins(able.with_columns(is_taken=pl.Series(taken)))


def _codes(values: pl.Series) -> tuple[NDArray[np.int64], int]:
    unique, code = np.unique(values.to_numpy(), return_inverse=True)
    return code.astype(np.int64), len(unique)


def _solve(left: NDArray[np.int64], right: NDArray[np.int64], weight: NDArray[np.float64]) -> NDArray[np.int64]:
    lefts, row = np.unique(left, return_inverse=True)
    rights, column = np.unique(right, return_inverse=True)
    if len(lefts) * len(rights) > LARGEST:
        return _mutual_best(row, column, weight)
    matrix = np.zeros((len(lefts), len(rights)))
    place = np.full(matrix.shape, -1, dtype=np.int64)
    matrix[row, column], place[row, column] = weight, np.arange(len(weight))
    rows, columns = linear_sum_assignment(matrix, maximize=True)
    found = place[rows, columns]
    return np.asarray(found[found >= 0], dtype=np.int64)


def _mutual_best(row: NDArray[np.int64], column: NDArray[np.int64], weight: NDArray[np.float64]) -> NDArray[np.int64]:
    order = np.argsort(-weight, kind="stable")
    used_rows, used_columns = set[int](), set[int]()
    kept = []
    for at in order.tolist():
        if row[at] not in used_rows and column[at] not in used_columns:
            used_rows.add(int(row[at]))
            used_columns.add(int(column[at]))
            kept.append(at)
    return np.array(kept, dtype=np.int64)


def _with_margins(pairs: pl.DataFrame) -> pl.DataFrame:
    if "left_twin" not in pairs.columns:
        pairs = pairs.with_columns(left_twin="left", right_twin="right")
    taken = pairs.filter("is_taken")
    base = taken.select("left", "right", "left_twin", "right_twin", own="weight")
    # Another record for the left side, whose present partner, if any, may get ours in exchange. A twin is no rival.
    spare = pairs.filter(~pl.col("is_taken"))
    other = base.join(spare.select("left", other="right", twin="right_twin", gain="weight"), on="left")
    other = other.filter(pl.col("twin") != pl.col("right_twin"))
    holders = taken.select(other="right", holder="left", holder_twin="left_twin", held="weight")
    other = other.join(holders, on="other", how="left")
    other = other.filter((pl.col("holder_twin") != pl.col("left_twin")).fill_null(value=True))
    swap = pairs.select(holder="left", right="right", back="weight")
    other = other.join(swap, on=["holder", "right"], how="left")
    lost = pl.col("own") + pl.col("held").fill_null(0.0) - pl.col("gain") - pl.col("back").fill_null(0.0)
    exchanges = [other.select("left", "right", loss=lost)]
    # Another left side, now without a record, for this record.
    free = pairs.join(taken, on="left", how="anti").select("right", twin="left_twin", gain="weight")
    free = base.join(free, on="right").filter(pl.col("twin") != pl.col("left_twin"))
    exchanges.append(free.select("left", "right", loss=pl.col("own") - pl.col("gain")))
    rivals = (
        pl.concat(exchanges)
        .group_by("left", "right")
        .agg(margin=pl.col("loss").min(), against=(-pl.col("loss").clip(-30, 30)).exp().sum())
    )
    found = taken.drop("is_taken").join(rivals, on=["left", "right"], how="left")
    return found.with_columns(share=1 / (1 + pl.col("against").fill_null(0.0))).drop("against")
