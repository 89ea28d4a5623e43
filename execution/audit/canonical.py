"""The one byte form of an audit event: RFC 8785 on the subset we allow (no floats, ASCII keys, integers below 2^53)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

LARGEST = 2**53 - 1
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


class NotCanonical(ValueError):
    """A value has no single byte form; the text names where it stands."""


def plain(value: Any, at: tuple[str | int, ...] = ()) -> Any:
    """The value as JSON knows it: instants and days as ISO text, enums by value, tuples as lists.

    Raises NotCanonical for floats, Decimals, NaN, integers from 2^53 on, keys that are not ASCII text, lone surrogates.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value, at)
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise NotCanonical(f"{_place(at)}: {value} is beyond 2^53; write it as text")
        return int(value)
    if isinstance(value, str):
        return _text(str(value), at)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_key(name, at): plain(item, (*at, name)) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, (*at, place)) for place, item in enumerate(value)]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item, at) for item in value), key=str)
    raise NotCanonical(
        f"{_place(at)}: a {type(value).__name__} has no place in an audit event; money is whole minor units"
    )


def _text(value: str, at: tuple[str | int, ...]) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise NotCanonical(f"{_place(at)}: the text holds half a character") from error
    return value


def _key(name: Any, at: tuple[str | int, ...]) -> str:
    if not isinstance(name, str) or not name.isascii():
        raise NotCanonical(f"{_place(at)}: the key {name!r} is not ASCII text")
    return name


def _place(at: tuple[str | int, ...]) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at)


def canonical(value: Any) -> bytes:
    """The canonical bytes of a value; equal values give equal bytes. Raises NotCanonical as `plain` does."""
    return _encode(value if _is_plain(value) else plain(value)).encode()


def _is_plain(value: Any) -> bool:
    """Whether a value is JSON's already, as nearly all are: then nothing of it has to be built anew."""
    open_parts = [value]
    while open_parts:
        one = open_parts.pop()
        kind = type(one)
        if kind is dict:
            for name in one:
                if type(name) is not str or not name.isascii():
                    return False
            open_parts.extend(one.values())
        elif kind is list:
            open_parts.extend(one)
        elif kind is str:
            if not one.isascii():
                try:
                    one.encode()
                except UnicodeEncodeError:
                    return False
        elif kind is int:
            if not -LARGEST <= one <= LARGEST:
                return False
        elif kind is not bool and one is not None:
            return False
    return True
