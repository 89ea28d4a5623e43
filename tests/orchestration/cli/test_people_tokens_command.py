"""`rowcol people token`: the operator issues, an owner replaces, an admin ends; the token is shown once."""

from __future__ import annotations

import pytest

from execution.service import ControlPlane
from tests.orchestration.cli.test_people_command import add, home, people, plane

__all__ = ["home", "plane"]


def issued(*arguments: str) -> str:
    return people("token", *arguments).rsplit(" ", 1)[1]


def test_a_token_is_issued_listed_replaced_and_ended(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    add("Carl", "controller")
    token = issued("issue", "carl@harbor.test", "--name", "intake", "--agent")
    agent = plane.people.principal_for_api_token(token)
    assert (agent.name, agent.role, agent.for_role) == ("Carl", "agent", "controller")
    listed = people("token", "list")
    token_id = next(word for word in listed.split() if len(word) == 12)
    assert "Carl intake agent" in listed and token not in listed
    second = issued("rotate", token_id)
    assert plane.people.principal_for_api_token(second).role == "agent"
    assert listed.count("Carl") == 1 and people("token", "list").count("Carl") == 2
    people("token", "revoke", token_id)
    with pytest.raises(Exception, match="was ended"):
        plane.people.principal_for_api_token(token)
    people("token", "revoke", token_id, fails="no live API token")


def test_a_program_replaces_itself_and_issues_none(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    add("Carl", "controller")
    token = issued("issue", "carl@harbor.test", "--name", "script")
    token_id = next(word for word in people("token", "list").split() if len(word) == 12)
    monkeypatch.setenv("ROWCOL_API_TOKEN", token)
    people("token", "issue", "carl@harbor.test", "--name", "more", fails="gives out no further ones")
    people("token", "list", fails="a controller may not manage people")
    monkeypatch.setenv("ROWCOL_API_TOKEN", issued("rotate", token_id))
    people("token", "rotate", token_id, fails="replaces itself only")


def test_whom_it_cannot_be_issued_to(plane: ControlPlane) -> None:
    add("Nina", "analyst")
    people("token", "issue", "nina@harbor.test", "--name", "x", fails="that role has no API token")
    people("token", "issue", "nobody@harbor.test", "--name", "x", fails="works for your firm")
