"""Fixtures that several areas share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import chromium
from tests.postgres_server import NoServer, fresh_database, postgres


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium for the browser stories."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The socket folder of a private PostgreSQL cluster."""
    try:
        with postgres() as folder:
            yield folder
    except NoServer as error:
        pytest.fail(str(error))


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The URL of a fresh database."""
    return fresh_database(postgres_server)
