"""What a controller decides: approve bills. The decision is recorded here; the executor pays."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.api.access import Caller, Client, Firm, SignedInRoute
from app.api.payout_shapes import BillId, IdempotencyKey
from app.api.problems import problem
from app.api.shapes import ApprovedBill, ApprovedBills, GuardVerdict, NothingApproved, problems

REFUSALS = problems(
    s401="No live token",
    s403="Your role may not approve",
    s404="No such firm or client within your reach; another firm's reads the same",
    s413="The body is above 256 KiB",
    s422="The request is not complete or not well formed; `errors` names each field",
) | {
    409: {
        "model": NothingApproved,
        "description": "No bill was approved (each line says which guard refused and what mends it), the key was used "
        "for other bills, or nothing is published yet",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/NothingApproved"}}},
    }
}
router = APIRouter(
    prefix="/advisor/{advisor_id}/clients/{client_id}",
    tags=["payouts"],
    route_class=SignedInRoute,
    responses=REFUSALS,
)


class ApproveBills(BaseModel):
    """The bills to approve, by their source id, as the Decision console lists them. Amounts come from the bills."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"source_bill_ids": ["qbo:152", "qbo:160"], "note": "due this week"}]},
    )

    source_bill_ids: list[BillId] = Field(min_length=1, max_length=200)
    note: str = Field("", max_length=1000, description="Kept with the approval; required from the review band on")

    @field_validator("note")
    @classmethod
    def plain(cls, note: str) -> str:
        """A note without control characters; a store could not keep them."""
        if any(ord(letter) < 32 and letter not in "\n\t" for letter in note):
            raise ValueError("holds control characters")
        return note


@router.post("/approve-bills", summary="Approve bills of a client", response_model=ApprovedBills)
def approve_bills(
    request: Request,
    body: ApproveBills,
    caller: Caller,
    published: Firm,
    client_id: Client,
    idempotency_key: IdempotencyKey,
) -> ApprovedBills | Response:
    """Approve bills that a colleague has proposed. The same Idempotency-Key answers the same batch again.

    Every guard is asked for every bill, and each verdict comes back with its reason and remedy. 200 as soon as one
    bill was approved: look at each line's `outcome`. 409 when none was.
    """
    result = request.app.state.plane.payouts.approve_bills(
        caller, client_id, body.source_bill_ids, idempotency_key=idempotency_key, note=body.note
    )
    lines = [_line(line) for line in result.lines]
    if all(line.outcome == "blocked" for line in lines):
        said = "; ".join(f"{line.source_bill_id}: {line.reason}" for line in lines[:5])
        more = {"batch_id": result.batch_id, "lines": lines}
        return problem(409, "nothing_approved", "No bill was approved", said, **more)
    return ApprovedBills(batch_id=result.batch_id, lines=lines)


def _line(line: Any) -> ApprovedBill:
    names = ("guard_id", "passed", "effect", "reason", "remedy", "inputs")
    verdicts = [GuardVerdict(**{name: getattr(verdict, name) for name in names}) for verdict in line.verdicts]
    kept = ("source_bill_id", "payout_id", "outcome", "reason", "payload_sha256")
    return ApprovedBill(**{name: getattr(line, name) for name in kept}, verdicts=verdicts)
