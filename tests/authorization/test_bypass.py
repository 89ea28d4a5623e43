"""A small run of the attempts: none gets through, none moves anything, each leaves a row."""

from __future__ import annotations

import pytest

from tests.authorization.world import Walls
from tests.bench.bypass_attempts import Count, run
from tests.bench.bypass_forgeries import forge

SIZES = ({"service": 1500}, {"api": 500}, {"tool": 100}, {"command": 60})


@pytest.mark.parametrize("sizes", SIZES, ids=[next(iter(one)) for one in SIZES])
def test_an_attempt_is_refused_in_a_sentence_and_leaves_a_row(world: Walls, sizes: dict[str, int]) -> None:
    count = run(world, 7, sizes)
    assert not count.wrong, "\n".join(count.wrong[:10])
    assert count.attempts == count.refused >= sum(sizes.values())


def test_an_edited_row_reaches_no_rail() -> None:
    count = Count()
    forge(count, 7, 25)
    assert not count.wrong, "\n".join(count.wrong[:10])
    assert count.attempts == 25
