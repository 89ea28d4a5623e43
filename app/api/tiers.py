"""The firm's feature tier, and how closely each client is led."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.access import Caller, Client, OwnFirm, RecordId, SignedInRoute
from app.api.payout_shapes import of
from app.api.shapes import problems

REFUSALS = problems(
    s401="No live token",
    s403="Your role may not do this, or you asked for it yourself",
    s404="No such firm, client or request within your reach; another firm's reads the same",
    s409="It is so already, another request waits, or it was answered meanwhile",
    s413="The body is above 256 KiB",
    s422="The request is not complete or makes no sense; `detail` names the field and what would be right",
)
router = APIRouter(prefix="/advisor/{advisor_id}", tags=["firm"], route_class=SignedInRoute, responses=REFUSALS)


class Feature(BaseModel):
    """What a tier may have beyond the ritual. No safety check is one."""

    name: str
    title: str
    what: str
    is_there: bool


class TierRequest(BaseModel):
    """Another tier that waits for a second firm admin."""

    request_id: str
    tier: str
    reason: str
    asked_by: str
    asked_by_name: str
    asked_at: datetime


class Tier(BaseModel):
    """What the firm has, and what waits."""

    tier: str = Field(description="basic | smart")
    features: list[Feature]
    waiting: TierRequest | None


class NewTier(BaseModel):
    """Another tier, and why."""

    model_config = ConfigDict(extra="forbid")
    tier: str = Field(max_length=16, examples=["smart"])
    reason: str = Field(max_length=500)


class Mode(BaseModel):
    """How closely a client is led, and what that means."""

    mode: str = Field(description="active | managed | silent")
    title: str
    what: str
    opens: str = Field(description="The page that the client opens on")
    presents: bool = Field(description="The Digest is projected at a live cash call")
    digest_every_days: int | None = Field(description="Null: whenever the call is")
    alerts: bool = Field(description="A crossed threshold raises an alert")


class NewMode(BaseModel):
    """Another mode, and why."""

    model_config = ConfigDict(extra="forbid")
    mode: str = Field(max_length=16, examples=["silent"])
    reason: str = Field("", max_length=500)


@router.get("/tier", summary="The firm's tier")
def tier(request: Request, _firm: OwnFirm, caller: Caller) -> Tier:
    """Every feature, whether the firm has it, and the request that waits."""
    return _tier(request.app.state.plane.tiers.in_force(caller))


@router.post("/tier/requests", status_code=201, summary="Ask for another tier")
def ask(request: Request, _firm: OwnFirm, caller: Caller, body: NewTier) -> Tier:
    """Nothing changes until a second firm admin confirms."""
    return _tier(request.app.state.plane.tiers.ask(caller, body.tier, body.reason))


@router.post("/tier/requests/{tier_request_id}/confirm", summary="Confirm another tier")
def confirm(request: Request, _firm: OwnFirm, caller: Caller, tier_request_id: RecordId) -> Tier:
    """The firm has it at once; whoever asked cannot confirm."""
    return _tier(request.app.state.plane.tiers.confirm(caller, tier_request_id))


@router.post("/tier/requests/{tier_request_id}/withdraw", summary="Drop a request for another tier")
def withdraw(request: Request, _firm: OwnFirm, caller: Caller, tier_request_id: RecordId) -> Tier:
    """Nothing changes; both events stay."""
    return _tier(request.app.state.plane.tiers.withdraw(caller, tier_request_id))


@router.get("/clients/{client_id}/mode", summary="How closely a client is led")
def mode(request: Request, _firm: OwnFirm, caller: Caller, client_id: Client) -> Mode:
    """As it is now: the published figures show it with their next build."""
    return of(Mode, request.app.state.plane.clients.mode_of(caller, client_id))


@router.put("/clients/{client_id}/mode", summary="Lead a client more or less closely")
def set_mode(request: Request, _firm: OwnFirm, caller: Caller, client_id: Client, body: NewMode) -> Mode:
    """From now on. It moves what people look at first, and never a guard."""
    return of(Mode, request.app.state.plane.clients.set_mode(caller, client_id, body.mode, body.reason))


def _tier(one: Any) -> Tier:
    features = [of(Feature, each) for each in one.features]
    return Tier(tier=one.tier, features=features, waiting=of(TierRequest, one.waiting) if one.waiting else None)
