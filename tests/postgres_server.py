"""A private PostgreSQL for tests and benchmarks: started below /tmp, reached by its socket, gone at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


class NoServer(RuntimeError):
    """No PostgreSQL server is installed here."""


@contextmanager
def postgres(*, is_durable: bool = False) -> Iterator[str]:
    """The socket folder of a running cluster. `is_durable`: commits reach the disk, as in production."""
    if not BINARIES:
        raise NoServer("no PostgreSQL server below /usr/lib/postgresql: `make test-tools` installs one")
    folder = Path(tempfile.mkdtemp(prefix="rowcol-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    binaries, cluster = BINARIES[-1].parent, folder / "cluster"
    options = f"-c listen_addresses='' -k {folder} -c fsync={'on' if is_durable else 'off'}"
    init, ctl = str(binaries / "initdb"), str(binaries / "pg_ctl")
    try:
        _as_server([init, "-D", str(cluster), "-U", "postgres", "-A", "trust", "--no-sync"])
        _as_server([ctl, "-D", str(cluster), "-w", "-l", str(folder / "log"), "-o", options, "start"])
        try:
            yield str(folder)
        finally:
            _as_server([ctl, "-D", str(cluster), "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fresh_database(server: str) -> str:
    """Makes an empty database on the server with that socket folder; answers its URL."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(host=server, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    return f"postgresql://postgres@/{name}?host={server}"


def _as_server(command: list[str]) -> None:
    """initdb refuses root, so root asks the packaged user to run it."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*prefix, *command], check=True, capture_output=True, timeout=60)
