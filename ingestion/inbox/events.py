"""A webhook after it was proven: whose it is, what it is about, and the key that it is stored once under.

Its content is never kept as truth: the object named here is read again from the rail.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from ingestion.inbox.errors import NotProven

TEXT_MAX = 500  # Far above any rail's ids and names; PostgreSQL's keys end at 2,700 bytes.


@dataclass(frozen=True)
class Event:
    """One thing that a rail says happened; a delivery may hold several."""

    key: str
    event_type: str
    object_id: str | None
    account: str | None  # Realm, business, item or account, as the body names it.

    def __post_init__(self) -> None:
        """What a rail signed may still be nonsense; only short texts reach the store. Raises NotProven (malformed)."""
        for name in ("key", "event_type", "object_id", "account"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, str) or "\x00" in value or len(value) > TEXT_MAX):
                raise NotProven("malformed", f"the delivery's {name} is no plain text of at most {TEXT_MAX} letters")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Whose events a delivery may carry. Two secrets are good while one replaces the other."""

    client_id: str
    connection_id: str
    external_account_id: str | None = None  # Realm, business, item or account that the body must name.
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class OwnedEvent:
    """A proven event with its owner, as it is stored."""

    stored_key: str
    rail: str
    client_id: str
    connection_id: str
    event_type: str
    object_id: str | None

    @classmethod
    def of(cls, rail: str, whose: Subscriber, event: Event) -> OwnedEvent:
        """The event of a subscriber; two connections may hear of one event, each in its own right."""
        key = f"{rail}:{whose.connection_id}:{event.key}"
        return cls(key, rail, whose.client_id, whose.connection_id, event.event_type, event.object_id)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a rail delivered in one request, proven, on its way to disk."""

    events: tuple[OwnedEvent, ...]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """One stored event that nobody has acted on yet."""

    event_key: str
    rail: str
    client_id: str
    connection_id: str
    event_type: str
    object_id: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits."""

    events: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefusedAs:
    """What refused deliveries are counted by; `client_id` is empty where no client is known."""

    rail: str
    client_id: str
    code: str


@dataclass(frozen=True, slots=True)
class RefusalCount:
    """How often, and when last."""

    times: int
    last_at: datetime

    def plus(self, other: RefusalCount) -> RefusalCount:
        """Both together."""
        return RefusalCount(self.times + other.times, max(self.last_at, other.last_at))


def json_of(body: bytes) -> Any:
    """The body as JSON; NotProven (malformed) when it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotProven("malformed", f"the signed body is not JSON ({error})") from error


def object_of(value: Any, what: str) -> dict[str, Any]:
    """A JSON object; NotProven (malformed) when it is anything else."""
    if not isinstance(value, dict):
        raise NotProven("malformed", f"{what} is {type(value).__name__}, not an object")
    return value


def text_of(holder: dict[str, Any], name: str, what: str) -> str:
    """A text that the rail always sends; NotProven (malformed) without it."""
    value = holder.get(name)
    if not isinstance(value, str) or not value:
        raise NotProven("malformed", f"{what} carries no {name}")
    return value
