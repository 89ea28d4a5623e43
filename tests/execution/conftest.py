"""Stores for the execution tests: SQLite, and a private PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from execution.service import ControlPlane
from tests.execution.plane import demo_plane


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, on each database."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'control.db'}"


@pytest.fixture
def plane(store_url: str, tmp_path: Path) -> Iterator[ControlPlane]:
    """A control plane with a firm taken on, on each database."""
    made = demo_plane(tmp_path, store_url)
    yield made
    made.store.dispose()
