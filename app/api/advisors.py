"""What a firm reads: the hygiene queue of all clients, and one client's digest."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.access import Client, Firm, Reader, SignedInRoute
from app.api.shapes import (
    AgingBucket,
    ClientState,
    Digest,
    Evidence,
    Horizon,
    HygieneItem,
    HygienePage,
    RailState,
    Variance,
    problems,
)
from app.queries import bills, cash, hygiene, portfolio, rails, variances
from execution.errors import StaleData

REFUSALS = problems(
    s401="No live token",
    s404="No such firm or client within your reach; another firm's reads the same",
    s409="Nothing is published yet, or the snapshot was replaced while it was read",
    s422="A parameter is not right; `errors` names each",
)
router = APIRouter(prefix="/advisor/{advisor_id}", tags=["advisor"], route_class=SignedInRoute, responses=REFUSALS)


def evidence(published: Firm) -> Evidence:
    """The stamp that every answer carries."""
    return Evidence(
        snapshot_id=published.snapshot_id,
        published_at=published.published_at,
        as_of_at=published.as_of_at,
        newer_build_refused=published.refusal.reason if published.refusal else None,
    )


@router.get("/hygiene", summary="Hygiene queue of the firm")
def hygiene_queue(
    published: Firm,
    reader: Reader,
    limit: Annotated[int, Query(ge=1, le=500, description="Issues on one page")] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000, description="Issues to skip")] = 0,
) -> HygienePage:
    """Cross-rail issues of every client that you serve, in the order in which to mend them.

    Read on with `offset` = `next_offset` until it is null; an `evidence.snapshot_id` that changes between two pages
    tells that newer figures were published, and that the reading starts over.
    """
    items = hygiene.firm_hygiene_items(reader)
    page = [HygieneItem.model_validate(row) for row in items[offset : offset + limit]]
    following = offset + limit if offset + limit < len(items) else None
    return HygienePage(evidence=evidence(published), items=page, total=len(items), next_offset=following)


@router.get("/clients/{client_id}/digest", summary="Digest of a client")
def digest(published: Firm, reader: Reader, client_id: Client) -> Digest:
    """Are we okay, what changed, what is next: the figures of the Digest page."""
    state = portfolio.portfolio_client(reader, client_id)
    if state is None:
        raise StaleData(
            f"client {client_id} is not in the published figures yet; run `rowcol run --client {client_id}`"
        )
    near, far = cash.horizon(reader, client_id, 2, 4), cash.horizon(reader, client_id, 5, 13)
    aging = {
        side: [AgingBucket.model_validate(row) for row in bills.aging(reader, client_id, side)]
        for side in ("receivable", "payable")
    }
    return Digest(
        evidence=evidence(published),
        state=ClientState.model_validate(state),
        variances=[Variance.model_validate(row) for row in variances.variances(reader, client_id)],
        receivables_aging=aging["receivable"],
        payables_aging=aging["payable"],
        weeks_2_to_4=Horizon.model_validate(near) if near else None,
        weeks_5_to_13=Horizon.model_validate(far) if far else None,
        rails=[RailState.model_validate(row) for row in rails.rail_health(reader, client_id)],
        next_actions=[HygieneItem.model_validate(row) for row in hygiene.hygiene_items(reader, client_id)[:5]],
    )
