"""What a firm reads: the hygiene queue of all clients, and one client's digest."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.api.access import Client, Firm, Reader
from app.queries import bills, cash, hygiene, portfolio, rails, variances

router = APIRouter(prefix="/advisor/{advisor_id}", tags=["advisor"])


class Evidence(BaseModel):
    """Which snapshot answered, and how old it is."""

    snapshot_id: str
    published_at: datetime
    as_of_at: datetime
    newer_build_refused: str | None = Field(None, description="Why a newer build was not published, if one was refused")


class HygienePage(BaseModel):
    """Open issues of the firm's clients, worst first. Amounts are integers of minor units."""

    evidence: Evidence
    items: list[dict[str, Any]]
    total: int
    next_offset: int | None


class Digest(BaseModel):
    """One client's digest: state, then variance, then what is next. Amounts are integers of minor units."""

    evidence: Evidence
    state: dict[str, Any]
    variances: list[dict[str, Any]]
    receivables_aging: list[dict[str, Any]]
    payables_aging: list[dict[str, Any]]
    weeks_2_to_4: dict[str, Any] | None
    weeks_5_to_13: dict[str, Any] | None
    rails: list[dict[str, Any]]
    next_actions: list[dict[str, Any]]


def evidence(published: Firm) -> Evidence:
    """The stamp that every answer carries."""
    return Evidence(
        snapshot_id=published.snapshot_id,
        published_at=published.published_at,
        as_of_at=published.as_of_at,
        newer_build_refused=published.refusal.reason if published.refusal else None,
    )


@router.get("/hygiene")
def hygiene_queue(
    published: Firm,
    reader: Reader,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> HygienePage:
    """Cross-rail issues of every client that you serve, in the order in which to mend them."""
    items = hygiene.firm_hygiene_items(reader)
    page = items[offset : offset + limit]
    following = offset + limit if offset + limit < len(items) else None
    return HygienePage(evidence=evidence(published), items=list(page), total=len(items), next_offset=following)


@router.get("/clients/{client_id}/digest")
def digest(published: Firm, reader: Reader, client_id: Client) -> Digest:
    """Are we okay, what changed, what is next: the figures of the Digest page."""
    state = portfolio.portfolio_client(reader, client_id)
    return Digest(
        evidence=evidence(published),
        state=state or {},
        variances=list(variances.variances(reader, client_id)),
        receivables_aging=list(bills.aging(reader, client_id, "receivable")),
        payables_aging=list(bills.aging(reader, client_id, "payable")),
        weeks_2_to_4=cash.horizon(reader, client_id, 2, 4),
        weeks_5_to_13=cash.horizon(reader, client_id, 5, 13),
        rails=list(rails.rail_health(reader, client_id)),
        next_actions=list(hygiene.hygiene_items(reader, client_id))[:5],
    )
