"""Permits over the API: asked, confirmed by another person with a fresh sign-in, taken back, refused in plain words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.api.firms import HARBOR, World
from tests.app.api.test_bad_input import proposed

WHY = "The yearly rent is due in one sum"


@pytest.fixture
def path(world: World) -> str:
    return f"/advisor/{HARBOR}/payouts/{proposed(world).payout_id}/permits"


def post(world: World, role: str, path: str, **body: Any) -> Any:
    return world.http.post(path, json=body, headers=world.bearer(role))


def test_asked_confirmed_shown_and_taken_back(world: World, path: str) -> None:
    asked = post(world, "controller", path, guard_id="limits", reason=WHY, life_minutes=60)
    assert asked.status_code == 201, asked.text
    told = asked.json()
    assert (told["state"], told["asked_by_name"], told["expires_at"]) == ("asked", "Controller", None)
    own = post(world, "controller", f"{path}/{told['permit_id']}/confirm")
    assert own.status_code == 409 and "may not confirm" in own.json()["detail"]
    given = post(world, "advisor", f"{path}/{told['permit_id']}/confirm")
    assert given.status_code == 200 and given.json()["state"] == "in force"
    seen = world.http.get(path, headers=world.bearer("analyst")).json()
    assert (
        seen["permits"] == [given.json()] and "limits" in seen["liftable"] and "spendable_cash" not in seen["liftable"]
    )
    back = post(world, "firm_admin", f"{path}/{told['permit_id']}/revoke")
    assert back.json()["state"] == "revoked"
    actions = [event.action for event in world.events() if event.action.startswith("permit.")]
    assert actions == ["permit.revoked", "permit.given", "permit.confirm_refused", "permit.asked"]


def test_an_api_token_confirms_nothing(world: World, path: str) -> None:
    told = post(world, "controller", path, guard_id="limits", reason=WHY).json()
    token = world.plane.people.issue_api_token(world.person("advisor"), "script")
    answer = world.http.post(f"{path}/{told['permit_id']}/confirm", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 409 and "An API token cannot confirm a permit" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("role", "body", "status", "says"),
    [
        ("controller", {"guard_id": "spendable_cash", "reason": WHY}, 409, "Nobody lifts"),
        ("controller", {"guard_id": "cash", "reason": WHY}, 422, "no guard"),
        ("controller", {"guard_id": "limits", "reason": "soon"}, 422, "reason"),
        ("controller", {"guard_id": "limits", "reason": WHY, "life_minutes": 1441}, 422, "1 to 1440"),
        ("bookkeeper", {"guard_id": "limits", "reason": WHY}, 403, "break glass"),
        ("controller", {"guard_id": "limits"}, 422, ""),
    ],
)
def test_refusals(world: World, path: str, role: str, body: dict[str, Any], status: int, says: str) -> None:
    answer = post(world, role, path, **body)
    assert answer.status_code == status and says in answer.text, answer.text


def test_another_payout_and_permit_read_as_absent(world: World, path: str) -> None:
    assert post(world, "controller", f"{path}/none/confirm").status_code == 404
    assert world.http.get(f"/advisor/{HARBOR}/payouts/ffff/permits", headers=world.bearer("analyst")).status_code == 404
