"""What the API takes and answers about payouts. Amounts are whole numbers of minor units beside their currency."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Header
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.api.shapes import GuardVerdict, Minor, Problem

LINES_MAX = 200


def _plain(text: str) -> str:
    """A text without control characters; a store could not keep them."""
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
        raise ValueError("holds control characters")
    return text


Text = Annotated[str, Field(max_length=1000), AfterValidator(_plain)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
BillId = Annotated[str, StringConstraints(pattern=r"^(qbo|ramp):[A-Za-z0-9_-]{1,100}$")]
PayoutId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
IdempotencyKey = Annotated[
    str,
    Header(
        min_length=8,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Your own name for this decision. Sent again it answers the first outcome.",
        examples=["4f7c2f0e-approve-2026-11-24"],
    ),
]


class Body(BaseModel):
    """A request's body; a field that is not known is refused."""

    model_config = ConfigDict(extra="forbid")


class NewProposal(Body):
    """A bill to propose. What is paid is the bill's open amount."""

    source_bill_id: BillId = Field(examples=["qbo:152"])
    arrival_date: date | None = Field(None, description="A banking day; left out: by the due date")
    note: Text = ""


class Approval(Body):
    """What is signed: the payload as it was shown and, where it was read, the facts beside it."""

    payload_sha256: Sha256
    seen_sha256: Sha256 | None = Field(None, description="`seen_sha256` of the payout as it was read")
    reason: Text = Field("", description="Required from the review band on")


class Reason(Body):
    """Why; kept with the act."""

    reason: Text = ""


class Release(Body):
    """Release now, or at an instant to come."""

    payload_sha256: Sha256 | None = Field(None, description="Refuses when the payout is no longer what was shown")
    at: AwareDatetime | None = Field(None, description="An instant with its zone, within the approval's life")


class Closing(Body):
    """How a mismatched payout ended. The second person sends the very same."""

    outcome: Literal["settled", "returned", "cancelled"]
    evidence: Text = Field(description="What shows it; for `settled` the posting id of the bank line")
    reason: Text


class CallBack(Body):
    """A call to the vendor on a number known before the request."""

    number_source: Text = Field(examples=["the contract of 2024, page 3"])
    number_known_since: date | None = Field(
        None, description="Asked where the account changed: a day before the change", examples=["2024-03-01"]
    )


class AskedPayout(Body):
    """One payout of a batch."""

    payout_id: PayoutId
    payload_sha256: Sha256 | None = Field(None, description="As it was shown; required to approve and to release")


class NewBatch(Body):
    """One verb over a list. `propose` takes bills; every other verb takes payouts."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"verb": "propose", "source_bill_ids": ["qbo:152", "qbo:160"]}]},
    )

    verb: Literal["propose", "approve", "hold", "reject", "release", "cancel"]
    source_bill_ids: list[BillId] = Field(default_factory=list, max_length=LINES_MAX)
    payouts: list[AskedPayout] = Field(default_factory=list, max_length=LINES_MAX)
    list_sha256: Sha256 | None = Field(
        None, description="Hash of the list as the sheet gave it; to approve, to release"
    )
    reason: Text = Field("", description="Kept with every line; hold, reject and cancel need one")

    @model_validator(mode="after")
    def fits(self) -> NewBatch:
        """The lines belong to the verb, each once, with what it signs."""
        if self.verb == "propose":
            if not self.source_bill_ids or self.payouts:
                raise ValueError("propose takes source_bill_ids and no payouts")
            return self
        if not self.payouts or self.source_bill_ids:
            raise ValueError(f"{self.verb} takes payouts and no source_bill_ids")
        if len({one.payout_id for one in self.payouts}) != len(self.payouts):
            raise ValueError("a payout is in the list twice")
        is_signed = self.list_sha256 is not None and all(one.payload_sha256 for one in self.payouts)
        if self.verb in ("approve", "release") and not is_signed:
            raise ValueError(f"{self.verb} needs payload_sha256 of every payout and list_sha256, as they were shown")
        return self


class RollBack(Body):
    """Why a batch is rolled back."""

    reason: Text


class NewRecurring(Body):
    """A template that proposes a vendor's bills as they come."""

    name: Name = Field(examples=["Rent of the warehouse"])
    vendor_id_qbo: Name
    every: Literal["week", "month"]
    day: int = Field(ge=1, le=31, description="1 (Monday) to 7 of a week; 1 to 31 of a month, its last day if shorter")
    roll: Literal["before", "after"] = Field(description="Where a day goes on which banks are closed")
    cap_minor: Minor = Field(ge=1, le=10**12, description="The most that one bill may be")
    invoice_prefix: Annotated[str, Field(max_length=100), AfterValidator(_plain)] = ""
    start_date: date | None = None
    end_date: date | None = None


class NextStep(BaseModel):
    """What is next, who does it, by when."""

    what: str = Field(examples=["A second person approves"])
    who: str = Field(examples=["advisor or firm admin"])
    act: str = Field(description="The act that a person takes, or empty", examples=["approve"])
    due_at: datetime | None


class Payout(BaseModel):
    """One payout."""

    client_id: str
    payout_id: str
    source_bill_id: str
    vendor_name: str
    vendor_id_ramp: str
    invoice_number: str
    amount_minor: Minor
    currency_code: str
    due_date: date
    arrival_date: date
    mode: str = Field(description="draft | direct")
    state: str = Field(examples=["proposed"])
    state_reason: str
    payload_sha256: str
    preparer_id: str
    preparer_name: str
    approvals_needed: int
    approvals_have: int
    rail_bill_id: str | None
    rail_draft_id: str | None
    posting_id_plaid: str | None
    released_at: datetime | None
    release_at: datetime | None = Field(description="When the clock will release it")
    version: int
    created_at: datetime
    updated_at: datetime
    next_step: NextStep


class PayoutPage(BaseModel):
    """Payouts of a client, newest first."""

    payouts: list[Payout]
    total: int
    next_offset: int | None


class Approver(BaseModel):
    """One signature, on which payload, on which snapshot's facts."""

    person_id: str
    person_name: str
    role: str
    reason: str
    approved_at: datetime
    payload_sha256: str
    snapshot_id: str | None
    seen_sha256: str | None


class JointAct(BaseModel):
    """An act of two people: what was asked, and who agreed."""

    kind: str = Field(description="reissue | close")
    outcome: str
    evidence: str
    reason: str
    asked_by: str
    asked_name: str
    asked_at: datetime
    agreed_by: str | None
    agreed_at: datetime | None


class PayoutDetail(BaseModel):
    """A payout with everything that was said and done about it."""

    payout: Payout
    verdicts: list[GuardVerdict]
    approvals: list[Approver]
    joint_acts: list[JointAct]
    seen: dict[str, Any] = Field(description="The facts of bill and payee that an approver is shown now")
    seen_sha256: str = Field(description="What an approval signs beside the payload")
    timeline: list[dict[str, Any]]


class WaitingPayout(BaseModel):
    """A payout whose next step the caller may take."""

    payout: Payout
    act: str = Field(description="propose | approve | release | agree_to_resend | close | reissue")
    what: str
    due_at: datetime | None


class WaitingList(BaseModel):
    """What waits for the caller, the most urgent first."""

    waiting: list[WaitingPayout]


class Sheet(BaseModel):
    """A list as it would be signed now."""

    payouts: list[Payout]
    list_sha256: str
    total_minor: Minor
    currency_code: str


class BatchLine(BaseModel):
    """What became of one line."""

    subject_id: str = Field(description="The bill or payout as it was asked for")
    source_bill_id: str
    payout_id: str | None
    outcome: str = Field(
        description="proposed | approved | needs_second | held | rejected | released | cancelled, blocked by a guard, "
        "or refused"
    )
    reason: str
    payload_sha256: str | None
    verdicts: list[GuardVerdict]


class Batch(BaseModel):
    """One act over a list. `finished_at` is null while lines are still worked on."""

    batch_id: str
    verb: str
    person_id: str
    note: str
    list_sha256: str
    rolls_back: str | None
    line_count: int
    lines: list[BatchLine]
    created_at: datetime | None
    finished_at: datetime | None


class BatchList(BaseModel):
    """Batches, newest first."""

    batches: list[Batch]


class NothingDone(Problem):
    """No line went through; each says why."""

    batch: Batch


class RecurringRun(BaseModel):
    """What became of one day of arrival."""

    arrival_date: date
    outcome: str = Field(description="proposed | blocked | no_bill | over_cap | missed | paused")
    reason: str
    source_bill_id: str | None
    payout_id: str | None
    ran_at: datetime


class Recurring(BaseModel):
    """A template that proposes; its owner approves none of its payouts."""

    recurring_id: str
    name: str
    vendor_id_qbo: str
    vendor_name: str
    invoice_prefix: str
    every: str
    day: int
    roll: str
    cap_minor: Minor
    currency_code: str
    start_date: date
    end_date: date | None
    state: str = Field(description="active | paused | ended")
    state_reason: str
    owner_id: str
    owner_name: str
    next_arrival_date: date | None
    runs: list[RecurringRun]


class RecurringList(BaseModel):
    """Templates of a client."""

    recurring: list[Recurring]


class Thawed(BaseModel):
    """Whether the client sends again, or waits for a second person."""

    is_released: bool


class Recorded(BaseModel):
    """The act was recorded."""

    is_recorded: Literal[True] = True


def of(shape: type[BaseModel], view: Any) -> Any:
    """A view of the service as a shape, by the shape's own names."""
    return shape.model_validate(view, from_attributes=True)
