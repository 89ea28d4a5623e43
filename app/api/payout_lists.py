"""Lists and calendars: batches of every verb with a verdict per line, and templates that propose."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.api import payout_shapes as shapes
from app.api.access import Caller, Client, RecordId, SignedInRoute
from app.api.payout_acts import REFUSALS
from app.api.payout_shapes import IdempotencyKey, of
from app.api.problems import problem

UNDONE = frozenset({"refused", "blocked"})
NOTHING: dict[int | str, dict[str, Any]] = {
    409: {
        "model": shapes.NothingDone,
        "description": "No line went through (`batch` says why, line by line), the list is not the one that was "
        "signed, or the key was used for something else",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/NothingDone"}}},
    }
}
router = APIRouter(
    prefix="/advisor/{advisor_id}/clients/{client_id}", tags=["payouts"], route_class=SignedInRoute, responses=REFUSALS
)


@router.get("/sheet", summary="A list as it would be signed")
def sheet(
    request: Request,
    client_id: Client,
    caller: Caller,
    payout_id: Annotated[list[shapes.PayoutId], Query(min_length=1, max_length=shapes.LINES_MAX)],
) -> shapes.Sheet:
    """Each payout as it stands, their total, and the hash over their payload hashes that a batch signs."""
    return of(shapes.Sheet, request.app.state.plane.payouts.sheet(caller, client_id, payout_id))


@router.post("/batches", summary="One verb over a list", response_model=shapes.Batch, responses=NOTHING)
def batch(
    request: Request, client_id: Client, caller: Caller, body: shapes.NewBatch, idempotency_key: IdempotencyKey
) -> shapes.Batch | Response:
    """Every line has its own transaction and outcome; one refused line never stops another.

    Approvals and releases sign the list that was shown: its hash and every payload's. 200 as soon as one line went
    through. The same key answers the first outcome, and finishes a batch that was cut off.
    """
    plane = request.app.state.plane
    acts = {
        "approve": plane.payouts.approve_all,
        "release": plane.payouts.release_all,
        "hold": plane.payouts.hold_all,
        "reject": plane.payouts.reject_all,
        "cancel": plane.payouts.cancel_all,
    }
    common = {"idempotency_key": idempotency_key, "reason": body.reason}
    if body.verb == "propose":
        return answer(plane.payouts.propose_all(caller, client_id, body.source_bill_ids, **common))
    if body.verb in ("approve", "release"):
        payloads = {one.payout_id: one.payload_sha256 for one in body.payouts}
        return answer(acts[body.verb](caller, client_id, payloads, list_sha256=body.list_sha256, **common))
    return answer(acts[body.verb](caller, client_id, [one.payout_id for one in body.payouts], **common))


@router.get("/batches", summary="Batches of a client")
def batches(
    request: Request, client_id: Client, caller: Caller, limit: Annotated[int, Query(ge=1, le=200)] = 20
) -> shapes.BatchList:
    """Newest first, each with the lines that are done."""
    found = request.app.state.plane.payouts.batches(caller, client_id, limit)
    return shapes.BatchList(batches=[of(shapes.Batch, one) for one in found])


@router.get("/batches/{batch_id}", summary="A batch and how far it is")
def one_batch(request: Request, client_id: Client, batch_id: RecordId, caller: Caller) -> shapes.Batch:
    """`lines` of `line_count` are done; `finished_at` is set once all are."""
    return of(shapes.Batch, request.app.state.plane.payouts.get_batch(caller, client_id, batch_id))


@router.post(
    "/batches/{batch_id}/roll-back", summary="Roll a batch back", response_model=shapes.Batch, responses=NOTHING
)
def roll_back(
    request: Request, client_id: Client, batch_id: RecordId, caller: Caller, body: shapes.RollBack,
    idempotency_key: IdempotencyKey,
) -> shapes.Batch | Response:  # fmt: skip
    """Cancels what was not sent and frees its holds; the rest is reported by line and stays as it is."""
    return answer(request.app.state.plane.payouts.roll_back(
        caller, client_id, batch_id, idempotency_key=idempotency_key, reason=body.reason
    ))  # fmt: skip


@router.get("/recurring", summary="Templates of a client")
def recurring(request: Request, client_id: Client, caller: Caller) -> shapes.RecurringList:
    """Each with its next day of arrival and what became of the latest ones."""
    found = request.app.state.plane.payouts.recurring(caller, client_id)
    return shapes.RecurringList(recurring=[of(shapes.Recurring, one) for one in found])


@router.post("/recurring", status_code=201, summary="Make a template")
def add_recurring(
    request: Request, client_id: Client, caller: Caller, body: shapes.NewRecurring, idempotency_key: IdempotencyKey
) -> shapes.Recurring:
    """It proposes the vendor's bill some banking days before each day of arrival; you approve none of those."""
    made = request.app.state.plane.payouts.add_recurring(caller, client_id, **body.model_dump(), once=idempotency_key)
    return of(shapes.Recurring, made)


@router.post("/recurring/{recurring_id}/pause", summary="Pause a template")
def pause(
    request: Request, client_id: Client, recurring_id: RecordId, caller: Caller, body: shapes.Reason
) -> shapes.Recurring:
    """It proposes nothing until somebody resumes it."""
    return of(
        shapes.Recurring,
        request.app.state.plane.payouts.pause_recurring(caller, client_id, recurring_id, body.reason),
    )


@router.post("/recurring/{recurring_id}/resume", summary="Resume a template")
def resume(request: Request, client_id: Client, recurring_id: RecordId, caller: Caller) -> shapes.Recurring:
    """You own it from now on, and approve none of its payouts."""
    return of(shapes.Recurring, request.app.state.plane.payouts.resume_recurring(caller, client_id, recurring_id))


@router.post("/recurring/{recurring_id}/end", summary="End a template")
def end(
    request: Request, client_id: Client, recurring_id: RecordId, caller: Caller, body: shapes.Reason
) -> shapes.Recurring:
    """For good. What it proposed stays as it is."""
    return of(
        shapes.Recurring, request.app.state.plane.payouts.end_recurring(caller, client_id, recurring_id, body.reason)
    )


def answer(done: Any) -> shapes.Batch | Response:
    """A batch as done; a problem when no line of it went through."""
    told = shapes.Batch.model_validate(done, from_attributes=True)
    if all(line.outcome in UNDONE for line in told.lines):
        said = "; ".join(f"{line.subject_id[:12]}: {line.reason}" for line in told.lines[:5])
        return problem(409, "nothing_done", "No line went through", said, batch=told)
    return told
