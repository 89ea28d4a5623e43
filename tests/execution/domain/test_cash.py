"""Spendable cash, and what an old balance may have lost since."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.cash import Claims, spendable_minor, stale_minor

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
minor = st.integers(0, 10**12)


def stale(available: int, age: timedelta, *, pct: int = 2, burn: int | None = None) -> int:
    return stale_minor(available, age, fresh_for=15 * MINUTE, pct=pct, daily_net_burn_minor=burn)


def test_every_claim_is_taken_off() -> None:
    claims = Claims(buffer_minor=1, held_minor=20, foreign_minor=300, stale_minor=4_000)
    assert claims.total_minor == 4_321 and spendable_minor(10_000, claims) == 5_679
    assert Claims(1, 2, 3).total_minor == 6


@pytest.mark.parametrize(
    ("available", "age", "burn", "expected"),
    [
        (100_000, 15 * MINUTE, 50_000, 0),
        (100_000, 15 * MINUTE + SECOND, None, 2_000),
        (100_001, 15 * MINUTE + SECOND, None, 2_001),
        (100_000, DAY, None, 2_000),
        (100_000, DAY + SECOND, None, 4_000),
        (100_000, DAY, 2_000, 2_000),
        (100_000, DAY, 2_001, 2_001),
        (100_000, 2 * DAY, 3_000, 6_000),
        (100_000, 2 * DAY, -3_000, 4_000),
        (100_000, 2 * DAY, 90_000, 100_000),
        (0, 2 * DAY, 90_000, 0),
        (1, DAY, None, 1),
        (-5, 2 * DAY, 90_000, 0),
    ],
)
def test_an_old_balance_counts_for_less(available: int, age: timedelta, burn: int | None, expected: int) -> None:
    assert stale(available, age, burn=burn) == expected


def test_a_policy_may_count_an_old_balance_whole() -> None:
    assert stale(100_000, 2 * DAY, pct=0) == 0 and stale(100_000, 2 * DAY, pct=0, burn=7) == 14
    assert stale(100_000, 2 * DAY, pct=100) == 100_000


@given(
    minor, minor, st.timedeltas(timedelta(0), 40 * DAY), st.integers(0, 100), st.none() | st.integers(-(10**9), 10**9)
)
def test_more_cash_or_a_younger_balance_never_leaves_less(
    available: int, more: int, age: timedelta, pct: int, burn: int | None
) -> None:
    less, richer = (a - stale(a, age, pct=pct, burn=burn) for a in (available, available + more))
    assert 0 <= less <= richer
    assert stale(available, age + DAY, pct=pct, burn=burn) >= stale(available, age, pct=pct, burn=burn)


@given(minor, minor, minor, minor)
def test_each_claim_only_lowers(available: int, buffer: int, held: int, more: int) -> None:
    before = spendable_minor(available, Claims(buffer, held, 0))
    for claims in (Claims(buffer + more, held, 0), Claims(buffer, held + more, 0), Claims(buffer, held, more),
                   Claims(buffer, held, 0, more)):  # fmt: skip
        assert spendable_minor(available, claims) == before - more
