"""QuickBooks' entity file as a checker: known fields, their types, references and enumerations, to any depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tests.contract.schemas import document

_SERVED = {"sparse", "domain", "status"}
_PRIMITIVE: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "id": (str,),
    "date": (str,),
    "dateTime": (str,),
    "decimal": (int, float),
    "boolean": (bool,),
    "positiveInteger": (int,),
    "integer": (int,),
    "int": (int,),
}
_SHAPE = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "dateTime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"),
}


@lru_cache(maxsize=256)
def fields_of(name: str) -> dict[str, dict[str, Any]]:
    """Every field of a type, those of its ancestors included."""
    definitions = document("qbo-entities.json")["definitions"]
    found: dict[str, dict[str, Any]] = {}
    current: str | None = name
    while current:
        one = definitions[current]
        if one["kind"] == "simple":
            found["value"] = {"type": "string"}
        found |= {key.removeprefix("@"): value for key, value in one.get("fields", {}).items()}
        current = one.get("extends")
    return found


def wrong(kind: str, body: dict[str, Any], where: str = "") -> Iterator[str]:
    """What an object of a type has that its definition does not allow, one line each."""
    known = fields_of(kind)
    for name, value in body.items():
        place = f"{where or kind}.{name}"
        if name in _SERVED:
            continue
        if name not in known:
            yield f"{place}: unknown field"
            continue
        declared = known[name]
        if bool(declared.get("array")) != isinstance(value, list):
            yield f"{place}: {'a list is' if declared.get('array') else 'one value is'} declared"
            continue
        for one in value if isinstance(value, list) else [value]:
            yield from _value(declared["type"], one, place)


def _value(declared: str, value: Any, place: str) -> Iterator[str]:
    definitions = document("qbo-entities.json")["definitions"]
    if declared in _PRIMITIVE:
        if not isinstance(value, _PRIMITIVE[declared]) or (isinstance(value, bool) != (declared == "boolean")):
            yield f"{place}: {value!r} is no {declared}"
        elif declared in _SHAPE and not _SHAPE[declared].fullmatch(value):
            yield f"{place}: {value!r} is not written as a {declared}"
    elif declared in definitions and definitions[declared]["kind"] == "enum":
        if value not in definitions[declared]["values"]:
            yield f"{place}: {value!r} is not among the values of {declared}"
    elif declared in definitions and isinstance(value, dict):
        yield from wrong(declared, value, place)
    elif declared not in definitions and not isinstance(value, str | int | float | bool):
        yield f"{place}: {value!r} for {declared}"
