"""Over the API a firm of the basic tier has the ritual; what is more answers 403 with what it is and how to get it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from execution.store.tables import advisor
from tests.app.api.firms import HARBOR, World
from tests.app.api.test_outlook import LATER

# (role, method, path, body): one route for each feature that only smart has.
SMART = [
    ("analyst", "post", "/outlook/what-if", {"moves": [LATER]}),
    ("analyst", "get", "/outlook/revision", None),
    ("advisor", "post", "/scenarios", {"name": "Later", "moves": [LATER]}),
    ("bookkeeper", "get", "/schedule", None),
    ("bookkeeper", "post", "/batches", {"verb": "propose", "source_bill_ids": ["qbo:001", "qbo:003"]}),
]
RITUAL = [
    ("analyst", "get", "/outlook", None),
    ("bookkeeper", "get", "/pay-terms", None),
    ("controller", "get", "/waiting", None),
    ("bookkeeper", "post", "/batches", {"verb": "propose", "source_bill_ids": ["qbo:003"]}),
]


def be(world: World, tier: str) -> None:
    with world.plane.store.begin() as cx:
        cx.execute(sa.update(advisor).where(advisor.c.advisor_id == HARBOR).values(tier=tier))


def ask(world: World, role: str, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
    headers = world.bearer(role, key="act-000001")
    url = f"/advisor/{HARBOR}/clients/c01{path}"
    answer = (
        world.http.post(url, json=body, headers=headers) if method == "post" else world.http.get(url, headers=headers)
    )
    return answer.status_code, answer.json()


@pytest.mark.parametrize(("role", "method", "path", "body"), SMART)
def test_a_feature_of_smart_is_refused_in_basic_and_says_how_to_get_it(
    world: World, role: str, method: str, path: str, body: Any
) -> None:
    be(world, "basic")
    status, told = ask(world, role, method, path, body)
    assert (status, told["code"]) == (403, "tier"), told
    assert "smart tier" in told["detail"] and "People page" in told["detail"]
    be(world, "smart")
    status, told = ask(world, role, method, path, body)
    assert told.get("code") != "tier", told


@pytest.mark.parametrize(("role", "method", "path", "body"), RITUAL)
def test_the_ritual_is_in_both_tiers(world: World, role: str, method: str, path: str, body: Any) -> None:
    be(world, "basic")
    status, told = ask(world, role, method, path, body)
    assert status < 300, told


def test_a_refusal_for_the_tier_is_audited_and_a_role_is_told_of_its_role_first(world: World) -> None:
    be(world, "basic")
    dates = {"dates": {"qbo:003": "2026-12-01"}}
    assert ask(world, "analyst", "post", "/schedule/proposals", dates)[1]["code"] != "tier"
    assert ask(world, "bookkeeper", "post", "/schedule/proposals", dates)[1]["code"] == "tier"
    assert any("smart tier" in str(event.inputs) for event in world.events())
