"""A copy of a SQLite store by SQLite's own backup call; a file copy beside a write-ahead log is not one."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from execution.errors import Invalid
from execution.store.engine import normalized


def back_up(url: str, target: Path) -> Path:
    """Writes a consistent copy while others go on writing. Invalid for PostgreSQL, or when the target exists."""
    parsed = normalized(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise Invalid("this store is on PostgreSQL; back it up with pg_dump or the server's own archive")
    if target.exists():
        raise Invalid(f"{target} exists already; name a new file")
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(parsed.database)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return target
