"""A webhook after it was proven: whose it is, what it is about, and the key that it is stored once under.

Its content is never kept as truth: the object named here is read again from the rail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from ingestion.inbox.errors import NotProven


@dataclass(frozen=True)
class Event:
    """One thing that a rail says happened; a delivery may hold several."""

    key: str
    event_type: str
    object_id: str | None
    account: str | None  # Realm, business, item or account, as the body names it.

    def __post_init__(self) -> None:
        """What a rail signed may still be nonsense; only texts reach the store. Raises NotProven (malformed)."""
        for name in ("key", "event_type", "object_id", "account"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, str) or "\x00" in value):
                raise NotProven("malformed", f"the delivery's {name} is no plain text")


@dataclass(frozen=True)
class Waiting:
    """One stored event that nobody has acted on yet."""

    event_key: str
    rail: str
    client_id: str
    connection_id: str
    event_type: str
    object_id: str | None
    received_at: datetime


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
