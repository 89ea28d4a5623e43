"""A body that two readers could read in two ways is read by nobody: no field twice, no NaN, no endless nesting."""

from __future__ import annotations

import json
from typing import Any

from execution.errors import Invalid

DEPTH_MAX = 20


def refuse_ambiguous(body: bytes) -> None:
    """Raises Invalid, naming what is wrong. A body that is no JSON at all is left to the framework to refuse."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("body: is not UTF-8; send one JSON object in UTF-8") from None
    depth = deepest = 0
    for letter in text:
        depth += (letter in "[{") - (letter in "]}")
        deepest = max(deepest, depth)
    if deepest > DEPTH_MAX:
        raise Invalid(f"body: is nested {deepest:,} deep; no request here needs more than {DEPTH_MAX}")
    try:
        json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in pairs:
        if name in told:
            raise Invalid(f"body: the field {name[:80]!r} is given twice; send it once")
        told[name] = value
    return told


def _no_number(name: str) -> Any:
    raise Invalid(f"body: {name} is no number in JSON; leave amounts out, they come from the bills")
