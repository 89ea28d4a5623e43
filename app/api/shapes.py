"""What the API answers with. Amounts are whole numbers of minor units (cents) beside their currency."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Minor = int


class Problem(BaseModel):
    """An error (RFC 9457). `detail` names the record and the remedy; `code` is for programs."""

    type: str = Field(examples=["urn:rowcol:problem:not_found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    code: str = Field(examples=["not_found"])
    detail: str = Field(examples=["there is no client 'c99' that you serve; check the id or ask the firm admin"])


class Evidence(BaseModel):
    """Which snapshot answered, and how old it is."""

    snapshot_id: str = Field(examples=["20261124T060000"])
    published_at: datetime
    as_of_at: datetime = Field(description="The instant up to which the four rails were read")
    newer_build_refused: str | None = Field(None, description="Why a newer build was not published, if one was refused")


class HygieneItem(BaseModel):
    """One issue across the rails: what is missing or wrong, and what mends it."""

    client_id: str
    hygiene_item_id: str
    kind: str = Field(examples=["missing_bill"])
    severity: str | None = Field(None, examples=["high"])
    title: str | None = None
    detail: str | None = None
    remedy: str | None = None
    amount_minor: Minor | None = None
    currency_code: str | None = None
    item_date: date | None = None
    rail: str | None = None
    record_id: str | None = None
    counterparty_name: str | None = None
    evidence: str | None = None
    score_points: float | None = Field(None, description="What mending it adds to the data-quality score")
    rank: int | None = None
    rank_reason: str | None = Field(None, description="What it removes, in how many minutes")
    uncertainty_minor: Minor | None = None
    minutes: float | None = Field(None, description="The firm's estimate of the work")
    owner_role: str | None = Field(None, examples=["bookkeeper"])
    first_seen_date: date | None = None
    age_days: int | None = None
    decision: str | None = None
    decision_reason: str | None = None


class HygienePage(BaseModel):
    """Open issues of the firm's clients, in the order in which to mend them."""

    evidence: Evidence
    items: list[HygieneItem]
    total: int = Field(description="Issues over all pages")
    next_offset: int | None = Field(description="`offset` of the next page; null on the last one")


class ClientState(BaseModel):
    """Are we okay: cash against the client's own buffer, runway, and how far the figures can be trusted."""

    model_config = ConfigDict(extra="ignore")

    client_id: str
    client_name: str | None = None
    industry: str | None = None
    advisor_mode: str | None = None
    currency_code: str | None = None
    cash_available_minor: Minor | None = None
    reserved_minor: Minor | None = Field(None, description="Set aside for payouts that are under way")
    buffer_minor: Minor | None = None
    gap_to_buffer_minor: Minor | None = None
    average_daily_net_burn_minor: Minor | None = None
    runway_days: float | None = Field(None, description="Null when cash grows or is not known")
    runway_days_low: float | None = Field(None, description="Of eight in ten cases, the worst; null when cash grows")
    runway_days_high: float | None = Field(None, description="Of eight in ten cases, the best; null when it has no end")
    runway_status: Literal["on_track", "watch", "at_risk", "unknown"] | None = None
    status_reason: str | None = None
    confidence: str | None = None
    confidence_reason: str | None = None
    quality_score: int | None = None
    readiness_score: int | None = None
    preflight: str | None = None
    hygiene_open_count: int | None = None
    ap_open_minor: Minor | None = None
    ap_due_7d_minor: Minor | None = None
    ap_overdue_minor: Minor | None = None
    ar_open_minor: Minor | None = None
    ar_overdue_minor: Minor | None = None
    cash_lowest_minor: Minor | None = None
    lowest_week_start_date: date | None = None
    oldest_rail_at: datetime | None = None
    failed_rail_count: int | None = None


class Variance(BaseModel):
    """What moved this week's cash against the usual week."""

    rank: int
    driver: str
    direction: str = Field(examples=["hurts"])
    amount_minor: Minor | None = None
    usual_minor: Minor | None = None
    currency_code: str | None = None
    share_pct: float | None = None
    explanation: str | None = None


class AgingBucket(BaseModel):
    """Open documents of one age."""

    side: Literal["payable", "receivable"]
    bucket: str = Field(examples=["1_30"])
    open_minor: Minor | None = None
    document_count: int | None = None
    currency_code: str | None = None


class Horizon(BaseModel):
    """A run of coming weeks: what comes in, what goes out, where it gets tight."""

    inflow_minor: Minor | None = None
    outflow_minor: Minor | None = None
    closing_balance_minor_lowest: Minor | None = None
    closing_balance_minor_low: Minor | None = None
    closing_balance_minor_high: Minor | None = None
    lowest_week_start_date: date | None = None
    is_below_buffer: bool | None = None
    breach_week_start_date: date | None = None
    breach_probability: float | None = Field(None, description="The weakest week's chance to close below the buffer")
    currency_code: str | None = None


class RailState(BaseModel):
    """One rail of the client: how fresh, and why not."""

    rail: str
    status: str | None = Field(None, examples=["fresh"])
    last_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_outcome: str | None = None
    reason_code: str | None = None
    reason: str | None = None
    freshness_hours: float | None = None
    record_count: int | None = None


class Digest(BaseModel):
    """One client's digest: state, then variance, then what is next."""

    evidence: Evidence
    state: ClientState
    variances: list[Variance]
    receivables_aging: list[AgingBucket]
    payables_aging: list[AgingBucket]
    weeks_2_to_4: Horizon | None
    weeks_5_to_13: Horizon | None
    rails: list[RailState]
    next_actions: list[HygieneItem] = Field(description="The five issues that matter most")


class GuardVerdict(BaseModel):
    """What one guard answered."""

    guard_id: str = Field(examples=["spendable_cash"])
    passed: bool
    effect: str = Field(description="pass | warning | needs_second | blocked", examples=["blocked"])
    reason: str
    remedy: str
    inputs: dict[str, Any] = Field(description="The figures the guard looked at")


class ApprovedBill(BaseModel):
    """What became of one bill and why."""

    source_bill_id: str = Field(examples=["qbo:152"])
    payout_id: str | None
    outcome: Literal["approved", "needs_second", "blocked"]
    reason: str
    payload_sha256: str | None = Field(description="Hash of the payment that was signed")
    verdicts: list[GuardVerdict]


class ApprovedBills(BaseModel):
    """One line per bill. One refused bill never stops another."""

    batch_id: str
    lines: list[ApprovedBill]


class Ruling(BaseModel):
    """What a person ruled about identity, and whether it still holds."""

    ruling_id: str
    client_id: str | None = Field(description="Null: every client of the firm")
    subject: str = Field(examples=["match"])
    verb: str = Field(examples=["join"])
    left_key: str = Field(examples=["plaid|posting|p-17"])
    right_key: str = Field(examples=["qbo|bill_payment|212"])
    effective_date: date
    reason: str
    decided_by: str
    decided_by_name: str
    decided_at: datetime
    revoked_at: datetime | None = Field(description="Null while it is in force")


class RulingList(BaseModel):
    """Rulings, newest first."""

    rulings: list[Ruling]


class NothingApproved(Problem):
    """No bill of the request was approved; each line says why."""

    batch_id: str
    lines: list[ApprovedBill]


def problems(**described: str) -> dict[int | str, dict[str, Any]]:
    """The documented error answers of a route: `problems(s404="No such client")`."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        int(status[1:]): {
            "model": Problem,
            "description": text,
            "content": {"application/problem+json": {"schema": schema}},
        }
        for status, text in described.items()
    }
