"""Where proven events wait: one table, written before the rail gets its answer.

A delivery that was answered is on disk; one that was not is delivered again, and its key makes the second
copy vanish. SQLite in WAL by default, PostgreSQL by URL.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ingestion.inbox.events import Event, Waiting

metadata = sa.MetaData()
inbox_events = sa.Table(
    "inbox_events",
    metadata,
    sa.Column("event_key", sa.String, primary_key=True),
    sa.Column("rail", sa.String, nullable=False),
    sa.Column("client_id", sa.String, nullable=False),
    sa.Column("connection_id", sa.String, nullable=False),
    sa.Column("event_type", sa.String, nullable=False),
    sa.Column("object_id", sa.String),
    sa.Column("received_at", sa.String, nullable=False),  # ISO-8601 UTC: the same text in every database.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.String, nullable=False, server_default="pending"),
    sa.Column("note", sa.String),
    sa.Index("inbox_events_waiting", "state", "received_at"),
)
inbox_refusals = sa.Table(
    "inbox_refusals",
    metadata,
    sa.Column("rail", sa.String, primary_key=True),
    sa.Column("client_id", sa.String, primary_key=True),
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("last_at", sa.String, nullable=False),
)


class InboxStore:
    """The tables behind the inbox."""

    def __init__(self, url: str) -> None:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        self._engine = sa.create_engine(parsed)
        if parsed.get_backend_name() == "sqlite":
            sa.event.listen(self._engine, "connect", _be_durable)
        metadata.create_all(self._engine)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def add(
        self,
        rail: str,
        client_id: str,
        connection_id: str,
        events: Sequence[Event],
        body: bytes,
        received_at: datetime,
    ) -> int:
        """Store events that are not stored yet, in one transaction; returns how many were new."""
        rows = [
            {
                "event_key": f"{rail}:{connection_id}:{event.key}",
                "rail": rail,
                "client_id": client_id,
                "connection_id": connection_id,
                "event_type": event.event_type,
                "object_id": event.object_id,
                "received_at": received_at.astimezone(UTC).isoformat(timespec="microseconds"),
                "body": body,
            }
            for event in events
        ]
        with self._engine.begin() as connection:
            return sum(
                connection.execute(self._insert(inbox_events).values(row).on_conflict_do_nothing()).rowcount
                for row in rows
            )

    def refuse(self, rail: str, client_id: str, code: str, at: datetime) -> None:
        """Count a refused delivery; nothing else of it is kept."""
        key = {"rail": rail, "client_id": client_id, "code": code}
        last_at = at.astimezone(UTC).isoformat(timespec="microseconds")
        statement = self._insert(inbox_refusals).values(**key, times=1, last_at=last_at)
        with self._engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=list(key),
                    set_={"times": inbox_refusals.c.times + 1, "last_at": last_at},
                )
            )

    def refusals(self) -> list[tuple[str, str, str, int]]:
        """Refused deliveries: rail, client, code, times."""
        columns = inbox_refusals.c
        with self._engine.connect() as connection:
            found = connection.execute(sa.select(columns.rail, columns.client_id, columns.code, columns.times)).all()
        return [(row[0], row[1], row[2], row[3]) for row in found]

    def waiting(self, limit: int) -> list[Waiting]:
        """Events nobody has acted on, oldest first."""
        c = inbox_events.c
        query = (
            sa.select(c.event_key, c.rail, c.client_id, c.connection_id, c.event_type, c.object_id, c.received_at)
            .where(c.state == "pending")
            .order_by(c.received_at, c.event_key)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [Waiting(row[0], row[1], row[2], row[3], row[4], row[5], datetime.fromisoformat(row[6])) for row in rows]

    def count_waiting(self) -> int:
        """How many events wait."""
        query = sa.select(sa.func.count()).where(inbox_events.c.state == "pending")
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def mark(self, event_keys: Sequence[str], state: str, note: str | None) -> int:
        """Move waiting events to `done` or `dead`; returns how many moved."""
        moved = 0
        with self._engine.begin() as connection:
            # SQLite takes a limited number of bound values in one statement.
            for start in range(0, len(event_keys), 500):
                some = list(event_keys[start : start + 500])
                moved += connection.execute(
                    inbox_events.update()
                    .where(inbox_events.c.event_key.in_(some), inbox_events.c.state == "pending")
                    .values(state=state, note=note)
                ).rowcount
        return moved

    def _insert(self, table: sa.Table) -> Any:
        dialect = sqlite if self._engine.dialect.name == "sqlite" else postgresql
        return dialect.insert(table)


def _be_durable(connection: Any, _record: Any) -> None:
    """WAL with full sync: what was answered is on disk, also after a power cut."""
    for pragma in ("journal_mode=wal", "synchronous=full", "busy_timeout=5000"):
        connection.execute(f"pragma {pragma}")
