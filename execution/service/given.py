"""What a person typed, checked at the one door that every call of theirs passes: kind, length, characters.

What the text says is nobody's business here; the rules that know the field come after it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from execution.errors import Invalid

ID_MAX = 200
TEXT_MAX = 4000
ITEMS_MAX = 1000
INT_MAX = 2**53 - 1  # What the audit log's canonical form can hold.
# Characters that turn the direction of text around: a name that reads one way and is another.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LISTS = ("Sequence[str]", "Iterable[str]", "list[str]")


def checked(takes: inspect.Signature, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, lists made from any iterable. Raises Invalid, naming the argument and what would be right."""
    return {name: _one(name, str(takes.parameters[name].annotation), value) for name, value in given.items()}


def _one(name: str, kind: str, value: Any) -> Any:
    is_optional = kind.endswith(" | None")
    kind = kind.removesuffix(" | None")
    if value is None and is_optional:
        return None
    if kind == "str":
        _text(name, value)
    elif kind in _LISTS:
        return _items(name, value)
    elif kind == "Mapping[str, str]":
        if not isinstance(value, Mapping):
            raise Invalid(f"{name}: {_shown(value)} is no mapping of texts")
        _items(name, list(value))
        _items(name, list(value.values()))
    elif kind == "int":
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > INT_MAX:
            raise Invalid(f"{name}: {_shown(value)} is no whole number in range; give a plain integer")
    elif kind == "date" and (isinstance(value, datetime) or not isinstance(value, date)):
        raise Invalid(f"{name}: {_shown(value)} is no day; give a date like 2026-11-24, without a time")
    elif kind == "bool" and not isinstance(value, bool):
        raise Invalid(f"{name}: {_shown(value)} is neither true nor false")
    return value


def _text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise Invalid(f"{name}: {_shown(value)} is no text")
    longest = ID_MAX if name.endswith("_id") else TEXT_MAX
    if len(value) > longest:
        raise Invalid(f"{name}: {len(value):,} characters are too many; give at most {longest:,}")
    for letter in value:
        if letter < " " and letter not in "\n\r\t" or "\ud800" <= letter <= "\udfff" or letter in TURNING:
            raise Invalid(f"{name}: holds the character U+{ord(letter):04X}, which no text here has; leave it out")


def _items(name: str, value: Any) -> list[str]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise Invalid(f"{name}: {_shown(value)} is no list of texts")
    items = []
    for item in value:
        _text(name, item)
        if len(item) > ID_MAX:
            raise Invalid(f"{name}: an entry of {len(item):,} characters is too long; give at most {ID_MAX}")
        items.append(item)
        if len(items) > ITEMS_MAX:
            raise Invalid(f"{name}: more than {ITEMS_MAX:,} entries; send fewer at a time")
    return items


def _shown(value: Any) -> str:
    return f"{type(value).__name__} {str(value)[:40]!r}"
