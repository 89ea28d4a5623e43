"""For pytest: `ROWCOL_PLANTED=<name> pytest -p tests.execution.planted.plugin …` runs tests on a faulty product."""

from __future__ import annotations

import os

import pytest


def pytest_sessionstart(session: pytest.Session) -> None:
    """Plant the named fault for the whole session, after conftest files were read."""
    from tests.execution.planted.table import FAULTS

    name = os.environ["ROWCOL_PLANTED"]
    FAULTS[name].plant(pytest.MonkeyPatch())


def pytest_collection_modifyitems(session: pytest.Session) -> None:
    """Once more when the tests' own modules are loaded: they may hold what the fault replaces."""
    from tests.execution.planted.table import FAULTS

    FAULTS[os.environ["ROWCOL_PLANTED"]].plant(pytest.MonkeyPatch())
