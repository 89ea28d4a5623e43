"""A world per test, or one for the reading tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.api.firms import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world of the test's own."""
    opened = World.open(tmp_path)
    yield opened
    opened.close()
