"""Break-glass: two people let one payout past one guard for a day at most."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.access import Caller, OwnFirm, RecordId, SignedInRoute
from app.api.shapes import problems

REFUSALS = problems(
    s401="No live token",
    s403="Your role may not give permits",
    s404="No such firm, payout or permit within your reach; another firm's reads the same",
    s409="Nobody lifts this guard, the same person twice, the preparer, an old sign-in, or the payout has moved on",
    s413="The body is above 256 KiB",
    s422="The request is not complete or makes no sense; `detail` names the field and what would be right",
)
router = APIRouter(
    prefix="/advisor/{advisor_id}/payouts/{payout_id}/permits",
    tags=["permits"],
    route_class=SignedInRoute,
    responses=REFUSALS,
)


class Permit(BaseModel):
    """A permit as it stands. Amount in minor units: at another amount it covers nothing."""

    permit_id: str
    payout_id: str
    guard_id: str = Field(examples=["limits"])
    amount_minor: int
    reason: str
    state: str = Field(description="asked | in force | expired | lapsed | revoked")
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    confirmed_by: str | None
    confirmed_by_name: str
    expires_at: datetime | None


class PermitList(BaseModel):
    """Permits, the newest first, and which guards one can be asked for."""

    permits: list[Permit]
    liftable: list[str]


class NewPermit(BaseModel):
    """Which guard shall let this payout past, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"guard_id": "limits", "reason": "The yearly rent is due in one sum", "life_minutes": 240}]
        },
    )

    guard_id: str = Field(max_length=64)
    reason: str = Field(max_length=1000)
    life_minutes: int = Field(1440, description="From the second person's yes on; a day at most")


@router.get("", summary="Permits of a payout")
def permits(request: Request, _firm: OwnFirm, caller: Caller, payout_id: RecordId) -> PermitList:
    """Those that were asked for, given, taken back or have ended."""
    part = request.app.state.plane.permits
    return PermitList(permits=[_shown(one) for one in part.of_payout(caller, payout_id)], liftable=part.liftable())


@router.post("", status_code=201, summary="Ask for a permit")
def ask(request: Request, _firm: OwnFirm, caller: Caller, payout_id: RecordId, body: NewPermit) -> Permit:
    """It lets nothing past until another person confirms it."""
    part = request.app.state.plane.permits
    return _shown(
        part.request(caller, payout_id, body.guard_id, reason=body.reason, life_minutes=body.life_minutes)
    )  # fmt: skip


@router.post("/{permit_id}/confirm", summary="Confirm a colleague's request")
def confirm(request: Request, _firm: OwnFirm, caller: Caller, payout_id: RecordId, permit_id: RecordId) -> Permit:
    """From now on the guard's refusal is a warning for this payout. Takes a sign-in of the last five minutes."""
    return _shown(request.app.state.plane.permits.confirm(caller, payout_id, permit_id))


@router.post("/{permit_id}/revoke", summary="Take a permit back")
def revoke(request: Request, _firm: OwnFirm, caller: Caller, payout_id: RecordId, permit_id: RecordId) -> Permit:
    """The guard refuses again. One person is enough."""
    return _shown(request.app.state.plane.permits.revoke(caller, payout_id, permit_id))


def _shown(one: Any) -> Permit:
    return Permit(**{name: getattr(one, name) for name in Permit.model_fields})
