"""Webhook receivers of the four rails: verify on the raw bytes, store once, answer at once."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from app.api.problems import problem
from app.api.shapes import problems
from ingestion.inbox import InboxFull, ProofUnavailable

router = APIRouter(tags=["webhooks"])
RAILS = ("qbo", "ramp", "plaid", "stripe")
PATH_KEY = re.compile(r"[!-~]{1,128}")
REFUSALS = problems(
    s400="Signed by the rail, but it is no event we can read; nothing is stored",
    s401="Not proven to come from the rail, too old, or about another account; nothing is stored",
    s404="No such rail, or no subscription has this path",
    s413="The delivery is above 256 KiB",
    s503="It cannot be stored or proven just now; the rail delivers it again",
)


@router.post("/webhooks/{rail}/{path_key}", status_code=204, responses=REFUSALS, summary="Take a rail's webhook")
async def receive(
    rail: Annotated[str, Path(description="qbo, ramp, plaid or stripe", examples=["ramp"])],
    path_key: Annotated[str, Path(description="`rowcol clients list --webhooks` prints it")],
    request: Request,
) -> Response:
    """Take one delivery. 204: stored, or known already.

    The path key says whose subscription it is; the body is never believed before its signature, and even then it is
    only a hint to read the object again from the rail.
    """
    body = await request.body()
    return await run_in_threadpool(_store, request, rail, path_key, dict(request.headers), body)


def _store(request: Request, rail: str, path_key: str, headers: dict[str, str], body: bytes) -> Response:
    plane, inbox = request.app.state.plane, request.app.state.inbox
    if rail not in RAILS:
        said = f"there is no rail {rail[:40]!r}; the rails are {', '.join(RAILS)}"
        _leave_row(plane, "unknown_rail", rail, said, {"rail": rail})
        return problem(404, "unknown_rail", "No such rail", said)
    connection = plane.connections.by_path_key(rail, path_key) if PATH_KEY.fullmatch(path_key) else None
    if connection is None:
        said = f"no {rail} subscription has this path; `rowcol clients list --webhooks` prints the right ones"
        _leave_row(plane, "unknown_path", rail, said, {"rail": rail})
        return problem(404, "unknown_path", "No such subscription", said)
    try:
        verdict = inbox.receive(
            rail,
            path_key,
            headers,
            body,
            client_id=connection.client_id,
            connection_id=connection.connection_id,
            secret=connection.secrets.get("secret"),
            external_account_id=connection.external_account_id,
        )
    except (InboxFull, ProofUnavailable) as error:
        return problem(503, "unavailable", "Deliver it again later", str(error), headers={"Retry-After": "60"})
    if verdict.is_stored:
        return Response(status_code=204)
    told = {"rail": rail, "code": verdict.code, "bytes": len(body)}
    whose = {"advisor_id": connection.advisor_id, "client_id": connection.client_id}
    _leave_row(plane, "rejected", connection.connection_id, verdict.reason, told, **whose)
    if verdict.code == "malformed":
        return problem(400, "malformed_delivery", "The delivery cannot be read", verdict.reason)
    return problem(401, "not_verified", "The delivery was not verified", verdict.reason)


def _leave_row(plane: Any, code: str, subject: str, text: str, told: dict[str, Any], **whose: str) -> None:
    plane.audit.record_refusal(None, f"webhook.{code}", subject, text, told, **whose)
