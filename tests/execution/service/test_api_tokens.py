"""API tokens: one person's name each, an agent's below its person, replaced with an overlap, ended at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from execution.clock import FixedClock
from execution.errors import Forbidden, Invalid, NotFound, Unauthenticated
from execution.people import AtMachine, Principal
from execution.people.api_tokens import LIFE, OVERLAP, token_id
from execution.people.assignments import recheck
from execution.people.permissions import ROLES, Verb, may
from execution.service import ControlPlane
from execution.store.tables import api_token
from tests.execution.plane import NOW
from tests.execution.service.test_staff import _as, _events, _last

AT_MACHINE = AtMachine("root", "firm")


def _opens(plane: ControlPlane, token: str) -> Principal | None:
    try:
        return plane.people.principal_for_api_token(token)
    except Unauthenticated:
        return None


def _later(plane: ControlPlane, by: timedelta) -> None:
    assert isinstance(plane.machine_clock, FixedClock)
    plane.machine_clock.at += by


def test_a_persons_token_has_their_role_and_an_agents_has_its_own(plane: ControlPlane) -> None:
    own = plane.people.issue_api_token(_as(plane, "controller"), "month end")
    agents = plane.people.issue_api_token(_as(plane, "controller"), "intake", is_agent=True)
    assert own.startswith("rc_") and agents.startswith("rc_agent_")
    person, agent = _opens(plane, own), _opens(plane, agents)
    assert person and agent
    assert (person.role, person.via, person.for_role) == ("controller", "api", "")
    assert (agent.role, agent.via, agent.for_role) == ("agent", "agent", "controller")
    assert agent.person_id == person.person_id and agent.client_ids == person.client_ids
    told = _last(plane)
    assert told["action"] == "api_token.issued" and told["inputs"]["token_id"] == token_id(agents)
    assert agents not in str(_events(plane)) and told["inputs"]["is_agent"] is True


@pytest.mark.parametrize("role", [role for role in ROLES if may(role, Verb.ISSUE_TOKEN)])
def test_an_agent_may_what_both_it_and_its_person_may(plane: ControlPlane, role: str) -> None:
    agent = _opens(plane, plane.people.issue_api_token(_as(plane, role), "intake", is_agent=True))
    assert agent is not None
    for verb in Verb:
        with plane.store.read() as connection:
            if may("agent", verb) and may(role, verb):
                assert recheck(connection, agent, verb, NOW).role == "agent"
            else:
                with pytest.raises(Forbidden):
                    recheck(connection, agent, verb, NOW)


def test_a_program_gives_out_no_further_tokens(plane: ControlPlane) -> None:
    for is_agent in (False, True):
        program = _opens(plane, plane.people.issue_api_token(_as(plane, "controller"), "script", is_agent=is_agent))
        assert program is not None
        with pytest.raises(Forbidden):
            plane.people.issue_api_token(program, "another")
        assert _last(plane)["action"] == "people.issue_api_token_refused"
        assert _last(plane)["actor"]["via"] == program.via


def test_a_replaced_token_opens_for_another_hour(plane: ControlPlane) -> None:
    first = plane.people.issue_api_token(_as(plane, "controller"), "script")
    program = _opens(plane, first)
    assert program is not None
    second = plane.people.rotate_own_api_token(program, token_id(first))
    assert _opens(plane, first) and _opens(plane, second)
    _later(plane, OVERLAP)
    assert not _opens(plane, first) and _opens(plane, second)
    _later(plane, LIFE - OVERLAP)
    assert not _opens(plane, second)
    told = next(one for one in reversed(_events(plane)) if one["action"] == "api_token.rotated")
    assert told["inputs"]["replaces"] == token_id(first) and told["inputs"]["token_id"] == token_id(second)


def test_a_program_replaces_itself_only_and_nobody_anothers(plane: ControlPlane) -> None:
    mine = [plane.people.issue_api_token(_as(plane, "controller"), f"script {n}") for n in range(2)]
    program = _opens(plane, mine[0])
    assert program is not None
    with pytest.raises(Forbidden, match="replaces itself only"):
        plane.people.rotate_own_api_token(program, token_id(mine[1]))
    words = set()
    for wanted in (token_id(mine[0]), "0" * 12):
        for ask in (plane.people.rotate_own_api_token, plane.people.end_own_api_token):
            with pytest.raises(NotFound) as refused:
                ask(_as(plane, "advisor"), wanted)
            words.add(str(refused.value).replace(wanted, "…"))
    assert len(words) == 1, "a colleague's token and none at all must read alike"
    with pytest.raises(NotFound):
        plane.people.end_api_token(_as(plane, "stranger"), token_id(mine[0]))
    assert _opens(plane, mine[0]) and _opens(plane, mine[1])


def test_an_end_is_at_once_also_within_the_overlap(plane: ControlPlane) -> None:
    carl = _as(plane, "controller")
    old = plane.people.issue_api_token(carl, "script")
    new = plane.people.rotate_own_api_token(carl, token_id(old))
    assert {one.token_id for one in plane.people.list_own_api_tokens(carl)} == {token_id(old), token_id(new)}
    plane.people.end_own_api_token(carl, token_id(new))
    plane.people.end_api_token(_as(plane, "firm_admin"), token_id(old))
    assert not _opens(plane, old) and not _opens(plane, new)
    assert plane.people.list_api_tokens(AT_MACHINE) == []


def test_removal_ends_a_token_that_was_replaced_a_moment_ago(plane: ControlPlane) -> None:
    carl = _as(plane, "controller")
    old = plane.people.issue_api_token(carl, "script")
    plane.people.rotate_own_api_token(carl, token_id(old))
    plane.people.remove_person(_as(plane, "firm_admin"), "controller")
    with plane.store.read() as connection:
        ends = connection.execute(sa.select(api_token.c.revoked_at)).scalars().all()
    assert ends == [NOW, NOW]


def test_the_operator_issues_in_a_persons_name_and_is_written_down(plane: ControlPlane) -> None:
    token = plane.people.issue_api_token_at_machine(AT_MACHINE, "bookkeeper", "intake", is_agent=True)
    agent = _opens(plane, token)
    assert agent and (agent.person_id, agent.for_role) == ("bookkeeper", "bookkeeper")
    assert _last(plane)["actor"]["person"] == "operator:root" and _last(plane)["subject"]["id"] == "bookkeeper"
    assert _opens(plane, plane.people.rotate_api_token_at_machine(AT_MACHINE, token_id(token)))
    for person_id, error in (("analyst", Forbidden), ("stranger", NotFound)):
        with pytest.raises(error):
            plane.people.issue_api_token_at_machine(AT_MACHINE, person_id, "x")
        refused = _last(plane)
        assert refused["action"] == "people.issue_api_token_at_machine_refused"
        assert refused["inputs"]["given"]["account"] == "root"


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb"])
def test_a_token_has_a_name_on_one_line(plane: ControlPlane, name: str) -> None:
    with pytest.raises(Invalid, match="name"):
        plane.people.issue_api_token(_as(plane, "controller"), name)
