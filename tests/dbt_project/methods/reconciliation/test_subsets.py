"""Subset sums against every subset counted by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from dbt_project.methods.reconciliation.subsets import choices
from dbt_project.methods.reconciliation.ways import CANDIDATES, find_ways

KINDS = st.dictionaries(st.integers(-40, 60).filter(bool), st.integers(1, 2), min_size=1, max_size=6)


@given(KINDS, st.integers(-60, 200))
def test_lists_every_way_and_nothing_else(kinds: dict[int, int], target: int) -> None:
    values, counts = list(kinds), list(kinds.values())
    found, whole = choices(np.array(values), np.array(counts), target, 10_000)
    ways = product(*(range(count + 1) for count in counts))
    expected = {way for way in ways if any(way) and sum(a * b for a, b in zip(way, values, strict=True)) == target}
    assert whole
    assert sorted(map(tuple, found.tolist())) == sorted(expected)


def test_says_when_a_bound_was_met() -> None:
    values, counts = np.arange(1, 41) * 7 + 1, np.ones(40, dtype=np.int64)
    found, whole = choices(values, counts, 900, 50)
    assert not whole
    assert len(found) <= 50
    assert set((found @ values).tolist()) == {900}


@given(st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=7), min_size=1, max_size=5), st.integers(1, 60))
def test_all_tasks_at_once_find_what_each_alone_does(tasks: list[list[int]], target: int) -> None:
    rows = [(task, target, task * 100 + at, cents) for task, many in enumerate(tasks) for at, cents in enumerate(many)]
    frame = pl.DataFrame(rows, schema=["task", "target", "item", "cents"], orient="row")
    ways = find_ways(frame.with_columns(weight=pl.lit(0.0)))
    found = {(row["task"], tuple(sorted(row["item"]))) for row in ways.group_by("task", "way").agg("item").to_dicts()}
    expected = set()
    for task, many in enumerate(tasks):
        for taken in product((0, 1), repeat=len(many)):
            if any(taken) and sum(a * b for a, b in zip(taken, many, strict=True)) == target:
                expected.add((task, tuple(task * 100 + at for at, is_taken in enumerate(taken) if is_taken)))
    assert found == expected


def test_a_large_task_is_looked_at_again_when_asked() -> None:
    cents = [1000 + 7 * at * at for at in range(20)]
    target = sum(cents[10:16])
    frame = pl.DataFrame({"task": [1] * 20, "target": [target] * 20, "item": range(20), "cents": cents})
    frame = frame.with_columns(weight=-pl.col("item").cast(pl.Float64))
    assert len(cents) > CANDIDATES
    assert not find_ways(frame).height
    ways = find_ways(frame, deep=1)
    sums = ways.join(frame, on="item").group_by("way").agg(pl.col("cents").sum())["cents"].unique().to_list()
    assert sums == [target]
