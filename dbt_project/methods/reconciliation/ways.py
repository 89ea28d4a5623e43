"""All subset sums of many small tasks at once: for each line, the sets of its candidates that add up to it.

A task of n candidates has 2^n sums; tasks of equal n are stacked and their sums built by doubling, so a million lines
need a few thousand numpy calls and no loop over lines.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import gammaln

from dbt_project.methods.reconciliation.subsets import choices

# Candidates per task, and sums held at once (8 bytes each).
CANDIDATES = 13
CELLS = 1 << 22
# Ways kept per task: past that the line is ambiguous whatever is chosen.
WAYS_KEPT = 64
DEEP_CANDIDATES = 48
WAY = {"way": pl.Int64, "size": pl.Int64, "weight": pl.Float64, "is_whole": pl.Boolean, "chance": pl.Float64}


def find_ways(candidates: pl.DataFrame, deep: int = 0) -> pl.DataFrame:
    """Sets of candidates that add up to their task's target.

    Args:
        candidates: task (sortable key), target (cents), item, cents, weight: one row per task and candidate. Only the
            `CANDIDATES` of the highest weight are used.
        deep: tasks, at the most, for which no set was found and which have up to `DEEP_CANDIDATES`, that are looked at
            again one by one.

    Returns:
        One row per way and item: task, way (number across all tasks), size, item, weight; the ways of a task that has
        more than `WAYS_KEPT` are left out but for the smallest ones. `is_whole` says per row whether its task was
        looked at wholly; `chance` is the log of how many sets of that size hit a target of that size by accident, were
        sums spread evenly over the cents up to it.
    """
    ranked = candidates.sort("task", "weight", "item", descending=[False, True, False])
    tasks = ranked.group_by("task", maintain_order=True).agg(pl.col("target").first(), wanted=pl.len())
    if not tasks.height:
        return pl.DataFrame(schema={"task": ranked.schema["task"], "item": ranked.schema["item"], **WAY})
    wanted = tasks["wanted"].to_numpy().astype(np.int64)
    starts = np.cumsum(wanted) - wanted
    cents, targets = ranked["cents"].to_numpy(), tasks["target"].to_numpy()
    used = np.minimum(wanted, CANDIDATES)
    at_task, masks = [], []
    for size in np.unique(used).tolist():
        some = np.flatnonzero(used == size)
        per_turn = max(1, CELLS >> size)
        for turn in range(0, len(some), per_turn):
            chosen = some[turn : turn + per_turn]
            where, mask = _hits(cents[starts[chosen][:, None] + np.arange(size)], targets[chosen])
            at_task.append(chosen[where])
            masks.append(mask)
    found = pl.DataFrame({"at": np.concatenate(at_task), "mask": np.concatenate(masks)})
    found = found.with_columns(size=pl.col("mask").bitwise_count_ones()).sort("at", "size", "mask")
    found = found.with_columns(many=pl.len().over("at"), place=pl.int_range(pl.len()).over("at"))
    found = found.filter(pl.col("place") < WAYS_KEPT)
    way, bit = np.nonzero((found["mask"].to_numpy()[:, None] >> np.arange(CANDIDATES)) & 1)
    at = found["at"].to_numpy()[way]
    whole = (wanted[at] <= CANDIDATES) & (found["many"].to_numpy()[way] <= WAYS_KEPT)
    parts = [(way, at, starts[at] + bit, whole)]
    number = found.height
    missed = np.setdiff1d(np.flatnonzero((wanted > CANDIDATES) & (wanted <= DEEP_CANDIDATES)), at)[:deep]
    for task in missed.tolist():
        span = slice(starts[task], starts[task] + wanted[task])
        rows, complete = choices(cents[span], np.ones(wanted[task], dtype=np.int64), int(targets[task]), WAYS_KEPT)
        row, column = np.nonzero(rows)
        parts.append((row + number, np.full(len(row), task), starts[task] + column, np.full(len(row), complete)))
        number += len(rows)
    way, at, place, whole = (np.concatenate(column) for column in zip(*parts, strict=True))
    size = np.bincount(way, minlength=number)[way] if len(way) else way
    return pl.DataFrame(
        {
            "task": tasks["task"].gather(at),
            "item": ranked["item"].gather(place),
            "way": way,
            "size": size,
            "weight": ranked["weight"].gather(place),
            "is_whole": whole,
            "chance": _chance(wanted[at], size, targets[at]),
        }
    )


def _chance(many: NDArray[np.int64], taken: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.float64]:
    subsets = gammaln(many + 1.0) - gammaln(taken + 1.0) - gammaln(many - taken + 1.0)
    return np.asarray(subsets - np.log(np.maximum(np.abs(targets), 1)))


def _hits(cents: NDArray[np.int64], targets: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    sums = np.zeros((len(cents), 1), dtype=np.int64)
    for column in range(cents.shape[1]):
        sums = np.concatenate([sums, sums + cents[:, column : column + 1]], axis=1)
    where, mask = np.nonzero(sums == targets[:, None])
    taken = mask > 0
    return where[taken], mask[taken]
