"""A small generated world behind real ports, for tests that want a firm's life rather than hand-made rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rails_server import running_sandbox

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def generated_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clients over three months, from the generator's command line."""
    path = tmp_path_factory.mktemp("generated") / "world.db"
    command = [sys.executable, "-m", "sandbox", "generate", "--clients", "3", "--months", "3", "--seed", "7"]
    command += ["--end", "2026-11-24", "--out", str(path)]
    subprocess.run(command, check=True, cwd=ROOT, timeout=120)
    return path


@pytest.fixture(scope="session")
def sandbox_urls(generated_world: Path) -> Iterator[dict[str, str]]:
    """URLs by port name; the clock stands still until a test moves it."""
    with running_sandbox(generated_world, paused=True) as urls:
        yield urls
