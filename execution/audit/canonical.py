"""The one byte form of an audit event: RFC 8785 on the subset we allow (no floats, ASCII keys, integers below 2^53)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

LARGEST = 2**53 - 1


class NotCanonical(ValueError):
    """A value has no single byte form; the text names where it stands."""


def plain(value: Any, at: str = "$") -> Any:
    """The value as JSON knows it: instants and days as ISO text, enums by value, tuples as lists.

    Raises NotCanonical for floats, Decimals, NaN, integers from 2^53 on, keys that are not ASCII text, lone surrogates.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value, at)
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise NotCanonical(f"{at}: {value} is beyond 2^53; write it as text")
        return int(value)
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise NotCanonical(f"{at}: the text holds half a character") from error
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_key(name, at): plain(item, f"{at}.{name}") for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{at}[{place}]") for place, item in enumerate(value)]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item, at) for item in value), key=str)
    raise NotCanonical(f"{at}: a {type(value).__name__} has no place in an audit event; money is whole minor units")


def _key(name: Any, at: str) -> str:
    if not isinstance(name, str) or not name.isascii():
        raise NotCanonical(f"{at}: the key {name!r} is not ASCII text")
    return name


def canonical(value: Any) -> bytes:
    """The canonical bytes of a value; equal values give equal bytes."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
