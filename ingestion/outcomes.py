"""How each connection's sync went: one row per connection and run in raw_ops.connection_syncs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime

import duckdb

OPS_DDL = (
    "create table if not exists raw_ops.connection_syncs (run_id varchar, client_id varchar, rail varchar, "
    "connection_id varchar, started_at timestamptz, finished_at timestamptz, outcome varchar, "
    "reason_code varchar, reason varchar, rows_read bigint, rows_changed bigint, requests_made bigint, "
    "as_of_at timestamptz)"
)


@dataclass(frozen=True)
class SyncOutcome:
    """One connection's sync: `outcome` is ok or failed; a failed one says why and what to do."""

    run_id: str
    client_id: str
    rail: str
    connection_id: str
    started_at: datetime
    finished_at: datetime
    outcome: str
    reason_code: str | None
    reason: str | None
    rows_read: int
    rows_changed: int
    requests_made: int
    as_of_at: datetime

    @property
    def is_ok(self) -> bool:
        """Whether the connection's rows and cursors moved."""
        return self.outcome == "ok"


@dataclass(frozen=True)
class Progress:
    """A sign of life while a load runs: rows read so far of one resource of one client."""

    rail: str
    client_id: str
    resource: str
    rows: int


def append_outcomes(connection: duckdb.DuckDBPyConnection, outcomes: Iterable[SyncOutcome]) -> None:
    """Write outcomes down; they are only ever added to."""
    rows = [astuple(outcome) for outcome in outcomes]
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"insert into raw_ops.connection_syncs values ({marks})", rows)
