"""One rail as an ASGI application: read, know the caller, count, hold back, answer, and break where a fault says so."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any, Protocol

import orjson

from sandbox.clock import Clock
from sandbox.faults import AFTER_EFFECT, BEFORE_EFFECT, FaultBoard
from sandbox.rails.http import JSON, Refusal, Reply, Request, Routes

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
# No rail here takes a body near this; a longer one is a client gone wrong.
_BODY_MAX = 20 * 1024 * 1024


class Rail(Protocol):
    """What differs from rail to rail."""

    name: str
    routes: Routes

    def identify(self, request: Request) -> None:
        """Fill in client_key (and scopes) from the credentials, without judging them."""

    def held_back(self, request: Request) -> Reply | None:
        """The rail's 429 when the caller is over its limit."""

    def authorize(self, request: Request, scope: str | None) -> None:
        """Raise Refusal when the credentials do not allow the call."""

    def failure(self, kind: str, request: Request) -> Reply:
        """The rail's own words for a planted fault (token_revoked, throttled, server_error)."""

    def unknown_route(self, request: Request, known_path: bool) -> Reply:
        """404, or 405 when the path exists under another method."""

    def standing_headers(self, reply: Reply) -> dict[str, str]:
        """Headers that every answer of the rail carries."""


class CallLog:
    """How often each path was called, by rail and client; the proof that nothing is re-read in full."""

    def __init__(self) -> None:
        self._calls: Counter[tuple[str, str, str, str, int]] = Counter()

    def count(self, rail: str, client_key: str | None, method: str, path: str, status: int) -> None:
        """Note one call with the status it was answered with (0: no answer)."""
        self._calls[(rail, client_key or "", method, path, status)] += 1

    def clear(self) -> None:
        """Start counting afresh."""
        self._calls.clear()

    def listed(self) -> dict[str, Any]:
        """Totals by rail, and every counter."""
        by_rail: Counter[str] = Counter()
        for (rail, *_), calls in self._calls.items():
            by_rail[rail] += calls
        names = ("rail", "client_key", "method", "path", "status")
        counters = [{**dict(zip(names, key, strict=True)), "calls": n} for key, n in sorted(self._calls.items())]
        return {"total": sum(by_rail.values()), "by_rail": dict(by_rail), "requests": counters}


class RailApp:
    """The ASGI face of one rail."""

    def __init__(self, rail: Rail, clock: Clock, faults: FaultBoard, log: CallLog) -> None:
        self.rail = rail
        self._clock = clock
        self._faults = faults
        self._log = log
        self._date = (0, b"")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one HTTP call."""
        if scope["type"] != "http":
            return
        request = await self._read(scope, receive)
        reply, ending, label = self.answer(request)
        self._log.count(self.rail.name, request.client_key, request.method, label, reply.status if reply else 0)
        if reply is None:
            await drop_connection(send)
            return
        headers = self._headers(reply, skewed=ending == "skewed_date")
        body = reply.body
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if ending == "lost_reply":
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            await drop_connection(send)
            return
        await send({"type": "http.response.body", "body": body})

    def answer(self, request: Request) -> tuple[Reply | None, str | None, str]:
        """(reply or None for a dropped connection, how the reply is to be spoilt, the path's label for the log)."""
        route, values, known = self.rail.routes.find(request.method, request.path)
        label = route.template if route else request.path
        request.path_values = values
        self.rail.identify(request)
        early = self._faults.strike(self.rail.name, request.client_key, request.path, BEFORE_EFFECT)
        if early in ("connection_refused", "timeout_before_effect"):
            return None, early, label
        if early == "rail_down":
            page = b"<html><head><title>503 Service Temporarily Unavailable</title></head></html>"
            return Reply(503, page, "text/html"), None, label
        if early is not None:
            return self.rail.failure(early, request), None, label
        reply = self.rail.held_back(request)
        if reply is not None:
            return reply, None, label
        try:
            if route is None:
                reply = self.rail.unknown_route(request, known)
            else:
                self.rail.authorize(request, route.scope)
                reply = route.handler(request)
        except Refusal as refusal:
            reply = refusal.reply
        late = self._faults.strike(self.rail.name, request.client_key, request.path, AFTER_EFFECT)
        if late == "timeout_after_effect":
            return None, late, label
        if late == "malformed_page":
            # Well-formed HTTP around a body that is no JSON: what a cut upstream connection looks like.
            reply = Reply(reply.status, reply.body[: max(1, len(reply.body) // 2)], reply.content_type, reply.headers)
        return reply, late, label

    async def _read(self, scope: dict[str, Any], receive: Receive) -> Request:
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            chunk = message.get("body", b"")
            size += len(chunk)
            if size <= _BODY_MAX:
                chunks.append(chunk)
            if not message.get("more_body"):
                break
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        return Request(
            method=scope["method"],
            path=scope["path"],
            query_string=scope["query_string"],
            headers=headers,
            body=b"".join(chunks),
            base_url=f"http://{headers.get('host', 'localhost')}",
            now=self._clock.now(),
        )

    def _headers(self, reply: Reply, *, skewed: bool) -> list[tuple[bytes, bytes]]:
        now = self._clock.now() + (600 if skewed else 0)
        if self._date[0] != now:
            self._date = (now, formatdate(now, usegmt=True).encode())
        headers = [
            (b"content-type", reply.content_type.encode()),
            (b"content-length", str(len(reply.body)).encode()),
            (b"date", self._date[1]),
        ]
        for name, value in {**self.rail.standing_headers(reply), **reply.headers}.items():
            headers.append((name.lower().encode(), value.encode("latin-1")))
        return headers


async def drop_connection(send: Send) -> None:
    """Cut the TCP connection under a call, as a lost network does."""
    # ASGI has no word for this; uvicorn's `send` is a method of the cycle that holds the transport.
    cycle = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is not None:
        transport.abort()
    # Let the loop tell the cycle that its connection is gone, or it would still try to answer.
    for _ in range(3):
        await asyncio.sleep(0)


def new_id() -> str:
    """A random identifier for traces and events; nothing in the world depends on it."""
    return str(uuid.uuid4())


def error_reply(status: int, body: Any, headers: dict[str, str] | None = None) -> Reply:
    """A JSON error answer."""
    return Reply(status, orjson.dumps(body), JSON, headers or {})
