"""What the API takes and answers about the weeks ahead. Amounts are minor units, money in positive."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.api.payout_shapes import Body, Name
from app.api.shapes import Minor

MOVES = Field(
    max_length=50,
    description="Changes in any order: delay (source_id, weeks; earlier when negative), drop (source_id), payroll "
    "(percent, from_week), price (bucket, percent, from_week), lose_customer (customer, usual_percent, from_week), "
    "loan (draw_minor, draw_week, repayment_minor, first_week, every_weeks), suspected",
    examples=[[{"kind": "delay", "source_id": "qbo:152", "weeks": 2}, {"kind": "payroll", "percent": 10}]],
)


class Breach(BaseModel):
    """How likely a week closes below the buffer, without and with the bills that the books seem to lack."""

    probability: float = Field(description="As forecast, 0 to 1")
    with_missing_closing_minor: Minor = Field(description="The close if all those bills come")
    with_missing_probability: float


class OutlookWeek(BaseModel):
    """A coming week; its lines add up to it."""

    week_number: int
    start_date: date
    opening_minor: Minor
    inflow_minor: Minor
    outflow_minor: Minor
    closing_minor: Minor
    low_minor: Minor | None = Field(description="Eight times in ten the week closes between low and high")
    high_minor: Minor | None
    is_below_buffer: bool
    breach: Breach | None = Field(description="Null in a scenario: past errors tell the odds of the forecast alone")


class OutlookLine(BaseModel):
    """One source line of a week."""

    week_number: int
    flow: str
    label: str
    amount_minor: Minor
    expected_date: date | None
    basis: str = Field(description="Why it is expected")
    source_rail: str | None
    source_id: str = Field(description="The record, for the moves of a scenario")
    party: str


class Headline(BaseModel):
    """What is read first."""

    lowest_minor: Minor
    lowest_week: date
    breach_week: date | None = Field(description="The first week that closes below the buffer")
    runway_weeks: float | None = Field(description="How long the cash lasts at this pace; null while it grows")
    closing_minor: Minor


class Outlook(BaseModel):
    """The coming weeks of a client."""

    snapshot_id: str
    as_of: date
    currency_code: str
    opening_minor: Minor
    buffer_minor: Minor | None
    headline: Headline
    weeks: list[OutlookWeek]
    lines: list[OutlookLine]
    suspected: list[OutlookLine] = Field(description="Bills that the books seem to lack; no part of the weeks")


class Moves(Body):
    """A scenario to try out; nothing is kept."""

    moves: list[dict[str, Any]] = MOVES


class NewScenario(Body):
    """A scenario to keep; one of the same name is changed."""

    name: Name = Field(examples=["Without Globex"])
    moves: list[dict[str, Any]] = MOVES


class WhatIf(BaseModel):
    """As it stands, and as it would be."""

    base: Outlook
    scenario: Outlook
    lowest_delta_minor: Minor = Field(description="How much higher the lowest week would close")


class Scenario(BaseModel):
    """A kept scenario."""

    model_config = ConfigDict(from_attributes=True)

    client_id: str
    scenario_id: str
    name: str
    moves: list[dict[str, Any]]
    made_by: str
    made_by_name: str
    made_at: datetime
    changed_at: datetime
    deleted_at: datetime | None
    version: int


class ScenarioList(BaseModel):
    """Kept scenarios by name."""

    scenarios: list[Scenario]


class Compared(BaseModel):
    """A scenario beside the forecast as it stands."""

    scenario: Scenario
    headline: Headline
    lowest_delta_minor: Minor
    weeks: list[OutlookWeek]


class Comparison(BaseModel):
    """Scenarios side by side, and the forecast as it stands."""

    base: Headline
    compared: list[Compared]


class BridgePart(BaseModel):
    """One cause of one source line: what it adds to the later closing balance."""

    cause: str = Field(description="opening | actual | new | gone | moved | amount", examples=["moved"])
    source_id: str
    label: str
    flow: str
    amount_minor: Minor
    source_rail: str | None


class Revision(BaseModel):
    """From an earlier forecast to the current one, for a week: the parts sum to the difference, to the cent."""

    earlier_snapshot_id: str
    later_snapshot_id: str
    week_start: date
    earlier_minor: Minor
    later_minor: Minor
    residual_minor: Minor = Field(description="Always 0")
    by_cause: dict[str, Minor]
    parts: list[BridgePart]
    surprises: list[BridgePart] = Field(description="The three that changed the outlook most")
    weeks: list[date] = Field(description="Mondays that both forecasts project")


class Forecasts(BaseModel):
    """Earlier forecasts that are kept, newest first."""

    snapshot_ids: list[str]
