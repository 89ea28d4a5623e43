"""The receiver's application: two addresses for the rails, one for whoever watches it, and its housekeeping."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.api.envelope import Envelope
from app.api.problem import problem
from app.receiver.taking import Receiver
from execution.service.receiving import Receiving, receiving
from ingestion.inbox import Inbox

BODY_DAYS = 30  # How long a delivery's text is kept, to look into a fault.
HOUSEKEEPING_SECONDS = 3600.0
BODY_SECONDS = 10.0  # Rails send at once; who sends a body byte by byte only holds a place.
log = logging.getLogger("rowcol.receiver")


def assemble(plane: Receiving | None = None, inbox: Inbox | None = None) -> Starlette:
    """The application; tests pass their own inbox and face of the control plane."""
    kept = inbox or Inbox.from_env()
    receiver = Receiver(plane or receiving(), kept)

    async def take(request: Request) -> Response:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.body()
        except TimeoutError:
            return problem(408, "too_slow", "The body did not arrive", f"Send it within {BODY_SECONDS:.0f} s")
        path = request.path_params
        return await receiver.take(path["rail"], path.get("path_key"), dict(request.headers), body)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(_keep_house(kept, body_days(os.environ)))
        yield
        task.cancel()
        await run_in_threadpool(kept.close)

    routes = [
        Route("/webhooks/{rail}/{path_key}", take, methods=["POST"]),
        Route("/webhooks/{rail}", take, methods=["POST"]),
        Route("/health", _health),
    ]
    handlers: Mapping[Any, Any] = {HTTPException: _plain, ClientDisconnect: _gone, Exception: _unexpected}
    return Starlette(routes=routes, lifespan=lifespan, middleware=[Middleware(Envelope)], exception_handlers=handlers)


def body_days(env: Mapping[str, str]) -> int:
    """Days that bodies are kept: ROWCOL_INBOX_BODY_DAYS. Raises ValueError below one."""
    days = int(env.get("ROWCOL_INBOX_BODY_DAYS") or BODY_DAYS)
    if days < 1:
        raise ValueError(f"ROWCOL_INBOX_BODY_DAYS is {days}; it must be 1 or more")
    return days


async def _keep_house(inbox: Inbox, days: int) -> None:
    while True:
        try:
            await run_in_threadpool(inbox.drop_bodies, datetime.now(UTC) - timedelta(days=days))
        except SQLAlchemyError:
            log.exception("old bodies were not dropped; tried again in an hour")
        await asyncio.sleep(HOUSEKEEPING_SECONDS)


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _plain(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 413:
        return problem(413, "too_large", "The request is too large", str(error.detail))
    said = "deliver with POST to /webhooks/<rail>/<path key>; `rowcol clients list --webhooks` prints the paths"
    return problem(error.status_code, "no_such_route", "No such address", said, headers=dict(error.headers or {}))


def _gone(_request: Request, _error: Exception) -> Response:
    return problem(400, "malformed_request", "The request ended early", "The body broke off; send it again")


def _unexpected(_request: Request, error: Exception) -> Response:
    log.error("a delivery broke the receiver", exc_info=error)
    return problem(500, "unexpected", "Unexpected error", "Something broke here; deliver it again later")
