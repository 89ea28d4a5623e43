"""Open sessions: one's own and, for a firm admin, the firm's; ended one by one or all at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from execution.clock import FixedClock
from execution.errors import Forbidden, Invalid, NotFound, Unauthenticated
from execution.people.sessions import IDLE, short_id
from execution.service import ControlPlane
from tests.execution.service.test_staff import _as, _last


def test_everywhere_ends_ones_own_sessions_and_nobody_elses(plane: ControlPlane) -> None:
    mine = [plane.people.sign_in_demo("controller") for _ in range(3)]
    hers = plane.people.sign_in_demo("advisor")
    token = plane.people.issue_api_token(mine[0].principal, "script")
    assert len(plane.people.list_own_sessions(mine[0].principal)) == 3
    assert plane.people.sign_out_everywhere(mine[0].principal) == 3
    for one in mine:
        with pytest.raises(Unauthenticated, match="was ended"):
            plane.people.principal_for(one.token)
    assert plane.people.principal_for(hers.token) and plane.people.principal_for_api_token(token)
    assert _last(plane)["action"] == "session.ended" and len(_last(plane)["inputs"]["sessions"]) == 3


def test_one_session_is_ended_by_its_owner_or_a_firm_admin(plane: ControlPlane) -> None:
    first, second = (plane.people.sign_in_demo("controller") for _ in range(2))
    with pytest.raises(NotFound) as absent:
        plane.people.end_own_session(_as(plane, "advisor"), short_id(first.principal.session_id))
    with pytest.raises(NotFound) as none:
        plane.people.end_own_session(_as(plane, "advisor"), "0" * 12)
    assert str(absent.value).replace(short_id(first.principal.session_id), "…") == str(none.value).replace(
        "0" * 12, "…"
    )
    plane.people.end_own_session(second.principal, short_id(first.principal.session_id))
    with pytest.raises(Unauthenticated):
        plane.people.principal_for(first.token)
    admin = _as(plane, "firm_admin")
    plane.people.end_session(admin, short_id(second.principal.session_id))
    with pytest.raises(Unauthenticated):
        plane.people.principal_for(second.token)
    with pytest.raises(NotFound):
        plane.people.end_session(_as(plane, "stranger"), short_id(admin.session_id))


def test_an_idle_session_is_not_listed(plane: ControlPlane) -> None:
    plane.people.sign_in_demo("controller")
    assert isinstance(plane.machine_clock, FixedClock)
    plane.machine_clock.at += IDLE + timedelta(seconds=1)
    found = plane.people.list_sessions(_as(plane, "firm_admin"))
    assert [one.person_id for one in found] == ["firm_admin"]


def test_a_read_only_token_reads_and_does_nothing_else(plane: ControlPlane) -> None:
    carl = _as(plane, "controller")
    token = plane.people.issue_api_token(carl, "report", is_read_only=True, life_days=7)
    program = plane.people.principal_for_api_token(token)
    assert (program.role, program.via) == ("controller", "read")
    assert plane.clients.list(program)
    for act in (
        lambda: plane.people.issue_api_token(program, "more"),
        lambda: plane.people.sign_out_everywhere(program),
        lambda: plane.hygiene.decide(program, "c1", "item", "dismiss", "seen"),
    ):
        with pytest.raises(Forbidden, match="only reads"):
            act()
    with pytest.raises(Invalid, match="choose one"):
        plane.people.issue_api_token(carl, "both", is_read_only=True, is_agent=True)
    with pytest.raises(Invalid, match="1 to 90"):
        plane.people.issue_api_token(carl, "long", life_days=91)


def test_a_token_tells_when_it_was_used_to_the_minute_and_keeps_its_life(plane: ControlPlane) -> None:
    carl = _as(plane, "controller")
    token = plane.people.issue_api_token(carl, "report", is_read_only=True, life_days=7)
    [before] = plane.people.list_own_api_tokens(carl)
    assert before.last_used_at is None and before.ended_at - before.created_at == timedelta(days=7)
    plane.people.principal_for_api_token(token)
    [once] = plane.people.list_own_api_tokens(carl)
    assert isinstance(plane.machine_clock, FixedClock)
    plane.machine_clock.at += timedelta(seconds=30)
    plane.people.principal_for_api_token(token)
    assert plane.people.list_own_api_tokens(carl) == [once] and once.last_used_at is not None
    plane.people.rotate_own_api_token(carl, once.token_id)
    new = next(one for one in plane.people.list_own_api_tokens(carl) if one.token_id != once.token_id)
    assert new.acts_as == "read" and new.ended_at - new.created_at == timedelta(days=7)
