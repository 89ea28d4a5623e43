"""Fixtures that several areas share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.browser import chromium
from tests.postgres_server import NoServer, fresh_database, postgres

# `long`: the stateful test of the executor plays new lives for half an hour instead of the same ones for a minute.
settings.register_profile("long", settings.get_profile("default"))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", settings.get_current_profile_name()))


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
