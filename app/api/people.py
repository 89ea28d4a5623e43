"""Who works for the firm: read, invited, given another role or other clients, ended. The service keeps the rules."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.access import Caller, OwnFirm, RecordId, SignedInRoute
from app.api.payout_shapes import of
from app.api.shapes import problems

REFUSALS = problems(
    s401="No live token",
    s403="Your role may not do this, or it is about your own rights, or you asked for it yourself",
    s404="No such firm, person, client or request within your reach; another firm's reads the same",
    s409="It is so already, it was answered meanwhile, or it would leave the firm without an admin who stays",
    s413="The body is above 256 KiB",
    s422="The request is not complete or makes no sense; `detail` names the field and what would be right",
)
router = APIRouter(
    prefix="/advisor/{advisor_id}/people", tags=["people"], route_class=SignedInRoute, responses=REFUSALS
)  # fmt: skip
STRICT = ConfigDict(extra="forbid")
WHOM = Field(None, max_length=1000, description="The clients they serve; null: all of the firm's")
FIRST = Field(None, description="The first day, whole; null: at once")
LAST = Field(None, description="The last day, whole; null: no end, or the one that is set")


class Member(BaseModel):
    """A person at the firm, in a role between two instants. `clients` null means all."""

    person_id: str
    name: str
    email: str
    role: str
    clients: list[str] | None
    from_at: datetime
    to_at: datetime | None
    is_live: bool


class AdminRequest(BaseModel):
    """Somebody who shall become firm admin, once a second person agrees."""

    request_id: str
    person_id: str
    name: str
    email: str
    asked_by: str
    asked_at: datetime


class People(BaseModel):
    """Everybody, by name, and who waits to become firm admin."""

    people: list[Member]
    requests: list[AdminRequest]


class Changed(BaseModel):
    """Whose it is; with `request_id` nothing has changed yet: a second firm admin has to confirm."""

    person_id: str
    request_id: str | None


class NewPerson(BaseModel):
    """Somebody who signs in by that address."""

    model_config = STRICT
    name: str = Field(max_length=200)
    email: str = Field(max_length=320)
    role: str = Field(max_length=40, examples=["auditor"])
    clients: list[str] | None = WHOM
    from_date: date | None = FIRST
    to_date: date | None = LAST


class NewRole(BaseModel):
    """A role from a day on."""

    model_config = STRICT
    role: str = Field(max_length=40)
    clients: list[str] | None = WHOM
    from_date: date | None = FIRST
    to_date: date | None = LAST


class NewClients(BaseModel):
    """Clients from a day on, in the role that they have."""

    model_config = STRICT
    clients: list[str] | None = WHOM
    from_date: date | None = FIRST
    to_date: date | None = LAST


class LastDay(BaseModel):
    """The last day of somebody's work, which counts whole."""

    model_config = STRICT
    to_date: date


@router.get("", summary="Who works for the firm")
def people(request: Request, _firm: OwnFirm, caller: Caller) -> People:
    """Everybody who works here now or will, and the requests that wait."""
    part = request.app.state.plane.people
    return People(
        people=[_member(one) for one in part.list_people(caller)],
        requests=[of(AdminRequest, one) for one in part.list_requests(caller)],
    )


@router.post("", status_code=201, summary="Invite somebody")
def invite(request: Request, _firm: OwnFirm, caller: Caller, body: NewPerson) -> Changed:
    """They sign in by that address from their first day on. A firm admin waits for a second person."""
    made = request.app.state.plane.people.add_person(
        caller, body.name, body.email, body.role, body.clients, body.from_date, body.to_date
    )
    return of(Changed, made)


@router.post("/{person_id}/role", summary="Another role from a day on")
def role(request: Request, _firm: OwnFirm, caller: Caller, person_id: RecordId, body: NewRole) -> Changed:
    """It replaces what was planned for later. Nobody changes their own."""
    made = request.app.state.plane.people.change_role(
        caller, person_id, body.role, body.clients, body.from_date, body.to_date
    )
    return of(Changed, made)


@router.post("/{person_id}/clients", summary="Other clients from a day on")
def clients(request: Request, _firm: OwnFirm, caller: Caller, person_id: RecordId, body: NewClients) -> Changed:
    """In the role that they have. Nobody changes their own."""
    made = request.app.state.plane.people.assign_clients(
        caller, person_id, body.clients, body.from_date, body.to_date
    )  # fmt: skip
    return of(Changed, made)


@router.post("/{person_id}/last-day", summary="Set the last day of work")
def last_day(request: Request, _firm: OwnFirm, caller: Caller, person_id: RecordId, body: LastDay) -> Changed:
    """It counts whole, in the clients' days."""
    return of(Changed, request.app.state.plane.people.end_membership(caller, person_id, body.to_date))


@router.post("/{person_id}/deactivate", summary="Out at once")
def deactivate(request: Request, _firm: OwnFirm, caller: Caller, person_id: RecordId) -> Changed:
    """Every session and API token of theirs at the firm ends, and does not come back when they do."""
    return of(Changed, request.app.state.plane.people.remove_person(caller, person_id))


@router.post("/{person_id}/sign-out", status_code=204, summary="Sign somebody out everywhere")
def sign_out(request: Request, _firm: OwnFirm, caller: Caller, person_id: RecordId) -> None:
    """Every session of theirs is over; their API tokens stay."""
    request.app.state.plane.people.end_sessions(caller, person_id)


@router.post("/requests/{request_id}/confirm", summary="Confirm a new firm admin")
def confirm(request: Request, _firm: OwnFirm, caller: Caller, request_id: RecordId) -> Changed:
    """The second person's yes; whoever asked cannot give it."""
    return of(Changed, request.app.state.plane.people.confirm_admin(caller, request_id))


@router.post("/requests/{request_id}/withdraw", summary="Drop a request for a new firm admin")
def withdraw(request: Request, _firm: OwnFirm, caller: Caller, request_id: RecordId) -> Changed:
    """Nothing changes; both events stay."""
    return of(Changed, request.app.state.plane.people.withdraw_admin(caller, request_id))


def _member(one: Any) -> Member:
    told = {name: getattr(one, name) for name in Member.model_fields if name != "clients"}
    return Member(**told, clients=None if one.client_ids is None else list(one.client_ids))
