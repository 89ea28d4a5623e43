"""What people rule about identity: which records are one, which are not, which account a spend belongs to."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.access import Caller, Client, OwnFirm, RecordId, SignedInRoute
from app.api.shapes import Ruling, RulingList, problems

REFUSALS = problems(
    s401="No live token",
    s403="Your role may not rule, or not for the whole firm",
    s404="No such firm, client or ruling within your reach; another firm's reads the same",
    s409="A ruling in force says the same or the opposite (it is named), or this one was revoked already",
    s413="The body is above 256 KiB",
    s422="The request is not complete or makes no sense; `detail` names the field and what would be right",
)
router = APIRouter(prefix="/advisor/{advisor_id}", tags=["rulings"], route_class=SignedInRoute, responses=REFUSALS)


class NewRuling(BaseModel):
    """A ruling. Keys: a record is `rail|object_type|id`, a cleaned text `text|NAME` (upper case, whoever writes it)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "client_id": "c01",
                    "subject": "match",
                    "verb": "join",
                    "left_key": "plaid|posting|p-17",
                    "right_key": "qbo|bill_payment|212",
                    "reason": "the vendor confirmed it",
                }
            ]
        },
    )

    client_id: str | None = Field(None, min_length=1, max_length=200, description="Left out: every client of the firm")
    subject: str = Field(max_length=40, description="counterparty | match | event | category", examples=["match"])
    verb: str = Field(max_length=40, description="join | separate | assign", examples=["join"])
    left_key: str = Field(max_length=500, examples=["plaid|posting|p-17"])
    right_key: str = Field(
        max_length=500,
        description="For a category the QBO account's id, or its name for the whole firm",
        examples=["qbo|bill_payment|212"],
    )
    reason: str = Field("", max_length=500, description="Kept with the ruling; required to separate")
    effective_date: date | None = Field(None, description="Builds of this day and later follow it; today if left out")


class Revocation(BaseModel):
    """Why a ruling is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=500)


@router.get("/clients/{client_id}/rulings", summary="Rulings that concern a client")
def rulings(
    request: Request,
    _firm: OwnFirm,
    caller: Caller,
    client_id: Client,
    revoked_too: Annotated[bool, Query(description="Those that were taken back as well")] = False,
) -> RulingList:
    """The client's own and the whole firm's, newest first. The next build follows those in force."""
    found = request.app.state.plane.rulings.list(caller, client_id, revoked_too=revoked_too)
    return RulingList(rulings=[_shown(one) for one in found])


@router.post("/rulings", status_code=201, summary="Rule that records are one, are not, or belong to an account")
def rule(request: Request, _firm: OwnFirm, caller: Caller, body: NewRuling) -> Ruling:
    """Record a ruling. It beats every method from its effective day on, until it is revoked."""
    words = body.model_dump(exclude={"subject", "verb", "left_key", "right_key"})
    made = request.app.state.plane.rulings.rule(caller, body.subject, body.verb, body.left_key, body.right_key, **words)
    return _shown(made)


@router.post("/rulings/{ruling_id}/revoke", summary="Take a ruling back")
def revoke(request: Request, _firm: OwnFirm, caller: Caller, ruling_id: RecordId, body: Revocation) -> Ruling:
    """The next build stands as if the ruling had never been; its row and both events stay."""
    return _shown(request.app.state.plane.rulings.revoke(caller, ruling_id, body.reason))


def _shown(one: Any) -> Ruling:
    return Ruling(**{name: getattr(one, name) for name in Ruling.model_fields})
