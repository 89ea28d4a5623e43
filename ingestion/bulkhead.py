"""The wall around each connection: whatever goes wrong on one, the others never notice.

A connection is read to its end into files of its own. Only a read that ended well hands over rows and a
cursor; a failed one hands over its reason and nothing else.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ingestion.connections import Connection, TokenStore
from ingestion.errors import ConnectionFailed, Malformed
from ingestion.outcomes import Progress
from ingestion.rails import Rail
from ingestion.spill import Spill
from ingestion.transport import Line

logger = logging.getLogger(__name__)


@dataclass
class Fetched:
    """What came of reading one connection."""

    connection: Connection
    started_at: datetime
    finished_at: datetime
    files: dict[str, Path] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    cursor: dict[str, Any] = field(default_factory=dict)
    rows_read: int = 0
    requests_made: int = 0
    failure: ConnectionFailed | None = None


def fetch(
    rail: Rail,
    connection: Connection,
    cursor: Mapping[str, Any],
    folder: Path,
    as_of: datetime,
    tokens: TokenStore | None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Fetched:
    """Read one connection; never raises. Its times run on the as-of clock, not the wall's."""

    def told(table: str, rows: int) -> None:
        if on_progress:
            on_progress(Progress(rail.name, connection.client_id, table, rows))

    began = time.monotonic()
    line = Line(rail.name, connection.connection_id)
    spill = Spill(folder, connection.client_id, rail.tables, told)
    done = Fetched(connection, as_of, as_of)
    try:
        done.cursor = rail.read(connection, line, spill, cursor, as_of, tokens)
        done.rows_read = spill.rows
        done.whole = frozenset(spill.whole)
        done.files = spill.to_parquet()
    except ConnectionFailed as failure:
        done.failure = failure
    except Exception as error:  # The wall itself: an unforeseen answer of one client must not stop the rest.
        logger.exception("client %s on %s: unforeseen failure", connection.client_id, rail.name)
        done.failure = Malformed(f"the answer could not be understood ({type(error).__name__}: {error})")
        done.failure.__cause__ = error
    finally:
        spill.close()
    if done.failure:
        done.cursor, done.files, done.whole = {}, {}, frozenset()
    done.requests_made = line.requests_made
    done.finished_at = as_of + timedelta(seconds=time.monotonic() - began)
    return done
