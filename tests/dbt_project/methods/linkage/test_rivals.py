"""Probabilities under rivals, and the choice of links."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbt_project.methods.linkage.assign import assign
from dbt_project.methods.linkage.rivals import posteriors

Pair = tuple[int, int, float]
GRAPHS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0.01, 100)),
    max_size=10,
    unique_by=lambda pair: pair[:2],
)


def exact(pairs: list[Pair]) -> list[float]:
    """Marginals by going through every one-to-one set of links."""
    total, with_pair = 0.0, [0.0] * len(pairs)
    for size in range(len(pairs) + 1):
        for chosen in combinations(range(len(pairs)), size):
            rows = [pairs[at][0] for at in chosen]
            columns = [pairs[at][1] for at in chosen]
            if len(set(rows)) < size or len(set(columns)) < size:
                continue
            weight = float(np.prod([pairs[at][2] for at in chosen]))
            total += weight
            for at in chosen:
                with_pair[at] += weight
    return [part / total for part in with_pair]


def arrays(pairs: list[Pair]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.array([pair[0] for pair in pairs], dtype=np.int64),
        np.array([pair[1] for pair in pairs], dtype=np.int64),
        np.array([pair[2] for pair in pairs], dtype=np.float64),
    )


@pytest.mark.parametrize(
    "pairs",
    [
        [(0, 0, 3.0)],
        [(0, 0, 3.0), (0, 1, 3.0)],
        [(0, 0, 9.0), (1, 0, 4.0), (1, 1, 2.0), (2, 1, 0.5)],
    ],
    ids=["alone", "two_equal_rivals", "a_chain"],
)
def test_is_exact_where_rivals_form_a_tree(pairs: list[Pair]) -> None:
    assert posteriors(*arrays(pairs), steps=200) == pytest.approx(exact(pairs), abs=1e-3)


@given(GRAPHS)
def test_is_a_probability_and_a_row_has_at_most_one(pairs: list[Pair]) -> None:
    found = posteriors(*arrays(pairs), steps=400)
    assert ((found >= 0) & (found <= 1)).all()
    for side in (0, 1):
        for row in {pair[side] for pair in pairs}:
            assert sum(p for p, pair in zip(found, pairs, strict=True) if pair[side] == row) <= 1.05


def test_two_equal_rivals_share_and_neither_is_sure() -> None:
    found = posteriors(*arrays([(0, 0, 1e9), (0, 1, 1e9)]), steps=200)
    assert found == pytest.approx([0.5, 0.5], abs=1e-3)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.floats(0.02, 1)), unique_by=lambda p: p[:2], max_size=8)
)
def test_links_are_one_to_one_and_worth_the_most(pairs: list[Pair]) -> None:
    origin, destination, probability = arrays(pairs)
    chosen = assign(origin, destination, probability)
    assert len(set(origin[chosen])) == len(set(destination[chosen])) == len(chosen)
    best = max(
        (
            sum(pairs[at][2] for at in some)
            for size in range(len(pairs) + 1)
            for some in combinations(range(len(pairs)), size)
            if len({pairs[at][0] for at in some}) == len({pairs[at][1] for at in some}) == size
        ),
        default=0.0,
    )
    assert probability[chosen].sum() == pytest.approx(best)


def test_hopeless_pairs_are_no_links() -> None:
    assert len(assign(*arrays([(0, 0, 0.001)]))) == 0
