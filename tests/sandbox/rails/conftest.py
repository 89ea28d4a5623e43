"""A hand-made world behind real ports, one per test module; its clock stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.rails_server import running_sandbox
from tests.sandbox.rails.talk import Talk
from tests.sandbox.rails.tiny_world import make


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("world") / "world.db", postings=1200)


@pytest.fixture(scope="module")
def urls(world: Path) -> Iterator[dict[str, str]]:
    with running_sandbox(world, paused=True) as found:
        yield found


@pytest.fixture(scope="module")
def talk(urls: dict[str, str]) -> Iterator[Talk]:
    with httpx.Client(timeout=10, trust_env=False) as http:
        yield Talk(urls, http)


@pytest.fixture(autouse=True)
def no_faults_left(talk: Talk) -> Iterator[None]:
    yield
    talk.control("DELETE", "/faults")
