"""One world for every question: whoever changes it puts it back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.authorization.world import Walls, walls


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walls]:
    """Two firms, people in every role, records on both sides of every wall."""
    with walls(tmp_path_factory.mktemp("walls")) as made:
        yield made
