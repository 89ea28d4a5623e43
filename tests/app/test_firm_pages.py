"""People, account, policies, tiers and modes, on the real service behind the pages."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from execution.errors import Unauthenticated
from execution.store.tables import advisor
from tests.app.conftest import words
from tests.app.small_plane import PEOPLE, SmallPlane

Visit = Callable[..., Any]


def said(at: Any) -> str:
    return unescape(words(at))


def test_an_admin_invites_somebody_who_then_stands_in_the_list(visit: Visit, plane: SmallPlane) -> None:
    at = visit("farid", "people")
    at.text_input(key="new_name").set_value("Nora Quist")
    at.text_input(key="new_email").set_value("nora@harbor.test")
    at.selectbox(key="new_role").set_value("auditor").run()
    at.button(key="do_invite").click().run()
    assert "nora@harbor.test" in said(at) and not at.exception
    made = next(m for m in plane.people.list_people(PEOPLE["farid"]) if m.email == "nora@harbor.test")
    assert (made.role, made.client_ids) == ("auditor", None)


def test_a_further_admin_waits_and_whoever_asked_cannot_confirm(visit: Visit, plane: SmallPlane) -> None:
    at = visit("farid", "people")
    at.text_input(key="new_name").set_value("Olga Brandt")
    at.text_input(key="new_email").set_value("olga@harbor.test")
    at.selectbox(key="new_role").set_value("firm_admin").run()
    at.button(key="do_invite").click().run()
    [request] = plane.people.list_requests(PEOPLE["farid"])
    assert "Olga Brandt waits to become firm admin" in said(at)
    assert not [b for b in at.button if b.key == f"confirm_{request.request_id}"]
    at.button(key=f"withdraw_{request.request_id}").click().run()
    assert not plane.people.list_requests(PEOPLE["farid"])


def test_an_admin_signs_somebody_out_everywhere_and_never_changes_themselves(visit: Visit, plane: SmallPlane) -> None:
    real = plane.real.plane
    sessions = [real.people.sign_in_demo("carl").token for _ in range(2)]
    at = visit("farid", "people")
    at.selectbox(key="person_chosen").set_value("farid").run()
    assert not [b for b in at.button if b.key == "do_change"]
    at.selectbox(key="person_chosen").set_value("carl").run()
    at.button(key="do_sign_out_person").click().run()
    for token in sessions:
        with pytest.raises(Unauthenticated):
            real.people.principal_for(token)


def test_a_token_is_shown_once_and_is_good(visit: Visit, plane: SmallPlane) -> None:
    at = visit("carl", "account")
    at.text_input(key="token_name").set_value("report").run()
    at.button(key="do_token").click().run()
    [shown] = [one.value for one in at.code]
    assert plane.real.plane.people.principal_for_api_token(shown).via == "read"
    at.run()
    assert not at.code and "report" in said(at)


def test_a_person_without_tokens_still_signs_out_everywhere(visit: Visit, plane: SmallPlane) -> None:
    token = plane.real.plane.people.sign_in_demo("aud").token
    at = visit("aud", "account")
    assert "Your role has no API tokens" in said(at)
    at.button(key="do_everywhere").click().run()
    with pytest.raises(Unauthenticated):
        plane.real.plane.people.principal_for(token)


def test_rules_are_drafted_with_their_effect_and_agreed_to_by_another(visit: Visit, plane: SmallPlane) -> None:
    at = visit("farid", "policies")
    at.multiselect(key="draft_clients").set_value(["c01", "c02"])
    at.selectbox(key="draft_rule").set_value("runway_days_floor").run()
    at.number_input(key="draft_value_runway_days_floor").set_value(7).run()
    assert "2 clients of 2 would change" in said(at)
    at.text_input(key="draft_reason").set_value("a week of cash at least").run()
    at.button(key="do_draft").click().run()
    drafts = plane.policies.waiting(PEOPLE["farid"])
    assert {one.client_id for one in drafts} == {"c01", "c02"}
    assert not [b for b in at.button if (b.key or "").startswith("agree_")], "nobody agrees to their own draft"
    at = visit("ada", "policies")
    at.button(key=f"agree_{drafts[0].draft_id}").click().run()
    assert plane.policies.in_force(PEOPLE["ada"], drafts[0].client_id).body["runway_days_floor"] == 7


@pytest.mark.parametrize("person", ["carl", "aud"])
def test_who_only_reads_rules_is_offered_no_change(visit: Visit, plane: SmallPlane, person: str) -> None:
    plane.policies.draft(PEOPLE["farid"], "c01", {"runway_days_floor": 7}, reason="a week")
    at = visit(person, "policies")
    keys = {b.key for b in at.button if b.key}
    assert "would change the rules" in said(at) and "In force" in said(at)
    assert not [k for k in keys if k.startswith(("agree_", "withdraw_", "do_draft", "do_back"))]


def test_the_way_back_is_a_draft_of_a_new_version(visit: Visit, plane: SmallPlane) -> None:
    draft = plane.policies.draft(PEOPLE["farid"], "c01", {"runway_days_floor": 7}, reason="a week")
    plane.policies.approve_draft(PEOPLE["ada"], "c01", draft.draft_id)
    at = visit("farid", "policies")
    at.selectbox(key="policy_client").set_value("c01").run()
    at.text_input(key="back_reason").set_value("too strict").run()
    at.button(key="do_back").click().run()
    [waits] = plane.policies.waiting(PEOPLE["farid"])
    assert waits.base_version == 2 and waits.changes == [("runway_days_floor", 7, 0)]


@pytest.mark.parametrize(
    ("url", "title"),
    [("outlook", "What-if scenarios"), ("decisions", "Days for open bills"), ("decisions", "Templates")],
)
def test_a_page_says_what_the_tier_lacks_and_how_to_get_it(
    visit: Visit, plane: SmallPlane, url: str, title: str
) -> None:
    plane.people.tier = "basic"
    seen = said(visit("carl", url, client="c03"))
    assert f"{title}: not in your firm's tier" in seen and "People page" in seen
    plane.people.tier = "smart"
    assert f"{title}: not in" not in said(visit("carl", url, client="c03"))


def test_a_tier_is_asked_for_on_the_people_page(visit: Visit, plane: SmallPlane) -> None:
    at = visit("farid", "people")
    at.text_input(key="tier_reason").set_value("only the ritual").run()
    at.button(key="do_tier").click().run()
    assert "Farid Haddad asks for the tier basic" in said(at)
    assert not [b for b in at.button if b.key == "do_tier_confirm"]
    with plane.real.plane.store.read() as cx:
        assert cx.execute(sa.select(advisor.c.tier)).scalar_one() == "smart"


def test_a_silent_client_in_trouble_raises_its_hand(visit: Visit, plane: SmallPlane) -> None:
    assert "crossed a threshold" not in said(visit("ada", "portfolio"))
    for client_id in plane.clients.modes(PEOPLE["ada"]):
        plane.clients.set_mode(PEOPLE["ada"], client_id, "silent")
    assert "crossed a threshold" in said(visit("ada", "portfolio"))


def test_an_advisor_changes_the_mode_and_an_owner_cannot(visit: Visit, plane: SmallPlane) -> None:
    at = visit("ada", "digest", client="c01")
    assert "Managed mode." in said(at)
    at.button_group(key="mode_wanted").set_value("active").run()
    at.button(key="do_mode").click().run()
    assert plane.clients.mode_of(PEOPLE["ada"], "c01").mode == "active" and "Active mode." in said(at)
    assert not [b for b in visit("olu", "digest", client="c01").button if b.key == "do_mode"]
