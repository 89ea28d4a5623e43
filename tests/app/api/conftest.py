"""A world per test, copied from one that is made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.api.firms import World


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a world that nobody has touched."""
    folder = tmp_path_factory.mktemp("world")
    World.open(folder).close()
    return folder


@pytest.fixture
def world(template: Path, tmp_path: Path) -> Iterator[World]:
    """A world of the test's own."""
    opened = World.open(shutil.copytree(template, tmp_path / "world"))
    yield opened
    opened.close()
