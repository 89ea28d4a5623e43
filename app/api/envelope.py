"""What goes around every exchange: a correlation id, a limit on the body, headers that keep answers private.

Plain ASGI, because the limit has to act while the body still arrives.
"""

from __future__ import annotations

from uuid import uuid4

from fastapi import HTTPException
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT_BYTES = 256 * 1024
CORRELATION = "X-Correlation-Id"
PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class BodyTooLarge(HTTPException):
    """The body passes the limit, by its announced length or by what has arrived of it."""

    def __init__(self) -> None:
        super().__init__(413, f"a request holds at most {BODY_LIMIT_BYTES} bytes; send less at a time")


class Envelope:
    """Wraps the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One exchange. Raises nothing of its own except into the route that reads a body that is too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = scope.setdefault("state", {})["correlation_id"] = uuid4().hex
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        is_too_large = announced.isdigit() and (len(announced) > 15 or int(announced) > BODY_LIMIT_BYTES)
        arrived = 0

        async def limited() -> Message:
            nonlocal arrived
            if is_too_large:
                raise BodyTooLarge()
            message = await receive()
            # A body sent in chunks announces no length, so what arrives is counted too.
            arrived += len(message.get("body", b""))
            if arrived > BODY_LIMIT_BYTES:
                raise BodyTooLarge()
            return message

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[CORRELATION] = correlation_id
                for name, value in PRIVATE.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, limited, stamped)
