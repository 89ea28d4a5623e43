"""Who is calling, and what of the firm's snapshot they may read."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.api.strict_json import refuse_ambiguous
from app.queries.snapshot import NoSnapshot, Published, Scope, current
from execution.errors import NotFound, StaleData, Unauthenticated

bearer = HTTPBearer(
    auto_error=False,
    description="An API token (`rc_…`, issued in the console, good for 90 days), or the token of a session.",
)
# As the control plane names records: plain characters, so that nothing else ever reaches a query or a folder name.
RecordId = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:@-]*$")]


def identify(request: Request) -> Any:
    """The person whose token the request carries. Raises Unauthenticated without a live one."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthenticated("send your API token in the header `Authorization: Bearer <token>`")
    request.state.principal = request.app.state.plane.people.principal_for_api_token(token.strip())
    return request.state.principal


class SignedInRoute(APIRoute):
    """A route that asks who calls before it reads a byte of the body: a stranger's body is nobody's business."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler behind the question."""
        answer = super().get_route_handler()

        async def signed_in(request: Request) -> Response:
            await run_in_threadpool(identify, request)
            if body := await request.body():
                refuse_ambiguous(body)
            return await answer(request)

        return signed_in


def principal(
    request: Request, _documented: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)] = None
) -> Any:
    """The person whom the route has identified."""
    return request.state.principal


Caller = Annotated[Any, Depends(principal)]


def own_firm(advisor_id: RecordId, caller: Caller) -> str:
    """The caller's own firm; another firm's id is answered as if it did not exist."""
    if caller.advisor_id != advisor_id:
        raise NotFound(f"there is no firm {advisor_id!r} that you work for; check the id with your firm admin")
    return str(advisor_id)


OwnFirm = Annotated[str, Depends(own_firm)]


def firm(request: Request, advisor_id: OwnFirm) -> Published:
    """The current snapshot of the caller's own firm."""
    try:
        return current(request.app.state.plane.settings.published, advisor_id)
    except NoSnapshot as error:
        raise StaleData(f"{error}; load and publish first with `rowcol run`") from error


Firm = Annotated[Published, Depends(firm)]


def scope(caller: Caller, published: Firm) -> Scope:
    """What of the snapshot the caller is assigned to."""
    return published.scope(caller.client_ids)


Reader = Annotated[Scope, Depends(scope)]


def known_client(request: Request, client_id: RecordId, caller: Caller) -> str:
    """The client's id, once the control plane agrees that the caller serves it. Raises NotFound."""
    found = str(request.app.state.plane.clients.get(caller, client_id).client_id)
    request.state.client_id = found
    return found


Client = Annotated[str, Depends(known_client)]
