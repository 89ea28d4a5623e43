"""What a controller decides: approve bills. The decision is recorded here; the executor pays."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, Field

from app.api.access import Caller, Client, Firm

router = APIRouter(prefix="/advisor/{advisor_id}/clients/{client_id}", tags=["payouts"])


class ApproveBills(BaseModel):
    """The bills to approve, by their source id (`qbo:152`), as the Decision console lists them."""

    source_bill_ids: list[str] = Field(min_length=1, max_length=200)
    note: str = Field("", max_length=1000, description="Kept with the approval; required from the review band on")


class ApprovedBills(BaseModel):
    """One line per bill: what became of it and why. One refused bill never stops another."""

    batch_id: str
    lines: list[dict[str, Any]]


@router.post("/approve-bills")
def approve_bills(
    request: Request,
    body: ApproveBills,
    caller: Caller,
    published: Firm,
    client_id: Client,
    idempotency_key: Annotated[str, Header(min_length=8, max_length=200)],
) -> ApprovedBills:
    """Approve bills that a colleague has proposed. The same Idempotency-Key answers the same batch again.

    Every guard is asked for every bill, and each verdict comes back with its reason and remedy.
    """
    result = request.app.state.plane.payouts.approve_bills(
        caller, client_id, body.source_bill_ids, idempotency_key=idempotency_key, note=body.note
    )
    return ApprovedBills(batch_id=result.batch_id, lines=[_line(line) for line in result.lines])


def _line(line: Any) -> dict[str, Any]:
    names = ("source_bill_id", "payout_id", "outcome", "reason", "payload_sha256", "verdicts")
    return {name: getattr(line, name) for name in names}
