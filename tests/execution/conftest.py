"""Stores for the execution tests: SQLite, and a private PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from execution.service import ControlPlane
from tests.execution.plane import demo_plane

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def _as_server(command: list[str]) -> None:
    """initdb refuses root, so root asks the packaged user to run it."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*prefix, *command], check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The socket folder of a private PostgreSQL cluster."""
    if not BINARIES:
        pytest.fail("no PostgreSQL server below /usr/lib/postgresql: `make test-tools` installs one")
    folder = Path(tempfile.mkdtemp(prefix="rowcol-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    binaries, cluster = BINARIES[-1].parent, folder / "cluster"
    options = f"-c listen_addresses='' -k {folder} -c fsync=off"
    try:
        _as_server([str(binaries / "initdb"), "-D", str(cluster), "-U", "postgres", "-A", "trust", "--no-sync"])
        _as_server(
            [str(binaries / "pg_ctl"), "-D", str(cluster), "-w", "-l", str(folder / "log"), "-o", options, "start"]
        )
        try:
            yield str(folder)
        finally:
            _as_server([str(binaries / "pg_ctl"), "-D", str(cluster), "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The URL of a fresh database."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(host=postgres_server, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    return f"postgresql://postgres@/{name}?host={postgres_server}"


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
