"""Thirteen weeks ahead: the projection, what-if scenarios, and what changed since an earlier forecast."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from app.api import outlook_shapes as shapes
from app.api.access import Caller, Client, RecordId, SignedInRoute
from app.api.payout_shapes import IdempotencyKey, of
from app.api.shapes import problems

REFUSALS = problems(
    s401="No live token",
    s403="Your role may not keep scenarios; `detail` names who may",
    s404="No such firm, client or scenario within your reach; another firm's reads the same",
    s409="No projection is published yet, there is no earlier forecast, or the name is taken by another scenario",
    s413="The body is above 256 KiB",
    s422="A field or a move is not right; `detail` or `errors` names it and what would be",
)
SnapshotId = Annotated[str | None, Query(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._-]+$")]
ScenarioIds = Annotated[list[str], Query(alias="scenario_id", min_length=1, max_length=6)]
router = APIRouter(
    prefix="/advisor/{advisor_id}/clients/{client_id}", tags=["outlook"], route_class=SignedInRoute, responses=REFUSALS
)


@router.get("/outlook", summary="The coming thirteen weeks")
def outlook(request: Request, client_id: Client, caller: Caller) -> shapes.Outlook:
    """Weeks with their likely range, and every source line that they add up from."""
    return _outlook(request.app.state.plane.outlook.forecast(caller, client_id))


@router.post("/outlook/what-if", summary="Try a scenario out")
def what_if(request: Request, client_id: Client, caller: Caller, body: shapes.Moves) -> shapes.WhatIf:
    """The weeks as they would be. The order of the moves never matters, and nothing is kept."""
    found = request.app.state.plane.outlook.what_if(caller, client_id, body.moves)
    return shapes.WhatIf(
        base=_outlook(found.base), scenario=_outlook(found.scenario), lowest_delta_minor=found.lowest_delta_minor
    )


@router.get("/outlook/forecasts", summary="Earlier forecasts that are kept")
def forecasts(request: Request, client_id: Client, caller: Caller) -> shapes.Forecasts:
    """Their snapshot ids, to compare the current forecast with."""
    return shapes.Forecasts(snapshot_ids=list(request.app.state.plane.outlook.earlier_forecasts(caller, client_id)))


@router.get("/outlook/revision", summary="What changed since an earlier forecast")
def revision(
    request: Request,
    client_id: Client,
    caller: Caller,
    since: SnapshotId = None,
    week_start: Annotated[date | None, Query(description="A Monday; left out: the last that both project")] = None,
) -> shapes.Revision:
    """The difference of a week's closing balance by source line and cause; the parts sum to it to the cent."""
    found = request.app.state.plane.outlook.revision(caller, client_id, since, week_start)
    kept = ("week_start", "earlier_minor", "later_minor", "residual_minor", "by_cause")
    return shapes.Revision(
        earlier_snapshot_id=found.earlier.snapshot_id,
        later_snapshot_id=found.later.snapshot_id,
        parts=[of(shapes.BridgePart, part) for part in found.bridge.parts],
        surprises=[of(shapes.BridgePart, part) for part in found.surprises],
        weeks=list(found.weeks),
        **{name: getattr(found.bridge, name) for name in kept},
    )


@router.get("/scenarios", summary="Kept scenarios")
def scenarios(request: Request, client_id: Client, caller: Caller) -> shapes.ScenarioList:
    """By name."""
    found = request.app.state.plane.outlook.scenarios(caller, client_id)
    return shapes.ScenarioList(scenarios=[of(shapes.Scenario, one) for one in found])


@router.post("/scenarios", status_code=201, summary="Keep a scenario")
def save_scenario(
    request: Request, client_id: Client, caller: Caller, body: shapes.NewScenario, idempotency_key: IdempotencyKey
) -> shapes.Scenario:
    """Moves under a name. They are read against whatever forecast is current."""
    saved = request.app.state.plane.outlook.save_scenario(
        caller, client_id, body.name, body.moves, once=idempotency_key
    )
    return of(shapes.Scenario, saved)


@router.get("/scenarios/compare", summary="Scenarios side by side")
def compare(request: Request, client_id: Client, caller: Caller, scenario_ids: ScenarioIds) -> shapes.Comparison:
    """Up to six scenarios on the current forecast."""
    plane = request.app.state.plane
    found = plane.outlook.compare(caller, client_id, scenario_ids)
    return shapes.Comparison(
        base=of(shapes.Headline, found[0].what_if.base.headline),
        compared=[
            shapes.Compared(
                scenario=of(shapes.Scenario, one.scenario),
                headline=of(shapes.Headline, one.what_if.scenario.headline),
                lowest_delta_minor=one.what_if.lowest_delta_minor,
                weeks=[of(shapes.OutlookWeek, week) for week in one.what_if.scenario.weeks],
            )
            for one in found
        ],
    )


@router.post("/scenarios/{scenario_id}/delete", summary="Delete a scenario")
def delete_scenario(request: Request, client_id: Client, scenario_id: RecordId, caller: Caller) -> shapes.Scenario:
    """It leaves the list and can be brought back."""
    return of(shapes.Scenario, request.app.state.plane.outlook.delete_scenario(caller, client_id, scenario_id))


@router.post("/scenarios/{scenario_id}/restore", summary="Bring a scenario back")
def restore_scenario(request: Request, client_id: Client, scenario_id: RecordId, caller: Caller) -> shapes.Scenario:
    """As it was before it was deleted."""
    return of(shapes.Scenario, request.app.state.plane.outlook.restore_scenario(caller, client_id, scenario_id))


def _outlook(found: Any) -> shapes.Outlook:
    kept = ("snapshot_id", "as_of", "currency_code", "opening_minor", "buffer_minor")
    return shapes.Outlook(
        headline=of(shapes.Headline, found.headline),
        weeks=[of(shapes.OutlookWeek, week) for week in found.weeks],
        lines=[of(shapes.OutlookLine, line) for line in found.lines],
        suspected=[of(shapes.OutlookLine, line) for line in found.suspected],
        **{name: getattr(found, name) for name in kept},
    )
