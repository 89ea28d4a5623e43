"""What a rail's handler is given and gives back, and the table that leads a call to its handler."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

JSON = "application/json"


@dataclass(slots=True)
class Request:
    """One HTTP call, read whole."""

    method: str
    path: str
    query_string: bytes
    headers: dict[str, str]
    body: bytes
    base_url: str
    now: int
    client_key: str | None = None
    scopes: frozenset[str] = frozenset()
    path_values: dict[str, str] = field(default_factory=dict)
    parsed: Any = None
    _query: dict[str, list[str]] | None = None

    def query(self) -> dict[str, list[str]]:
        """Query parameters, each with all its values."""
        if self._query is None:
            found: dict[str, list[str]] = {}
            for name, value in parse_qsl(self.query_string.decode("latin-1"), keep_blank_values=True):
                found.setdefault(name, []).append(value)
            self._query = found
        return self._query

    def one(self, name: str, default: str | None = None) -> str | None:
        """The last value of a query parameter."""
        values = self.query().get(name)
        return values[-1] if values else default

    def many(self, name: str) -> list[str]:
        """All values of an array parameter, written as `name`, `name[]` or `name[0]`."""
        pattern = re.compile(re.escape(name) + r"(\[\d*\])?\Z")
        return [value for key, values in self.query().items() if pattern.match(key) for value in values]

    def form(self) -> dict[str, str]:
        """A form-encoded body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON. Raises orjson.JSONDecodeError when it is none."""
        return orjson.loads(self.body)


@dataclass(slots=True)
class Reply:
    """The answer: status, bytes and the headers the rail adds."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """A handler's way out with the rail's own error body."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


Handler = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path template (`/bills/{id}`) with its handler and, for Ramp, the scope it asks for."""

    method: str
    template: str
    handler: Handler
    scope: str | None = None


class Routes:
    """Finds the route of a call; literal paths win over templates, in the order given."""

    def __init__(self, routes: list[Route]) -> None:
        self.all = routes
        self._literal = {(r.method, r.template): r for r in routes if "{" not in r.template}
        self._patterns = [
            (r, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", r.template) + r"\Z"))
            for r in routes
            if "{" in r.template
        ]
        self._literal_paths = {r.template for r in routes if "{" not in r.template}

    def find(self, method: str, path: str) -> tuple[Route | None, dict[str, str], bool]:
        """(route, values of the path, whether the path exists under some other method)."""
        route = self._literal.get((method, path))
        if route is not None:
            return route, {}, True
        known = path in self._literal_paths
        if known:
            return None, {}, True
        for candidate, pattern in self._patterns:
            match = pattern.match(path)
            if match:
                known = True
                if candidate.method == method:
                    return candidate, match.groupdict(), True
        return None, {}, known


def dump(value: Any) -> bytes:
    """Canonical JSON bytes."""
    return orjson.dumps(value)
