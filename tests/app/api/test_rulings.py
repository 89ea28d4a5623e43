"""Rulings over the API: made, listed, revoked; refused in the same words and shape as everything else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.api.firms import HARBOR, World

MATCH = {
    "client_id": "c01",
    "subject": "match",
    "verb": "join",
    "left_key": "plaid|posting|post00",
    "right_key": "qbo|bill_payment|7",
    "reason": "the vendor confirmed it",
}


def rule(world: World, role: str, body: Any, firm: str = HARBOR) -> Any:
    return world.http.post(f"/advisor/{firm}/rulings", json=body, headers=world.bearer(role))


def test_a_ruling_is_made_listed_and_revoked(world: World) -> None:
    made = rule(world, "bookkeeper", MATCH)
    assert made.status_code == 201, made.text
    told = made.json()
    assert told["decided_by_name"] == "Bookkeeper" and told["revoked_at"] is None and told["effective_date"]
    listed = f"/advisor/{HARBOR}/clients/c01/rulings"
    seen = world.http.get(listed, headers=world.bearer("analyst")).json()["rulings"]
    assert seen == [told]
    again = rule(world, "controller", MATCH)
    assert again.status_code == 409 and told["ruling_id"] in again.json()["detail"]
    path = f"/advisor/{HARBOR}/rulings/{told['ruling_id']}/revoke"
    revoked = world.http.post(path, json={"reason": "wrong"}, headers=world.bearer("bookkeeper"))
    assert revoked.status_code == 200 and revoked.json()["revoked_at"]
    twice = world.http.post(path, json={}, headers=world.bearer("bookkeeper"))
    assert (twice.status_code, twice.json()["code"]) == (409, "conflict")
    assert world.http.get(listed, headers=world.bearer("analyst")).json()["rulings"] == []
    past = world.http.get(f"{listed}?revoked_too=true", headers=world.bearer("analyst")).json()["rulings"]
    assert [one["ruling_id"] for one in past] == [told["ruling_id"]]
    actions = [event.action for event in world.events() if event.action.startswith("ruling.")]
    assert actions == ["ruling.revoke_refused", "ruling.revoked", "ruling.rule_refused", "ruling.join"]


@pytest.mark.parametrize(
    ("role", "change", "firm", "status"),
    [
        ("analyst", {}, HARBOR, 403),
        ("bookkeeper", {"client_id": None, "subject": "counterparty", "left_key": "text|a"}, HARBOR, 403),
        ("controller", {"client_id": "c03"}, HARBOR, 404),
        ("controller", {}, "other", 404),
        ("controller", {"left_key": "bank line 7"}, HARBOR, 422),
        ("controller", {"subject": 7}, HARBOR, 422),
        ("controller", {"colour": "red"}, HARBOR, 422),
    ],
)
def test_refusals_are_problem_documents_with_a_row(
    world: World, role: str, change: dict[str, Any], firm: str, status: int
) -> None:
    answer = rule(world, role, MATCH | change, firm)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json" and answer.json()["detail"]
    assert [event.to_state for event in world.events() if event.actor_role == role].count("refused") == 1
