"""Where proven events wait, written before the rail gets its answer.

A delivery that was answered is on disk; one that was not is delivered again, and its key makes the second
copy vanish. SQLite in WAL by default, PostgreSQL by URL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ingestion.inbox.events import Backlog, Delivery, RefusalCount, RefusedAs, Waiting
from ingestion.inbox.tables import inbox_bodies, inbox_events, inbox_refusals, prepare

# SQLite takes a limited number of bound values in one statement.
KEYS_A_STATEMENT = 500


class InboxStore:
    """The tables behind the inbox."""

    def __init__(self, url: str) -> None:
        parsed = sa.make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
        if is_file:
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        self._engine = sa.create_engine(parsed)
        if parsed.get_backend_name() == "sqlite":
            sa.event.listen(self._engine, "connect", _be_durable)
        prepare(self._engine)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def add(self, deliveries: Sequence[Delivery], refused: Mapping[RefusedAs, RefusalCount]) -> list[int]:
        """Store what is not stored yet and count what was refused, in one transaction.

        Answers how many events of each delivery were new; of two copies in one call the first has them.
        """
        # One event named twice by a delivery is one row.
        rows = {row["event_key"]: row for delivery in reversed(deliveries) for row in _rows(delivery)}
        with self._engine.begin() as connection:
            new: set[str] = set()
            if rows:
                statement = self._insert(inbox_events).on_conflict_do_nothing().returning(inbox_events.c.event_key)
                new = set(connection.execute(statement, list(rows.values())).scalars())
            counts, bodies = [], {}
            for delivery in deliveries:
                mine = {event.stored_key for event in delivery.events} & new
                new -= mine
                counts.append(len(mine))
                if mine:
                    digest, body = _digest(delivery), delivery.body
                    bodies[digest] = {"body_sha256": digest, "body": body, "received_at": _text(delivery.received_at)}
            if bodies:
                connection.execute(self._insert(inbox_bodies).on_conflict_do_nothing(), list(bodies.values()))
            for whose, count in refused.items():
                self._count(connection, whose, count)
        return counts

    def _count(self, connection: sa.Connection, whose: RefusedAs, count: RefusalCount) -> None:
        key = {"rail": whose.rail, "client_id": whose.client_id, "code": whose.code}
        values = {"times": count.times, "last_at": _text(count.last_at)}
        statement = self._insert(inbox_refusals).values(**key, **values)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=list(key),
                set_={"times": inbox_refusals.c.times + count.times, "last_at": values["last_at"]},
            )
        )

    def refusals(self) -> list[tuple[RefusedAs, RefusalCount]]:
        """Refused deliveries since the inbox was made."""
        query = sa.select(inbox_refusals).order_by(inbox_refusals.c.last_at.desc())
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [
            (RefusedAs(row.rail, row.client_id, row.code), RefusalCount(row.times, datetime.fromisoformat(row.last_at)))
            for row in rows
        ]

    def waiting(self, limit: int) -> list[Waiting]:
        """Events nobody has acted on, oldest first."""
        return self._listed(inbox_events.c.state == "pending", limit)

    def of_type(self, rail: str, event_type: str, since: datetime, limit: int) -> list[Waiting]:
        """Events of one type that came since then, acted on or not, oldest first."""
        c = inbox_events.c
        return self._listed(sa.and_(c.rail == rail, c.event_type == event_type, c.received_at >= _text(since)), limit)

    def _listed(self, which: sa.ColumnElement[bool], limit: int) -> list[Waiting]:
        c = inbox_events.c
        query = (
            sa.select(c.event_key, c.rail, c.client_id, c.connection_id, c.event_type, c.object_id, c.received_at)
            .where(which)
            .order_by(c.received_at, c.event_key)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [Waiting(row[0], row[1], row[2], row[3], row[4], row[5], datetime.fromisoformat(row[6])) for row in rows]

    def backlog(self) -> Backlog:
        """How many events wait, and since when the oldest of them."""
        query = sa.select(sa.func.count(), sa.func.min(inbox_events.c.received_at)).where(
            inbox_events.c.state == "pending"
        )
        with self._engine.connect() as connection:
            found: Any = connection.execute(query).one()
        return Backlog(found[0], datetime.fromisoformat(found[1]) if found[1] else None)

    def mark(self, event_keys: Sequence[str], state: str, note: str | None) -> int:
        """Move waiting events to `done` or `dead`; returns how many moved."""
        moved = 0
        with self._engine.begin() as connection:
            for start in range(0, len(event_keys), KEYS_A_STATEMENT):
                some = list(event_keys[start : start + KEYS_A_STATEMENT])
                moved += self._move(connection, inbox_events.c.event_key.in_(some), state, note)
        return moved

    def mark_seen(self, rail: str, client_ids: Collection[str], before: datetime, note: str | None) -> int:
        """Close what came about these clients of a rail before an instant; returns how many."""
        c, ids, moved = inbox_events.c, sorted(client_ids), 0
        with self._engine.begin() as connection:
            for start in range(0, len(ids), KEYS_A_STATEMENT):
                some = c.client_id.in_(ids[start : start + KEYS_A_STATEMENT])
                theirs = sa.and_(c.rail == rail, some, c.received_at < _text(before))
                moved += self._move(connection, theirs, "done", note)
        return moved

    def drop_bodies(self, before: datetime) -> int:
        """Forget bodies that arrived before an instant; the events and their keys stay. Returns how many."""
        old = inbox_bodies.c.received_at < _text(before)
        with self._engine.begin() as connection:
            return int(connection.execute(inbox_bodies.delete().where(old)).rowcount)

    def body_of(self, event_key: str) -> bytes | None:
        """The delivery that brought an event, as it came; None for an unknown event or once it was forgotten."""
        query = (
            sa.select(inbox_bodies.c.body)
            .join(inbox_events, inbox_events.c.body_sha256 == inbox_bodies.c.body_sha256)
            .where(inbox_events.c.event_key == event_key)
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    @staticmethod
    def _move(connection: sa.Connection, which: sa.ColumnElement[bool], state: str, note: str | None) -> int:
        change = inbox_events.update().where(which, inbox_events.c.state == "pending").values(state=state, note=note)
        return int(connection.execute(change).rowcount)

    def _insert(self, table: sa.Table) -> Any:
        dialect = sqlite if self._engine.dialect.name == "sqlite" else postgresql
        return dialect.insert(table)


def _rows(delivery: Delivery) -> list[dict[str, Any]]:
    arrived, digest = _text(delivery.received_at), _digest(delivery)
    return [
        {
            "event_key": event.stored_key,
            "rail": event.rail,
            "client_id": event.client_id,
            "connection_id": event.connection_id,
            "event_type": event.event_type,
            "object_id": event.object_id,
            "received_at": arrived,
            "body_sha256": digest,
        }
        for event in delivery.events
    ]


def _digest(delivery: Delivery) -> str:
    return hashlib.sha256(delivery.body).hexdigest()


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def _be_durable(connection: Any, _record: Any) -> None:
    """WAL with full sync: what was answered is on disk, also after a power cut."""
    for pragma in ("busy_timeout=5000", "journal_mode=wal", "synchronous=full"):
        connection.execute(f"pragma {pragma}")
