"""What Ramp's webhooks point at, read from the receiver's inbox. A hint says where to look; it proves nothing.

The inbox is the receiver's: it is read here and never written, and when it cannot be read only time is lost.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url

from execution.store.engine import normalized

log = logging.getLogger("execution.hints")
# A delivery is stored a moment after the instant that it is stamped with, so the last minute is read again.
OVERLAP = timedelta(minutes=1)
# After a start every payout is looked at anyhow; what changed at a payee just before is worth reading.
AT_START = timedelta(minutes=15)
HINTS_A_ROUND = 5_000

NEWS = sa.text(
    "select event_key, client_id, event_type, object_id, received_at from inbox_events"
    " where rail = 'ramp' and received_at >= :since order by received_at, event_key limit :most"
)


@dataclass(frozen=True, slots=True)
class Hint:
    """Something about an object of a client changed at Ramp, says a webhook."""

    client_id: str
    event_type: str
    object_id: str | None


class InboxHints:
    """`new()` gives what arrived since it was asked last. Where it stands is kept in memory alone."""

    def __init__(self, url: str, started_at: datetime) -> None:
        self._url = url
        self._engine: Engine | None = None
        self._since = _text(started_at - AT_START)
        self._seen: dict[str, str] = {}  # Event → when it came, for what the next look reads again.
        self._said = ""

    def new(self) -> list[Hint]:
        """Hints that were not given yet, oldest first; none when there is no inbox or it does not answer."""
        if not _is_there(self._url):
            return []  # No receiver has run here yet.
        try:
            engine = self._engine = self._engine or _reading(self._url)
            with engine.connect() as cx:
                rows = cx.execute(NEWS, {"since": self._since, "most": HINTS_A_ROUND}).all()
        except sa.exc.SQLAlchemyError as error:
            if str(error) != self._said:
                log.warning("webhooks are not read, so changes at Ramp are noticed later: %s", error.args[0])
            self._said = str(error)
            return []
        self._said = ""
        fresh = [row for row in rows if row.event_key not in self._seen]
        self._seen |= {row.event_key: row.received_at for row in rows}
        if rows:
            newest = rows[-1].received_at
            is_all = len(rows) < HINTS_A_ROUND
            self._since = max(self._since, _text(datetime.fromisoformat(newest) - OVERLAP) if is_all else newest)
            self._seen = {key: at for key, at in self._seen.items() if at >= self._since}
        return [Hint(row.client_id, row.event_type, row.object_id) for row in fresh]


def _is_there(url: str) -> bool:
    parsed = make_url(url)
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").exists()


def _reading(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return sa.create_engine(f"sqlite:///file:{parsed.database}?mode=ro&uri=true")
    return sa.create_engine(normalized(url), connect_args={"options": "-c statement_timeout=5s"}, pool_pre_ping=True)


def _text(instant: datetime) -> str:
    """As the inbox writes instants: texts that sort like time."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
