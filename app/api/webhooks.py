"""Webhook receivers of the four rails: verify on the raw bytes, store once, answer at once."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from app.api.problems import problem
from ingestion.inbox import InboxFull

router = APIRouter(tags=["webhooks"])

BODY_LIMIT_BYTES = 256 * 1024
Rail = Literal["qbo", "ramp", "plaid", "stripe"]


@router.post("/webhooks/{rail}/{path_key}", status_code=204)
async def receive(rail: Rail, path_key: str, request: Request) -> Response:
    """Take one delivery. 204: stored, or known already. 401: not proven to come from the rail; nothing is stored.

    The path key says whose subscription it is; the body is never believed before its signature.
    """
    body = await request.body()
    if len(body) > BODY_LIMIT_BYTES:
        return problem(
            413, "too_large", "The delivery is too large", f"a webhook holds at most {BODY_LIMIT_BYTES} bytes"
        )
    headers = {name.lower(): value for name, value in request.headers.items()}
    return await run_in_threadpool(_store, request, rail, path_key, headers, body)


def _store(request: Request, rail: str, path_key: str, headers: dict[str, str], body: bytes) -> Response:
    plane, inbox = request.app.state.plane, request.app.state.inbox
    connection = plane.connections.by_path_key(rail, path_key)
    if connection is None:
        plane.audit.record_refusal(None, "webhook.unknown_path", rail, "no subscription has this path", {"rail": rail})
        return problem(404, "unknown_path", "No such subscription", "no connection receives webhooks on this path")
    try:
        verdict = inbox.receive(
            rail,
            path_key,
            headers,
            body,
            client_id=connection.client_id,
            connection_id=connection.connection_id,
            secret=plane.connections.webhook_secret(rail, path_key),
            external_account_id=connection.external_account_id,
        )
    except InboxFull as error:
        return problem(503, "inbox_full", "Too many webhooks wait", str(error))
    if verdict.outcome == "rejected":
        inputs = {"rail": rail, "client_id": connection.client_id, "bytes": len(body)}
        plane.audit.record_refusal(None, "webhook.rejected", connection.connection_id, verdict.reason, inputs)
        return problem(401, "not_verified", "The delivery was not verified", verdict.reason)
    return Response(status_code=204)
