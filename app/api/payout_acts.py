"""One payout at a time: read it, decide on it, and what two people complete. Nothing here sends money by itself."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from app.api import payout_shapes as shapes
from app.api.access import Caller, Client, RecordId, SignedInRoute
from app.api.payout_shapes import IdempotencyKey, of
from app.api.shapes import problems
from execution.errors import NotFound

REFUSALS = problems(
    s401="No live token",
    s403="Your role may not do this; `detail` names who may",
    s404="No such firm, client or payout within your reach; another firm's reads the same",
    s409="A guard refuses (`verdicts` holds all of them), the payout moved on or changed (`detail` names the field), "
    "the key was used for something else, or nothing is published yet",
    s413="The body is above 256 KiB",
    s422="The request is not complete or not well formed; `errors` names each field",
)
router = APIRouter(
    prefix="/advisor/{advisor_id}/clients/{client_id}", tags=["payouts"], route_class=SignedInRoute, responses=REFUSALS
)


def payout_of(request: Request, client_id: Client, payout_id: RecordId, caller: Caller) -> str:
    """The payout's id, once it is known to be this client's. Raises NotFound."""
    found = request.app.state.plane.payouts.get(caller, payout_id).payout
    if found.client_id != client_id:
        raise NotFound(f"There is no payout {payout_id[:8]} of client {client_id}; see the list of their payouts")
    return str(found.payout_id)


@router.get("/payouts", summary="Payouts of a client")
def payouts(
    request: Request,
    client_id: Client,
    caller: Caller,
    state: Annotated[list[str] | None, Query(max_length=20, description="Only these states")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> shapes.PayoutPage:
    """Each with its state, its reason, and its next step: what, who, by when."""
    found = request.app.state.plane.payouts.list(caller, client_id=client_id, states=state)
    following = offset + limit if offset + limit < len(found) else None
    page = [of(shapes.Payout, one) for one in found[offset : offset + limit]]
    return shapes.PayoutPage(payouts=page, total=len(found), next_offset=following)


@router.get("/payouts/{payout_id}", summary="One payout in full")
def payout(request: Request, client_id: Client, payout_id: RecordId, caller: Caller) -> shapes.PayoutDetail:
    """Its verdicts, signatures, acts of two people and timeline, and the facts that an approver signs now."""
    payout_of(request, client_id, payout_id, caller)
    detail = request.app.state.plane.payouts.get(caller, payout_id)
    return shapes.PayoutDetail(
        payout=of(shapes.Payout, detail.payout),
        verdicts=[of(shapes.GuardVerdict, one) for one in detail.verdicts],
        approvals=[shapes.Approver(**one) for one in detail.approvals],
        joint_acts=[of(shapes.JointAct, one) for one in detail.joint_acts],
        seen=detail.seen,
        seen_sha256=detail.seen_sha256,
        timeline=detail.timeline,
    )


@router.get("/waiting", summary="What waits for you")
def waiting(request: Request, client_id: Client, caller: Caller) -> shapes.WaitingList:
    """Payouts of the client whose next step you may take, the most urgent first."""
    found = request.app.state.plane.payouts.waiting(caller, client_id)
    return shapes.WaitingList(waiting=[of(shapes.WaitingPayout, one) for one in found])


@router.post("/payouts", status_code=201, summary="Propose a bill")
def propose(
    request: Request, client_id: Client, caller: Caller, body: shapes.NewProposal, idempotency_key: IdempotencyKey
) -> shapes.Payout:
    """A bill that a guard stops comes back `blocked`, with the guard's reason and remedy."""
    made = request.app.state.plane.payouts.propose(
        caller, client_id, body.source_bill_id, arrival_date=body.arrival_date, note=body.note, once=idempotency_key
    )
    return _shown(made)


@router.post("/payouts/{payout_id}/approve", summary="Approve a payout")
def approve(
    request: Request, client_id: Client, payout_id: RecordId, caller: Caller, body: shapes.Approval,
    idempotency_key: IdempotencyKey,
) -> shapes.Payout:  # fmt: skip
    """Sign the payload and the facts that were shown. A change since then is refused and named, field by field."""
    found = payout_of(request, client_id, payout_id, caller)
    return _shown(request.app.state.plane.payouts.approve(
        caller, found, payload_sha256=body.payload_sha256, seen_sha256=body.seen_sha256, reason=body.reason,
        once=idempotency_key,
    ))  # fmt: skip


@router.post("/payouts/{payout_id}/hold", summary="Hold a payout")
def hold(
    request: Request, client_id: Client, payout_id: RecordId, caller: Caller, body: shapes.Reason,
    idempotency_key: IdempotencyKey,
) -> shapes.Payout:  # fmt: skip
    """Stop a payout that was not sent yet; its earmark is freed."""
    found = payout_of(request, client_id, payout_id, caller)
    return _shown(request.app.state.plane.payouts.hold(caller, found, body.reason, once=idempotency_key))


@router.post("/payouts/{payout_id}/reject", summary="Reject a proposal")
def reject(
    request: Request, client_id: Client, payout_id: RecordId, caller: Caller, body: shapes.Reason,
    idempotency_key: IdempotencyKey,
) -> shapes.Payout:  # fmt: skip
    """Say no. The bill may be proposed again."""
    found = payout_of(request, client_id, payout_id, caller)
    return _shown(request.app.state.plane.payouts.reject(caller, found, body.reason, once=idempotency_key))


@router.post("/payouts/{payout_id}/cancel", summary="Cancel a payout")
def cancel(
    request: Request, client_id: Client, payout_id: RecordId, caller: Caller, body: shapes.Reason,
    idempotency_key: IdempotencyKey,
) -> shapes.Payout:  # fmt: skip
    """Withdraw a payout before it is sent, or end a rehearsal; its hold is freed."""
    found = payout_of(request, client_id, payout_id, caller)
    return _shown(request.app.state.plane.payouts.cancel(caller, found, body.reason, once=idempotency_key))


@router.post("/payouts/{payout_id}/release", summary="Release a payout")
def release(
    request: Request, client_id: Client, payout_id: RecordId, caller: Caller, body: shapes.Release,
    idempotency_key: IdempotencyKey,
) -> shapes.Payout:  # fmt: skip
    """Hand an approved payout to the executor, now or (`at`) by the clock in your name; the guards are asked again."""
    found = payout_of(request, client_id, payout_id, caller)
    plane = request.app.state.plane
    if body.at is not None:
        return _shown(plane.payouts.plan_release(caller, found, at=body.at, once=idempotency_key))
    return _shown(plane.payouts.release(caller, found, payload_sha256=body.payload_sha256, once=idempotency_key))


@router.post("/payouts/{payout_id}/unplan-release", summary="Take a planned release back")
def unplan_release(
    request: Request, client_id: Client, payout_id: RecordId, caller: Caller, idempotency_key: IdempotencyKey
) -> shapes.Payout:
    """The payout waits for somebody to release it."""
    found = payout_of(request, client_id, payout_id, caller)
    return _shown(request.app.state.plane.payouts.unplan_release(caller, found, once=idempotency_key))


@router.post("/payouts/{payout_id}/agree-to-resend", summary="Agree that Ramp does not hold it")
def agree_to_resend(
    request: Request, client_id: Client, payout_id: RecordId, caller: Caller, body: shapes.Reason,
    idempotency_key: IdempotencyKey,
) -> shapes.Payout:  # fmt: skip
    """For an unconfirmed payout: you looked in Ramp and found no such bill."""
    found = payout_of(request, client_id, payout_id, caller)
    return _shown(request.app.state.plane.payouts.agree_to_resend(caller, found, body.reason, once=idempotency_key))


@router.post("/payouts/{payout_id}/reissue", summary="Agree to pay again what came back")
def reissue(
    request: Request, client_id: Client, payout_id: RecordId, caller: Caller, body: shapes.Reason,
    idempotency_key: IdempotencyKey,
) -> shapes.Payout:  # fmt: skip
    """The first person asks, a second agrees; one is an advisor or firm admin. The bill may then be proposed again."""
    found = payout_of(request, client_id, payout_id, caller)
    return _shown(request.app.state.plane.payouts.reissue(caller, found, body.reason, once=idempotency_key))


@router.post("/payouts/{payout_id}/close", summary="Say how a mismatched payout ended")
def close(
    request: Request, client_id: Client, payout_id: RecordId, caller: Caller, body: shapes.Closing,
    idempotency_key: IdempotencyKey,
) -> shapes.Payout:  # fmt: skip
    """The first person asks, a second agrees to the very same; one is an advisor or firm admin."""
    found = payout_of(request, client_id, payout_id, caller)
    return _shown(request.app.state.plane.payouts.close_mismatched(
        caller, found, outcome=body.outcome, evidence=body.evidence, reason=body.reason, once=idempotency_key
    ))  # fmt: skip


@router.post("/vendors/{vendor_id_ramp}/call-back", summary="Record a call-back")
def call_back(
    request: Request, client_id: Client, vendor_id_ramp: RecordId, caller: Caller, body: shapes.CallBack,
    idempotency_key: IdempotencyKey,
) -> shapes.Recorded:  # fmt: skip
    """You called the vendor on a number known before the request; whoever prepared the payout cannot record it."""
    request.app.state.plane.payouts.record_call_back(
        caller,
        client_id,
        vendor_id_ramp,
        number_source=body.number_source,
        number_known_since=body.number_known_since,
        once=idempotency_key,
    )
    return shapes.Recorded()


@router.post("/unfreeze", summary="Let a frozen client send again")
def unfreeze(
    request: Request, client_id: Client, caller: Caller, body: shapes.Reason, idempotency_key: IdempotencyKey
) -> shapes.Thawed:
    """The first person asks, a second agrees; refused while a payout of the client is mismatched."""
    done = request.app.state.plane.payouts.unfreeze(caller, client_id, body.reason, once=idempotency_key)
    return shapes.Thawed(is_released=done)


def _shown(made: Any) -> shapes.Payout:
    return shapes.Payout.model_validate(made, from_attributes=True)
