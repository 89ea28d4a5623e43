"""A sign-in is fresh for five minutes, to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from execution.domain.step_up import FRESH_FOR, is_fresh

NOW, SECOND = datetime(2026, 11, 24, 15, 0, tzinfo=UTC), timedelta(seconds=1)


@pytest.mark.parametrize(("age", "fresh"), [(-SECOND, False), (timedelta(0), True), (FRESH_FOR, True),
                                            (FRESH_FOR + SECOND, False)])  # fmt: skip
def test_fresh_to_the_second(age: timedelta, fresh: bool) -> None:
    assert is_fresh(NOW - age, NOW) is fresh and timedelta(minutes=5) == FRESH_FOR
