"""The rails' published specifications as JSON Schema 2020-12 validators."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import jsonschema_rs
import yaml

from tests.beside import SPEC, needs

needs_spec = needs(SPEC)
_DROPPED = {"nullable", "example", "discriminator", "xml", "externalDocs"}


def modern(schema: Any) -> Any:
    """One OpenAPI 3.0 schema as JSON Schema 2020-12; keywords by position, since properties may be named like them."""
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {}
    for name, value in schema.items():
        if name in _DROPPED or name.startswith("x-"):
            continue
        if name == "properties":
            value = {key: modern(inner) for key, inner in value.items()}
        elif name in ("allOf", "anyOf", "oneOf"):
            value = [modern(inner) for inner in value]
        elif name in ("items", "not", "additionalProperties"):
            value = modern(value)
        elif name in ("exclusiveMinimum", "exclusiveMaximum") and isinstance(value, bool):
            continue
        elif name == "$ref":
            value = value.replace("#/components/schemas/", "#/$defs/").replace("#/definitions/", "#/$defs/")
        found[name] = value
    if schema.get("nullable"):
        if None not in found.get("enum", [None]):
            found["enum"] = [*found["enum"], None]
        if isinstance(found.get("type"), str):
            found["type"] = [found["type"], "null"]
        else:
            found = {"anyOf": [found, {"type": "null"}]}
    return found


@lru_cache(maxsize=8)
def document(name: str) -> dict[str, Any]:
    """A specification file."""
    text = (SPEC / name).read_text()
    # The base loader keeps dates as the strings that they are; numbers are then strings too, so only dates are undone.
    if name.endswith(".yaml"):
        loader = type("NoDates", (yaml.CSafeLoader,), {})
        loader.yaml_implicit_resolvers = {
            first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
            for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
        }
        return dict(yaml.load(text, Loader=loader))
    return dict(json.loads(text))


@lru_cache(maxsize=8)
def _definitions(name: str) -> dict[str, Any]:
    spec = document(name)
    raw = spec["definitions"] if "definitions" in spec else spec["components"]["schemas"]
    return {key: modern(value) for key, value in raw.items()}


@lru_cache(maxsize=256)
def validator(name: str, definition: str) -> Any:
    """A validator of one named schema of a file."""
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/$defs/{definition}", "$defs": _definitions(name)}, validate_formats=False
    )


def answer_schema(name: str, method: str, path: str, status: str = "200") -> Any:
    """A validator of an operation's answer."""
    content = document(name)["paths"][path][method.lower()]["responses"][status]["content"]
    schema = modern(content["application/json"]["schema"])
    return jsonschema_rs.Draft202012Validator({**schema, "$defs": _definitions(name)}, validate_formats=False)


def problems(check: Any, value: Any) -> list[str]:
    """What is wrong with a value, in one line each."""
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message[:300]}" for error in check.iter_errors(value)]


def wrong_but_for_nulls(check: Any, value: Any) -> list[str]:
    """As `problems`, without nulls: Ramp's 2025 file marks hardly a field as nullable though Ramp answers null."""
    return [text for text in problems(check, value) if "null is not of type" not in text]
