"""Whether payments are proven: links of custody with their owners, and drift of planned against actual cash."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from app.api.access import Caller, Client, Firm, OwnFirm, Reader, SignedInRoute
from app.api.advisors import evidence
from app.api.shapes import Evidence, Minor, problems
from app.queries import verification

REFUSALS = problems(
    s401="No live token",
    s404="No such firm or client within your reach; another firm's reads the same",
    s409="Nothing is published yet, or the snapshot was replaced while it was read",
    s422="A parameter is not right; `errors` names each",
)
router = APIRouter(
    prefix="/advisor/{advisor_id}/clients/{client_id}", tags=["verification"], route_class=SignedInRoute,
    responses=REFUSALS,
)  # fmt: skip


class Link(BaseModel):
    """One link of a payout's chain of custody. Open until evidence closes it."""

    payout_id: str
    source_bill_id: str = Field(examples=["qbo:152"])
    vendor_name: str
    amount_minor: Minor
    currency_code: str
    state: str = Field(description="Where the payout stands", examples=["rail_paid"])
    link: str = Field(description="decision | ramp_bill | bank_posting | book_payment", examples=["bank_posting"])
    owner: str = Field(examples=["controller"])
    opened_at: datetime
    due_at: datetime | None = Field(description="Late from then on; banking days by the way of paying")
    closed_at: datetime | None
    evidence_id: str | None = Field(description="What closed it: a hash, a Ramp bill, a bank line, a QBO bill payment")
    evidence: dict[str, Any] = Field(description="What speaks for it, with its score and the runner-up")
    finding: str | None = Field(
        description="late | unread | ambiguous | contradicts | vanished | returned | paid_elsewhere; null: none"
    )
    finding_text: str
    next_action: str = Field(description="What its owner does next")
    found_at: datetime | None


class Links(BaseModel):
    """Links of a client's payouts, broken ones first, then by what is due soonest."""

    links: list[Link]


class DriftLine(BaseModel):
    """A payout or a bank line that a week's drift is made of. Money out is negative."""

    week_start_date: date
    kind: str = Field(examples=["moved away"])
    label: str | None
    currency_code: str
    planned_minor: Minor
    actual_minor: Minor
    timing_minor: Minor
    amount_part_minor: Minor
    missing_minor: Minor
    unplanned_minor: Minor
    payout_id: str | None
    posting_id_plaid: str | None


class DriftWeek(BaseModel):
    """A week: actual less planned, in four parts that sum to it exactly. Money out is negative."""

    week_start_date: date
    currency_code: str
    planned_minor: Minor
    actual_minor: Minor
    drift_minor: Minor
    timing_minor: Minor
    amount_part_minor: Minor
    missing_minor: Minor
    unplanned_minor: Minor
    payout_count: int
    drifting_count: int


class Drift(BaseModel):
    """A client's weeks, newest first; with one week asked for, the lines that it is made of."""

    evidence: Evidence
    weeks: list[DriftWeek]
    lines: list[DriftLine]


@router.get("/custody", summary="Chain of custody of a client's payouts")
def custody(
    request: Request,
    _firm: OwnFirm,
    caller: Caller,
    client_id: Client,
    closed_too: Annotated[bool, Query(description="Links that are closed and whole as well")] = False,
) -> Links:
    """Decision, Ramp bill, bank line, QBO bill payment: which links are open or broken, whose they are, what to do."""
    found = request.app.state.plane.custody.links(caller, client_id, closed_too=closed_too)
    return Links(links=[Link.model_validate(asdict(link)) for link in found])


@router.get("/drift", summary="Planned against actual cash of a client")
def drift(
    published: Firm,
    reader: Reader,
    client_id: Client,
    week: Annotated[date | None, Query(description="Monday of a week: its lines are answered too")] = None,
) -> Drift:
    """What was signed to leave, what the bank posted, and the difference as timing, amount, missing and unplanned."""
    lines = verification.drift_lines(reader, client_id, week) if week else ()
    return Drift(
        evidence=evidence(published),
        weeks=[DriftWeek.model_validate(row) for row in verification.drift(reader, client_id)],
        lines=[DriftLine.model_validate(row) for row in lines],
    )
