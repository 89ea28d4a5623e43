"""What the API takes and answers about the days of bills. Amounts are minor units; chances and gaps 0 to 1."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field

from app.api.payout_shapes import LINES_MAX, BillId, Body, Name, Text
from app.api.shapes import Minor


class Measures(BaseModel):
    """What a schedule does to cash over the coming weeks."""

    breach_chance: float = Field(description="That the weakest week closes below the buffer")
    volatility_minor: Minor = Field(description="Standard deviation of a week's net cash")
    cost_minor: Minor = Field(description="Discounts lost and late fees")
    lowest_minor: Minor = Field(description="The lowest closing balance")
    lowest_week: date
    late_count: int = Field(description="Bills after their due date that could be in time; a person allowed each")


class Stage(BaseModel):
    """One aim of the solver, in order of weight."""

    aim: str = Field(examples=["volatility"])
    state: str = Field(examples=["proven best"])
    gap: float


class ChosenDate(BaseModel):
    """The day of one bill, and what moving it does."""

    source_bill_id: str = Field(validation_alias="bill_id", examples=["qbo:152"])
    vendor_name: str
    amount_minor: Minor
    due_date: date
    old_date: date = Field(description="Where it would arrive if nobody chose: by the due date")
    new_date: date
    is_moved: bool
    why: str
    cost_minor: Minor
    lowest_effect_minor: Minor = Field(description="How much lower the lowest week would be had it kept its old day")


class Schedule(BaseModel):
    """Days for the open bills, beside paying each on its due date. Nothing is proposed by reading it."""

    dates: list[ChosenDate]
    before: Measures
    after: Measures
    stages: list[Stage]
    gap: float = Field(description="How far the answer may be from the best there is; the widest of the stages")
    left_out: dict[str, str] = Field(description="Bills whose day is not chosen, with the reason")


class DatesToPropose(Body):
    """Bills with the banking day on which each should arrive."""

    dates: dict[BillId, date] = Field(
        min_length=1, max_length=LINES_MAX, examples=[{"qbo:152": "2026-12-04", "qbo:160": "2026-12-11"}]
    )
    reason: Text = Field("", description="Kept with every proposal")


class NewPayTerms(Body):
    """On what terms a vendor's bills, or one of them, are paid. What is left out is as if nobody had said anything."""

    vendor_id_qbo: Name = Field(examples=["57"])
    source_bill_id: BillId | None = Field(None, description="Left out: all bills of the vendor")
    days_late: int = Field(0, ge=0, le=90, description="Days after the due date that are allowed; takes a reason")
    discount_bp: int = Field(0, ge=0, le=10_000, description="Discount in hundredths of a per cent (200 is 2 %)")
    discount_days: int = Field(0, ge=0, le=365, description="Days from the bill's date within which it holds")
    late_fee_bp: int = Field(0, ge=0, le=10_000, description="Fee per 30 days late, in hundredths of a per cent")
    priority: int = Field(2, ge=1, le=3, description="1 keeps its day first, 3 moves first")
    reason: Text = ""


class PayTerms(BaseModel):
    """Terms as a person set them."""

    client_id: str
    vendor_id_qbo: str
    vendor_name: str
    source_bill_id: str = Field(description="Empty: all bills of the vendor")
    days_late: int
    discount_bp: int
    discount_days: int
    late_fee_bp: int
    priority: int
    reason: str
    set_by: str
    set_by_name: str
    set_at: datetime


class PayTermsList(BaseModel):
    """Terms of a client's vendors and bills."""

    pay_terms: list[PayTerms]
