"""A client's rules: what is in force, what was, what waits; drafted by one person, agreed to by another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.access import Caller, Client, OwnFirm, RecordId, SignedInRoute
from app.api.shapes import problems

REFUSALS = problems(
    s401="No live token",
    s403="Your role may not do this with a policy",
    s404="No such firm, client or draft within your reach; another firm's reads the same",
    s409="Nothing would change, the rules have moved on, or you wrote this draft yourself",
    s413="The body is above 256 KiB",
    s422="A rule is unknown or out of bounds; `detail` names each with what would be right",
)
router = APIRouter(
    prefix="/advisor/{advisor_id}/clients/{client_id}/policy",
    tags=["policies"],
    route_class=SignedInRoute,
    responses=REFUSALS,
)
Value = int | bool


class PolicyVersion(BaseModel):
    """The rules of a client in one version. Money in minor units; the reference page names each rule and its bounds."""

    version: int
    rules: dict[str, Value]
    sha256: str = Field(description="By which every guard's verdict names these rules")
    written_by: str
    approved_by: str | None = Field(description="Null: the client's set-up")
    effective_at: datetime


class PolicyVersions(BaseModel):
    """Every version, the newest first; one that begins later is among them."""

    versions: list[PolicyVersion]


class Change(BaseModel):
    """One rule, as it is and as it would be."""

    rule: str
    before: Value
    after: Value


class Draft(BaseModel):
    """Changed rules that wait for a second person."""

    draft_id: str
    base_version: int
    changes: list[Change]
    reason: str
    written_by: str
    written_by_name: str
    written_at: datetime
    effective_at: datetime | None = Field(description="Null: from the moment that a second person agrees")


class Drafts(BaseModel):
    """Drafts that wait, oldest first."""

    drafts: list[Draft]


class NewDraft(BaseModel):
    """Rules to change; those that are not named stay as they are."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"changes": {"runway_days_floor": 7}, "reason": "the owner wants a week of cash at least"}]
        },
    )

    changes: dict[str, Value | float | str | None] = Field(min_length=1, max_length=100)
    reason: str = Field(min_length=1, max_length=1000)
    effective_at: datetime | None = None


class Rollback(BaseModel):
    """Which version's rules shall count again, and why."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=1_000_000)
    reason: str = Field(min_length=1, max_length=1000)
    effective_at: datetime | None = None


@router.get("", summary="The rules in force for a client")
def in_force(request: Request, _firm: OwnFirm, caller: Caller, client_id: Client) -> PolicyVersion:
    """What the guards ask of this client's payments now."""
    return _version(request.app.state.plane.policies.in_force(caller, client_id))


@router.get("/versions", summary="Every version of a client's rules")
def versions(request: Request, _firm: OwnFirm, caller: Caller, client_id: Client) -> PolicyVersions:
    """Past decisions keep the version they were made under."""
    found = request.app.state.plane.policies.versions(caller, client_id)
    return PolicyVersions(versions=[_version(one) for one in found])


@router.get("/drafts", summary="Drafts that wait for a second person")
def drafts(request: Request, _firm: OwnFirm, caller: Caller, client_id: Client) -> Drafts:
    """Each with what it would change."""
    return Drafts(drafts=[_draft(one) for one in request.app.state.plane.policies.drafts(caller, client_id)])


@router.post("/drafts", status_code=201, summary="Draft changed rules")
def draft(request: Request, _firm: OwnFirm, caller: Caller, client_id: Client, body: NewDraft) -> Draft:
    """Nothing changes until another person agrees. Whoever drafts signs no payment for a day after it begins."""
    made = request.app.state.plane.policies.draft(
        caller, client_id, body.changes, reason=body.reason, effective_at=body.effective_at
    )
    return _draft(made)


@router.post("/rollback", status_code=201, summary="Put an earlier version up again")
def roll_back(request: Request, _firm: OwnFirm, caller: Caller, client_id: Client, body: Rollback) -> Draft:
    """A draft like any other: agreed to, it becomes a new version, and history stays."""
    made = request.app.state.plane.policies.roll_back(
        caller, client_id, body.version, reason=body.reason, effective_at=body.effective_at
    )
    return _draft(made)


@router.post("/drafts/{draft_id}/approve", summary="Agree to a colleague's draft")
def approve(
    request: Request, _firm: OwnFirm, caller: Caller, client_id: Client, draft_id: RecordId
) -> PolicyVersion:  # fmt: skip
    """The draft becomes the next version, at once or at the instant that it names."""
    return _version(request.app.state.plane.policies.approve_draft(caller, client_id, draft_id))


@router.post("/drafts/{draft_id}/withdraw", status_code=204, summary="Take a draft back")
def withdraw(request: Request, _firm: OwnFirm, caller: Caller, client_id: Client, draft_id: RecordId) -> None:
    """It never was in force; its row and both events stay."""
    request.app.state.plane.policies.withdraw_draft(caller, client_id, draft_id)


def _version(one: Any) -> PolicyVersion:
    rules = {name: value for name, value in one.body.items() if isinstance(value, int)}
    names = ("version", "sha256", "written_by", "approved_by", "effective_at")
    return PolicyVersion(rules=rules, **{name: getattr(one, name) for name in names})


def _draft(one: Any) -> Draft:
    changes = [Change(rule=rule, before=before, after=after) for rule, before, after in one.changes]
    names = ("draft_id", "base_version", "reason", "written_by", "written_by_name", "written_at", "effective_at")
    return Draft(changes=changes, **{name: getattr(one, name) for name in names})
