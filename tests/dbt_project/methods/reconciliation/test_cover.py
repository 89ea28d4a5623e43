"""Blocks as exact covers: what must be explained is, nothing is used twice, doubt shows as a lower share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbt_project.methods.reconciliation.cover import Block, Cover, solve


def block(values: list[int], counts: list[int], lines: list[int], parties: list[int] | None = None) -> Block:
    kinds = np.array(parties or [0] * len(values))
    return Block(np.array(values), np.array(counts), kinds, np.array(lines), np.ones((len(lines), len(values)), bool))


def taken(cover: Cover) -> list[list[int]]:
    return cover.taken.tolist()  # type: ignore[no-any-return]


@given(st.lists(st.tuples(st.integers(100, 900), st.integers(0, 2)), min_size=1, max_size=9))
def test_a_block_that_adds_up_is_explained_without_using_anything_twice(dealt: list[tuple[int, int]]) -> None:
    lines = [sum(cents for cents, line in dealt if line == at) for at in range(3)]
    lines = [total for total in lines if total]
    kinds = sorted({cents for cents, _ in dealt})
    counts = [sum(cents == kind for cents, _ in dealt) for kind in kinds]
    cover = solve(block(kinds, counts, lines))
    assert (cover.taken @ np.array(kinds)).tolist() == lines
    assert cover.taken.sum(axis=0).tolist() == counts
    assert ((cover.share >= 0) & (cover.share <= 1 + 1e-9)).all()


def test_equal_documents_on_two_lines_are_each_others_doubt() -> None:
    cover = solve(block([500, 300], [2, 1], [800, 500]))
    assert taken(cover) == [[1, 1], [1, 0]]
    assert cover.share[0].tolist() == pytest.approx([0.5, 1.0])
    assert cover.is_whole


def test_a_line_pays_one_party() -> None:
    cover = solve(block([400, 600, 1000], [1, 1, 1], [1000, 1000], parties=[0, 1, 1]))
    assert taken(cover)[0] in ([0, 0, 1], [0, 0, 0])
    assert cover.taken.sum() == 1


def test_credits_lower_a_payment() -> None:
    assert taken(solve(block([1000, -150, 300], [1, 1, 1], [850, 300]))) == [[1, 1, 0], [0, 0, 1]]


def test_an_unpaid_document_and_an_unknown_line_stay_open() -> None:
    cover = solve(block([700, 450], [1, 1], [700, 111]))
    assert taken(cover) == [[1, 0], [0, 0]]


def test_two_possible_explanations_split_the_share() -> None:
    cover = solve(block([1000, 600, 400], [1, 1, 1], [1000]))
    assert cover.covers == 2
    assert cover.share[0, 0] + cover.share[0, 1] == pytest.approx(1)
    assert 0 < cover.share[0, 0] < 1


def test_a_block_beyond_the_bounds_says_so() -> None:
    values = [1000 + 3 * at for at in range(36)]
    cover = solve(block(values, [2] * 36, [sum(values[:20]), sum(values[20:]), 9_999_999]))
    assert not cover.is_whole
