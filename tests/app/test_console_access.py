"""Who sees which page: the role matrix, landings, signing in and out, and one client's person among the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.navigation import LANDING, SURFACES, landing_for, surfaces_for
from tests.app.conftest import titled, words
from tests.app.small_plane import PEOPLE, SmallPlane

Visit = Callable[..., Any]
ALLOWED = [(p.person_id, s.url) for p in PEOPLE.values() for s in surfaces_for(p.role)]
DENIED = [(p.person_id, s.url) for p in PEOPLE.values() for s in SURFACES if p.role not in s.roles]
TITLES = {s.url: s.title for s in SURFACES}


@pytest.mark.parametrize(("person", "url"), ALLOWED)
def test_every_page_of_a_role_draws(visit: Visit, person: str, url: str) -> None:
    at = visit(person, url)
    assert not at.exception
    assert titled(at).startswith(TITLES[url])
    assert "As of" in words(at)
    assert "could not be drawn" not in words(at)


@pytest.mark.parametrize(("person", "url"), DENIED)
def test_a_page_of_another_role_leads_home(visit: Visit, person: str, url: str) -> None:
    at = visit(person, url)
    assert not titled(at).startswith(TITLES[url])


@pytest.mark.parametrize("person", list(PEOPLE))
def test_each_role_lands_on_what_it_comes_for(visit: Visit, person: str) -> None:
    at = visit(person)
    assert titled(at).startswith(TITLES[landing_for(PEOPLE[person].role)])
    assert LANDING[PEOPLE[person].role] in {s.url for s in surfaces_for(PEOPLE[person].role)}


def test_signed_out_every_address_asks_for_sign_in(visit: Visit) -> None:
    for url in (None, "portfolio", "audit"):
        at = visit(None, url)
        assert titled(at) == "Sign in"
        assert "Harbor Advisory" not in words(at)


def test_sign_in_as_a_demo_person_opens_the_landing(visit: Visit) -> None:
    at = visit(None)
    next(b for b in at.button if b.label == "Sign in as controller").click().run()
    assert titled(at).startswith("Decisions")


def test_the_demo_sign_in_is_not_there_in_live_mode(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit(None)
    assert any(b.label.startswith("Sign in as") for b in at.button)
    monkeypatch.setenv("ROWCOL_MODE", "live")
    at = visit(None)
    assert not at.button
    assert "No way to sign in is configured" in words(at)


def test_an_ended_session_signs_out_at_the_next_run(visit: Visit, plane: SmallPlane) -> None:
    at = visit("carl", "portfolio")
    plane.people.tokens.clear()
    at.run()
    assert titled(at) == "Sign in"
    assert "This session has ended" in words(at)


def test_a_person_of_one_client_never_sees_another(visit: Visit) -> None:
    for url in ("digest", "outlook"):
        at = visit("olu", url, client="c02")
        seen = words(at)
        assert "That client is not among yours" in seen
        assert "Northfield" not in seen and "Canyon Electric" in titled(at)
