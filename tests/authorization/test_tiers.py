"""Tier × role × function and page: what a tier takes away is listed here by rule, and a check or a stop never is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.navigation import SURFACES
from execution.people.permissions import HUMAN_ROLES, Verb
from execution.service.declared import declaration
from execution.store.tables import advisor
from tests.authorization.asking import ask
from tests.authorization.expected import allowed
from tests.authorization.world import HARBOR, OWN, Walls, walls
from tests.execution.service.functions import asked_by_people

# The functions of smart alone, by what the tier is sold as. Lists are asked with one line here, which is the ritual.
SMART_ONLY = {
    "outlook.what_if", "outlook.scenarios", "outlook.compare", "outlook.save_scenario", "outlook.restore_scenario",
    "outlook.earlier_forecasts", "outlook.revision",
    "payouts.schedule_proposals", "payouts.propose_schedule", "payouts.add_recurring", "payouts.resume_recurring",
}  # fmt: skip
# With more than one line, or for an agent.
SMART_WITH = {"payouts.propose_all", "payouts.approve_all", "payouts.release_all", "payouts.approve_bills",
              "people.issue_api_token"}  # fmt: skip
# What stops, takes back, ends or proves: never in any tier.
SAFETY = {Verb.HOLD, Verb.REJECT, Verb.CANCEL, Verb.CLOSE, Verb.UNFREEZE, Verb.VERIFY_PAYEE, Verb.BREAK_GLASS,
          Verb.REISSUE, Verb.SEE_AUDIT, Verb.EXPORT_AUDIT, Verb.SIGN_OUT, Verb.MANAGE_PEOPLE, Verb.MANAGE_CLIENTS,
          Verb.EDIT_POLICY, Verb.APPROVE_POLICY, Verb.DECIDE_HYGIENE, Verb.RULE, Verb.RULE_FOR_FIRM}  # fmt: skip
STOPS = ("pause", "end", "unplan", "withdraw", "delete", "revoke", "undo", "hold", "reject", "cancel", "roll_back")


@pytest.fixture(scope="module", params=["basic", "smart"])
def tiered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Walls]]:
    """The world of the walls, its firm in each tier."""
    folder: Path = tmp_path_factory.mktemp(f"tier_{request.param}")
    with walls(folder) as made:
        with made.plane.store.begin() as cx:
            cx.execute(sa.update(advisor).where(advisor.c.advisor_id == HARBOR).values(tier=request.param))
        made.keep()
        yield request.param, made


@pytest.mark.parametrize("role", HUMAN_ROLES)
def test_each_function_answers_as_its_tier_and_role_promise(tiered: tuple[str, Walls], role: str) -> None:
    tier, world = tiered
    wrong = []
    for name, function in asked_by_people(world.plane).items():
        says = declaration(function)
        assert says is not None and says.verb is not None
        outcome = ask(world, name, function, world.people[role], world.records[OWN])
        if says.verb not in allowed()[role]:
            expected = "Forbidden"
        elif tier == "basic" and name in SMART_ONLY:
            expected = "NotInTier"
        else:
            expected = ""
        if expected and outcome.error != expected:
            wrong.append(f"{name}: expected {expected}, answered {outcome}")
        if not expected and outcome.error in ("Forbidden", "NotInTier"):
            wrong.append(f"{name}: {tier} {role} may, answered {outcome}")
        world.restore()
    assert not wrong, "\n".join(wrong)


def test_no_gate_stands_before_a_check_a_stop_or_a_look_back(tiered: tuple[str, Walls]) -> None:
    gated = {
        name: says
        for name, function in asked_by_people(tiered[1].plane).items()
        if (says := declaration(function)) and says.gate is not None
    }
    assert set(gated) == SMART_ONLY | SMART_WITH
    for name, says in gated.items():
        assert says.verb not in SAFETY, name
        assert not name.split(".")[1].startswith(STOPS), name


def test_one_line_is_the_ritual_and_two_are_a_list(tiered: tuple[str, Walls]) -> None:
    """Every gate that looks at the arguments lets one through and stops two; a flag that is not set is no feature."""
    for name, function in asked_by_people(tiered[1].plane).items():
        if name not in SMART_WITH:
            continue
        gate = declaration(function).gate  # type: ignore[union-attr]
        assert gate is not None
        one = {"source_bill_ids": ["b1"], "payloads": {"p1": "x"}, "is_agent": False}
        many = {"source_bill_ids": ["b1", "b2"], "payloads": {"p1": "x", "p2": "y"}, "is_agent": True}
        assert (gate.stands(one), gate.stands(many)) == (False, True), name


def test_every_page_of_the_ritual_is_in_both_tiers() -> None:
    ritual = {"portfolio", "hygiene", "decisions", "digest", "outlook", "rails", "reconciliation", "verification",
              "policies", "people", "audit", "lineage", "account"}  # fmt: skip
    assert ritual <= {surface.url for surface in SURFACES}
