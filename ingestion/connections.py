"""A connection (one client's credentials on one rail) and where its tokens live between runs."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Connection:
    """One client's access to one rail. Secrets never show in a repr, a log line or a traceback."""

    advisor_id: str
    client_id: str
    rail: str
    connection_id: str
    external_account_id: str
    secrets: Mapping[str, str] = field(repr=False)


class TokenStore(Protocol):
    """Where rotated secrets are kept. QBO hands out a new refresh token: it is written before it is used."""

    def lease(self, connection: Connection) -> AbstractContextManager[Mapping[str, str]]:
        """The newest secrets of a connection, held by this caller alone until the context ends."""
        ...

    def store(self, connection: Connection, secrets: Mapping[str, str]) -> None:
        """Write rotated secrets durably; called inside the lease."""
        ...


class MemoryTokens:
    """Tokens for one process: rotation lasts until the process ends. For runs without a control store."""

    def __init__(self) -> None:
        self._secrets: dict[str, Mapping[str, str]] = {}
        self._locks: dict[str, threading.RLock] = {}
        self._guard = threading.Lock()

    @contextmanager
    def lease(self, connection: Connection) -> Iterator[Mapping[str, str]]:
        """The newest secrets this process knows."""
        with self._guard:
            lock = self._locks.setdefault(connection.connection_id, threading.RLock())
        with lock:
            yield self._secrets.get(connection.connection_id, connection.secrets)

    def store(self, connection: Connection, secrets: Mapping[str, str]) -> None:
        """Remember rotated secrets."""
        self._secrets[connection.connection_id] = dict(secrets)


class FileTokens(MemoryTokens):
    """Tokens in a connections file, rewritten whole at each rotation: for running one client alone."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def store(self, connection: Connection, secrets: Mapping[str, str]) -> None:
        """Replace the file in one rename, so that a crash leaves the old or the new token, never half."""
        super().store(connection, secrets)
        rows = json.loads(self._path.read_text())
        for row in rows:
            if row["connection_id"] == connection.connection_id:
                row["secrets"] = dict(secrets)
        beside = self._path.with_suffix(".new")
        beside.touch(mode=0o600)
        beside.write_text(json.dumps(rows, indent=2))
        os.replace(beside, self._path)


def connections_from_file(path: Path) -> list[Connection]:
    """Connections listed in a JSON file: an array of objects with the fields of `Connection`."""
    return [Connection(**row) for row in json.loads(path.read_text())]
