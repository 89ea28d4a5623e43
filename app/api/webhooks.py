"""Webhook addresses of the API, for an installation that runs no receiver of its own; they take the same road."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.api.shapes import problems

router = APIRouter(tags=["webhooks"])
REFUSALS = problems(
    s400="Signed by the rail, but it is no event we can read; nothing is stored",
    s401="Not proven to come from the rail, too old, or about another account; nothing is stored",
    s404="No such rail, or no subscription has this path",
    s413="The delivery is above 256 KiB",
    s503="It cannot be stored or proven just now; the rail delivers it again",
)
Rail = Annotated[str, Path(description="qbo, ramp, plaid or stripe", examples=["ramp"])]


@router.post("/webhooks/{rail}/{path_key}", status_code=204, responses=REFUSALS, summary="Take a rail's webhook")
async def receive(
    rail: Rail,
    path_key: Annotated[str, Path(description="`rowcol clients list --webhooks` prints it")],
    request: Request,
) -> Response:
    """Take one delivery. 204: stored, or known already.

    The path key says whose subscription it is; the body is never believed before its signature, and even then it is
    only a hint to read the object again from the rail.
    """
    return await request.app.state.receiver.take(rail, path_key, dict(request.headers), await request.body())


@router.post("/webhooks/{rail}", status_code=204, responses=REFUSALS, summary="Take a webhook about any client")
async def receive_for_app(
    rail: Annotated[str, Path(description="qbo, the one rail with a single address per app", examples=["qbo"])],
    request: Request,
) -> Response:
    """Take one delivery of a rail that knows one address for all clients. 204: stored, known already, or no client's.

    Signed with the app's verifier token (ROWCOL_QBO_VERIFIER_TOKEN); the realm in each event says whose it is.
    """
    return await request.app.state.receiver.take(rail, None, dict(request.headers), await request.body())
