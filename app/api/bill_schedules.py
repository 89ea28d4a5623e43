"""Days for open bills: what would change and why, proposing it, and the terms that a schedule keeps to."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.api import payout_shapes
from app.api import schedule_shapes as shapes
from app.api.access import Caller, Client, SignedInRoute
from app.api.payout_acts import REFUSALS
from app.api.payout_lists import NOTHING, answer
from app.api.payout_shapes import IdempotencyKey, of

router = APIRouter(
    prefix="/advisor/{advisor_id}/clients/{client_id}", tags=["payouts"], route_class=SignedInRoute, responses=REFUSALS
)


@router.get("/schedule", summary="Days that serve cash best")
def schedule(request: Request, client_id: Client, caller: Caller) -> shapes.Schedule:
    """For each open bill its day, why, and what it costs: least chance of a breach, then steadier weeks, then cost.

    Never after the due date, unless a person allowed it. Reading changes nothing; propose what you choose of it.
    """
    return of(shapes.Schedule, request.app.state.plane.payouts.schedule_proposals(caller, client_id))


@router.post(
    "/schedule/proposals", summary="Propose bills for chosen days", response_model=payout_shapes.Batch,
    responses=NOTHING,
)  # fmt: skip
def propose_schedule(
    request: Request, client_id: Client, caller: Caller, body: shapes.DatesToPropose, idempotency_key: IdempotencyKey
) -> payout_shapes.Batch | Response:
    """Each line is proposed like any other bill and waits for a colleague's approval; one refusal stops no other."""
    dates = {bill_id: day.isoformat() for bill_id, day in body.dates.items()}
    return answer(request.app.state.plane.payouts.propose_schedule(
        caller, client_id, dates, idempotency_key=idempotency_key, reason=body.reason
    ))  # fmt: skip


@router.get("/pay-terms", summary="Terms of vendors and bills")
def pay_terms(request: Request, client_id: Client, caller: Caller) -> shapes.PayTermsList:
    """What people said: lateness that is allowed, discounts, late fees, whose day is kept first."""
    found = request.app.state.plane.payouts.pay_terms(caller, client_id)
    return shapes.PayTermsList(pay_terms=[of(shapes.PayTerms, one) for one in found])


@router.post("/pay-terms", status_code=201, summary="Set terms")
def set_pay_terms(request: Request, client_id: Client, caller: Caller, body: shapes.NewPayTerms) -> shapes.PayTerms:
    """They take the place of what was said before; a bill's own terms count before its vendor's."""
    told = body.model_dump() | {"source_bill_id": body.source_bill_id or ""}
    return of(shapes.PayTerms, request.app.state.plane.payouts.set_pay_terms(caller, client_id, **told))
