"""Who is calling, and what of the firm's snapshot they may read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.queries.snapshot import NoSnapshot, Published, Scope, current
from app.settings import Settings
from execution.errors import Conflict, NotFound, Unauthenticated

bearer = HTTPBearer(auto_error=False, description="An API token, or the token of a session")


def principal(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Any:
    """The person whose token this is; 401 without a live one."""
    if credentials is None:
        raise Unauthenticated("send your API token as `Authorization: Bearer <token>`")
    found = request.app.state.plane.people.principal_for_api_token(credentials.credentials)
    request.state.principal = found
    return found


Caller = Annotated[Any, Depends(principal)]


def firm(advisor_id: str, caller: Caller) -> Published:
    """The current snapshot of the caller's own firm; another firm's id is answered as if it did not exist."""
    if caller.advisor_id != advisor_id:
        raise NotFound(f"there is no firm {advisor_id} that you work for")
    try:
        return current(Settings.from_env().published, advisor_id)
    except NoSnapshot as error:
        raise Conflict(f"{error}; run `rowcol run` first") from error


Firm = Annotated[Published, Depends(firm)]


def scope(caller: Caller, published: Firm) -> Scope:
    """What of the snapshot the caller is assigned to."""
    return published.scope(caller.client_ids)


Reader = Annotated[Scope, Depends(scope)]


def known_client(request: Request, client_id: str, caller: Caller) -> str:
    """The client's id, once the control plane agrees that the caller serves it."""
    return str(request.app.state.plane.clients.get(caller, client_id).client_id)


Client = Annotated[str, Depends(known_client)]
