"""Policies over the API: drafted, refused with the bounds, agreed to by another person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.api.firms import HARBOR, World

PATH = f"/advisor/{HARBOR}/clients/c01/policy"
BODY = {"changes": {"runway_days_floor": 7, "automatic_payouts": True}, "reason": "a week of cash at least"}


def draft(world: World, role: str, body: Any, path: str = PATH) -> Any:
    return world.http.post(f"{path}/drafts", json=body, headers=world.bearer(role))


def test_a_draft_is_shown_with_its_changes_and_agreed_to(world: World) -> None:
    before = world.http.get(PATH, headers=world.bearer("analyst")).json()
    assert before["version"] == 1 and before["rules"]["runway_days_floor"] == 0 and before["approved_by"] is None
    made = draft(world, "firm_admin", BODY)
    assert made.status_code == 201, made.text
    told = made.json()
    assert told["changes"] == [
        {"rule": "automatic_payouts", "before": False, "after": True},
        {"rule": "runway_days_floor", "before": 0, "after": 7},
    ]
    assert world.http.get(f"{PATH}/drafts", headers=world.bearer("controller")).json()["drafts"] == [told]
    yes = f"{PATH}/drafts/{told['draft_id']}/approve"
    own = world.http.post(yes, headers=world.bearer("firm_admin"))
    assert own.status_code == 409 and "may not agree" in own.json()["detail"]
    assert world.http.post(yes, headers=world.bearer("controller")).status_code == 403
    agreed = world.http.post(yes, headers=world.bearer("advisor"))
    assert agreed.status_code == 200 and agreed.json()["approved_by"] == "advisor"
    assert world.http.get(PATH, headers=world.bearer("analyst")).json() == agreed.json()
    versions = world.http.get(f"{PATH}/versions", headers=world.bearer("analyst")).json()["versions"]
    assert [one["version"] for one in versions] == [2, 1] and versions[1] == before


@pytest.mark.parametrize(
    ("role", "change", "status", "says"),
    [
        ("controller", {}, 403, "edit policy"),
        ("firm_admin", {"changes": {"buffr": 1}}, 422, "no rule 'buffr'"),
        ("firm_admin", {"changes": {"lead_business_days": 1}}, 422, "from 2 to 30"),
        ("firm_admin", {"changes": {"buffer_minor": "many"}}, 422, "buffer_minor"),
        ("firm_admin", {"changes": {"buffer_minor": 1.5}}, 422, "buffer_minor"),
        ("firm_admin", {"changes": {}}, 422, ""),
        ("firm_admin", {"reason": ""}, 422, ""),
        ("firm_admin", {"changes": {"runway_days_floor": 0}}, 409, "nothing would change"),
        ("firm_admin", {"effective_at": "2031-01-01T00:00:00Z"}, 422, "ninety days"),
    ],
)
def test_refusals_name_the_field(world: World, role: str, change: dict[str, Any], status: int, says: str) -> None:
    answer = draft(world, role, BODY | change)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json" and says in answer.text


def test_another_firms_client_reads_as_absent_and_a_withdrawn_draft_is_gone(world: World) -> None:
    assert draft(world, "firm_admin", BODY, PATH.replace("c01", "c03")).status_code == 404
    told = draft(world, "firm_admin", BODY).json()
    gone = world.http.post(f"{PATH}/drafts/{told['draft_id']}/withdraw", headers=world.bearer("firm_admin"))
    assert gone.status_code == 204
    again = world.http.post(f"{PATH}/drafts/{told['draft_id']}/approve", headers=world.bearer("advisor"))
    assert again.status_code == 404
