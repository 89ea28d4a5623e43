"""Random lives of payouts on both databases and in both profiles; what must always hold is checked after each step.

In CI the same lives each time. `HYPOTHESIS_PROFILE=long pytest tests/execution/stateful` plays new ones, for half an
hour and more; what it finds it shrinks, and prints as the steps that show it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.execution.stateful.disasters import Disasters
from tests.execution.stateful.people import ByCalendar, ByList, InPairs
from tests.execution.stateful.profiles import PROFILES
from tests.execution.stateful.rails import Outside
from tests.execution.stateful.stores import OnPostgres, OnSqlite, Stores

COMMON = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
LONG = settings(COMMON, max_examples=1_000, stateful_step_count=60)
# A life on PostgreSQL takes twice as long, and what differs there are locks and types, not what people do.
SHORT = {
    "sqlite": settings(COMMON, max_examples=12, stateful_step_count=30, derandomize=True),
    "postgresql": settings(COMMON, max_examples=6, stateful_step_count=30, derandomize=True),
}


class Life(Disasters, ByList, ByCalendar, InPairs, Outside):
    """Everything that may happen."""


@pytest.fixture(params=SHORT)
def database(request: pytest.FixtureRequest) -> str:
    """Both of them."""
    return str(request.param)


@pytest.fixture
def stores(database: str, request: pytest.FixtureRequest) -> Iterator[Stores]:
    """A database that is empty at the start of each life. What goes wrong on purpose is logged a thousand times."""
    logging.disable(logging.CRITICAL)
    is_file = database == "sqlite"
    made: Stores = OnSqlite() if is_file else OnPostgres(request.getfixturevalue("postgres_server"))
    yield made
    made.close()
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("profile", PROFILES)
def test_what_must_always_hold_does(stores: Stores, database: str, profile: str) -> None:
    life = type(f"{profile.title()}Life", (Life,), {"stores": stores, "deals": PROFILES[profile]})
    is_long = settings.get_current_profile_name() == "long"
    run_state_machine_as_test(life, settings=LONG if is_long else SHORT[database])
