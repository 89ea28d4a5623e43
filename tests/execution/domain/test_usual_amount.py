"""What a vendor is usually paid: median, usual deviation, and a rule that odd payments do not bend."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.usual_amount import Usual, usual


@pytest.mark.parametrize(
    ("paid", "median", "deviation"),
    [
        ([100, 100, 100, 100, 100], 100, 10),
        ([101, 101, 101, 101, 101], 101, 11),
        ([100, 200, 300, 400, 500], 300, 100),
        ([500, 100, 400, 200, 300], 300, 100),
        ([100, 200, 300, 400, 500, 600], 350, 150),
        ([100, 100, 100, 100, 1_000_000], 100, 10),
        ([100, 101, 101, 102, 102, 103], 101, 11),
        ([100, 200, 300, 400, 500, 600, 700, 800, 900], 500, 200),
    ],
)
def test_median_and_usual_deviation(paid: list[int], median: int, deviation: int) -> None:
    assert usual(paid) == Usual(median, deviation, len(paid))


def test_four_payments_say_nothing() -> None:
    assert usual([100] * 4) is None and usual([]) is None
    assert usual([100] * 5) is not None


def test_the_ceiling() -> None:
    assert Usual(300, 100, 5).ceiling_minor(5) == 800


@given(st.lists(st.integers(1, 10**9), min_size=5, max_size=30), st.integers(2, 100))
def test_order_means_nothing_and_the_ceiling_is_above_the_median(paid: list[int], times: int) -> None:
    norm = usual(paid)
    assert norm == usual(sorted(paid)) and norm is not None
    assert norm.ceiling_minor(times) > norm.median_minor
