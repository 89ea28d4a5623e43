"""A firm's tier: changed by two admins; it gates features at the service's door and never what stops or looks."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from execution.errors import Conflict, Forbidden, Invalid, NotFound, NotInTier
from execution.people import AtMachine
from execution.service import ControlPlane
from execution.store.tables import advisor
from execution.tenancy.modes import Mode
from execution.tenancy.tiers import Feature
from tests.execution.service.test_staff import _as, _last

AT_MACHINE = AtMachine("root", "firm")


def _second_admin(plane: ControlPlane) -> str:
    made = plane.people.add_person(AT_MACHINE, "Olga", "olga@example.com", "firm_admin")
    assert made.request_id is None
    return made.person_id


def _tier(plane: ControlPlane) -> str:
    with plane.store.read() as connection:
        return str(connection.execute(sa.select(advisor.c.tier).where(advisor.c.advisor_id == "firm")).scalar_one())


def test_another_tier_takes_two_admins_up_and_down(plane: ControlPlane) -> None:
    admin, second = _as(plane, "firm_admin"), _second_admin(plane)
    waits = plane.tiers.ask(admin, "basic", "we only do the ritual").waiting
    assert waits is not None and _tier(plane) == "smart"
    with pytest.raises(Forbidden, match="asked for this tier yourself"):
        plane.tiers.confirm(admin, waits.request_id)
    with pytest.raises(Conflict, match="already"):
        plane.tiers.ask(_as(plane, second), "basic", "too")
    with pytest.raises(NotFound):
        plane.tiers.confirm(_as(plane, "stranger"), waits.request_id)
    with pytest.raises(Forbidden, match="not the operator"):
        plane.tiers.confirm(AT_MACHINE, waits.request_id)
    told = plane.tiers.confirm(_as(plane, second), waits.request_id)
    assert told.tier == _tier(plane) == "basic" and told.waiting is None
    assert not any(one.is_there for one in told.features)
    event = _last(plane)
    assert (event["action"], event["from"], event["to"]) == ("firm.tier_changed", "smart", "basic")
    assert event["inputs"]["asked_by"] == "firm_admin"


def test_the_operator_acts_alone_only_while_admins_are_few(plane: ControlPlane) -> None:
    assert plane.tiers.ask(AT_MACHINE, "basic", "as agreed").tier == "basic"
    _second_admin(plane)
    assert plane.tiers.ask(AT_MACHINE, "smart", "as agreed").tier == "basic"


@pytest.mark.parametrize(("tier", "reason"), [("gold", "x"), ("basic", " "), ("basic", "x" * 501)])
def test_a_request_names_a_tier_and_a_reason(plane: ControlPlane, tier: str, reason: str) -> None:
    with pytest.raises(Invalid):
        plane.tiers.ask(_as(plane, "firm_admin"), tier, reason)


def test_basic_has_no_agents_and_the_refusal_says_how_to_get_them(plane: ControlPlane) -> None:
    carl = _as(plane, "controller")
    agent = plane.people.issue_api_token(carl, "intake", is_agent=True)
    plane.tiers.ask(AT_MACHINE, "basic", "as agreed")
    for act in (
        lambda: plane.people.issue_api_token(carl, "intake", is_agent=True),
        lambda: plane.people.issue_api_token_at_machine(AT_MACHINE, "controller", "intake", is_agent=True),
        lambda: plane.people.principal_for_api_token(agent),
    ):
        with pytest.raises(NotInTier, match="smart tier.*People page"):
            act()
    assert plane.people.issue_api_token(carl, "own")
    assert plane.tiers.in_force(carl).tier == "basic"
    assert len(plane.tiers.in_force(carl).features) == len(Feature)


def test_a_mode_is_set_by_an_advisor_and_written_down(plane: ControlPlane) -> None:
    ada = _as(plane, "advisor")
    assert plane.clients.mode_of(ada, "c1").mode == Mode.MANAGED
    set_to = plane.clients.set_mode(ada, "c1", "silent", "the owner asked for less")
    assert set_to.alerts and set_to.opens == "digest"
    assert {i: m.mode for i, m in plane.clients.modes(ada).items()} == {"c1": Mode.SILENT, "c2": Mode.MANAGED}
    event = _last(plane)
    assert (event["action"], event["from"], event["to"], event["client"]) == (
        "client.mode_set", "managed", "silent", "c1",
    )  # fmt: skip
    with pytest.raises(Conflict):
        plane.clients.set_mode(ada, "c1", "silent")
    with pytest.raises(Invalid):
        plane.clients.set_mode(ada, "c1", "loud")
    with pytest.raises(Forbidden):
        plane.clients.set_mode(_as(plane, "controller"), "c1", "active")
    with pytest.raises(NotFound):
        plane.clients.set_mode(ada, "x1", "active")
