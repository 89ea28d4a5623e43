"""Open sessions and API tokens: one's own under `me`, everybody's at the firm for a firm admin."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.access import Caller, OwnFirm, RecordId, SignedInRoute
from app.api.payout_shapes import of
from app.api.shapes import problems

REFUSALS = problems(
    s401="No live token",
    s403="Your role has no tokens or may not manage people; an API token makes no further ones and replaces itself "
    "only; code `tier`: your firm's tier has no agents",
    s404="No such firm, session or token within your reach; another firm's or person's reads the same",
    s413="The body is above 256 KiB",
    s422="The request is not complete or makes no sense; `detail` names the field and what would be right",
)
router = APIRouter(prefix="/advisor/{advisor_id}", tags=["sign-ins"], route_class=SignedInRoute, responses=REFUSALS)


class SignedIn(BaseModel):
    """A live session; its id opens nothing."""

    session_id: str
    person_id: str
    person_name: str
    via: str = Field(description="oidc | demo")
    started_at: datetime
    last_seen_at: datetime
    ends_at: datetime


class Sessions(BaseModel):
    """Live sessions, last seen first."""

    sessions: list[SignedIn]


class Token(BaseModel):
    """A live token; the token itself is kept nowhere."""

    token_id: str
    person_id: str
    person_name: str
    name: str
    acts_as: str = Field(description="api: whatever its person may | read | agent")
    created_at: datetime
    ended_at: datetime = Field(description="It opens nothing from then on")
    last_used_at: datetime | None = Field(description="Right to the minute; null: never")


class Tokens(BaseModel):
    """Live tokens."""

    tokens: list[Token]


class NewToken(BaseModel):
    """A token in one's own name."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "month end", "is_read_only": True, "life_days": 30}]}
    )

    name: str = Field(max_length=200)
    is_agent: bool = Field(False, description="Reads and proposes, whatever its person may")
    is_read_only: bool = Field(False, description="Reads, whatever its person may")
    life_days: int = Field(90, ge=1, le=90)


class Secret(BaseModel):
    """A new token, shown this once."""

    token: str


@router.get("/me/sessions", summary="Where you are signed in")
def own_sessions(request: Request, _firm: OwnFirm, caller: Caller) -> Sessions:
    """Your live sessions."""
    found = request.app.state.plane.people.list_own_sessions(caller)
    return Sessions(sessions=[of(SignedIn, one) for one in found])


@router.post("/me/sessions/{session_id}/end", status_code=204, summary="End one of your sessions")
def end_own(request: Request, _firm: OwnFirm, caller: Caller, session_id: RecordId) -> None:
    """It is over at once."""
    request.app.state.plane.people.end_own_session(caller, session_id)


@router.post("/me/sign-out", status_code=204, summary="Sign out everywhere")
def everywhere(request: Request, _firm: OwnFirm, caller: Caller) -> None:
    """Every session of yours is over, this one too; API tokens stay."""
    request.app.state.plane.people.sign_out_everywhere(caller)


@router.get("/me/tokens", summary="API tokens in your name")
def own_tokens(request: Request, _firm: OwnFirm, caller: Caller) -> Tokens:
    """Those that are live."""
    return Tokens(tokens=[of(Token, one) for one in request.app.state.plane.people.list_own_api_tokens(caller)])


@router.post("/me/tokens", status_code=201, summary="Make an API token")
def make(request: Request, _firm: OwnFirm, caller: Caller, body: NewToken) -> Secret:
    """Takes a session: an API token makes no further ones."""
    return Secret(token=request.app.state.plane.people.issue_api_token(caller, **body.model_dump()))


@router.post("/me/tokens/{token_id}/rotate", summary="Replace an API token")
def rotate(request: Request, _firm: OwnFirm, caller: Caller, token_id: RecordId) -> Secret:
    """The old one still opens for an hour. A program may replace its own by itself."""
    return Secret(token=request.app.state.plane.people.rotate_own_api_token(caller, token_id))


@router.post("/me/tokens/{token_id}/end", status_code=204, summary="End an API token of yours")
def end_own_token(request: Request, _firm: OwnFirm, caller: Caller, token_id: RecordId) -> None:
    """It opens nothing from now on."""
    request.app.state.plane.people.end_own_api_token(caller, token_id)


@router.get("/sessions", summary="Everybody's sessions")
def sessions(request: Request, _firm: OwnFirm, caller: Caller) -> Sessions:
    """Of the firm, by person."""
    return Sessions(sessions=[of(SignedIn, one) for one in request.app.state.plane.people.list_sessions(caller)])


@router.post("/sessions/{session_id}/end", status_code=204, summary="End anybody's session")
def end_session(request: Request, _firm: OwnFirm, caller: Caller, session_id: RecordId) -> None:
    """It is over at once."""
    request.app.state.plane.people.end_session(caller, session_id)


@router.get("/tokens", summary="Everybody's API tokens")
def tokens(request: Request, _firm: OwnFirm, caller: Caller) -> Tokens:
    """Of the firm, by person."""
    return Tokens(tokens=[of(Token, one) for one in request.app.state.plane.people.list_api_tokens(caller)])


@router.post("/tokens/{token_id}/end", status_code=204, summary="End anybody's API token")
def end_token(request: Request, _firm: OwnFirm, caller: Caller, token_id: RecordId) -> None:
    """It opens nothing from now on."""
    request.app.state.plane.people.end_api_token(caller, token_id)
