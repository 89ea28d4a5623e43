"""Who works for a firm: two people for an admin, never oneself, never the last one, at once, and all of it written."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from execution.clock import FixedClock
from execution.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from execution.people import AtMachine, Principal
from execution.people.permissions import ROLES, Verb, may
from execution.service import ControlPlane
from execution.store.tables import admin_request
from tests.execution.plane import NOW, onboarding

TODAY = NOW.date()
AT_MACHINE = AtMachine("root", "firm")


def _as(plane: ControlPlane, person_id: str) -> Principal:
    return plane.people.sign_in_demo(person_id).principal


def _events(plane: ControlPlane, chain: str = "firm") -> list[dict[str, Any]]:
    with plane.store.read() as connection:
        query = sa.text("select body from audit where chain_id = :chain order by seq")
        return [json.loads(bytes(body)) for body in connection.execute(query, {"chain": chain}).scalars()]


def _last(plane: ControlPlane) -> dict[str, Any]:
    return _events(plane)[-1]


def _move(plane: ControlPlane, **by: int) -> None:
    assert isinstance(plane.clock, FixedClock)
    plane.clock.at += timedelta(**by)


def _two_admins(plane: ControlPlane) -> tuple[Principal, Principal]:
    """The demo's admin and a second one, whom the operator may still add alone."""
    plane.people.change_role(AT_MACHINE, "advisor", "firm_admin")
    return _as(plane, "firm_admin"), _as(plane, "advisor")


def test_an_admin_adds_somebody_who_then_works(plane: ControlPlane) -> None:
    admin = _as(plane, "firm_admin")
    made = plane.people.add_person(admin, "Nora Quist", " Nora@Example.com ", "bookkeeper", ["c2"])
    assert made.request_id is None
    [nora] = [one for one in plane.people.list_people(admin) if one.person_id == made.person_id]
    assert (nora.email, nora.role, nora.client_ids, nora.is_live) == ("nora@example.com", "bookkeeper", ("c2",), True)
    acting = _as(plane, made.person_id)
    assert [one.client_id for one in plane.clients.list(acting)] == ["c2"]
    told = _last(plane) if _last(plane)["action"] == "person.added" else _events(plane)[-2]
    assert told["action"] == "person.added" and told["actor"]["person"] == "firm_admin"
    assert told["inputs"]["clients"] == ["c2"] and told["subject"] == {"kind": "person", "id": made.person_id}
    assert all(report.ok for report in plane.audit.verify())


@pytest.mark.parametrize("role", [role for role in ROLES if not may(role, Verb.MANAGE_PEOPLE) and role != "agent"])
def test_nobody_else_may(plane: ControlPlane, role: str) -> None:
    acting, people = _as(plane, role), plane.people
    asked: list[Callable[[], Any]] = [
        lambda: people.list_people(acting),
        lambda: people.list_requests(acting),
        lambda: people.add_person(acting, "N", "n@x.com", "analyst"),
        lambda: people.change_role(acting, "analyst", "controller"),
        lambda: people.assign_clients(acting, "analyst", ["c1"]),
        lambda: people.end_membership(acting, "analyst", TODAY),
        lambda: people.remove_person(acting, "analyst"),
        lambda: people.confirm_admin(acting, "r"),
        lambda: people.withdraw_admin(acting, "r"),
    ]
    for ask in asked:
        with pytest.raises(Forbidden):
            ask()
        assert _last(plane)["to"] == "refused" and _last(plane)["actor"]["person"] == role


def test_a_claimed_role_is_not_believed(plane: ControlPlane) -> None:
    claims = Principal("bookkeeper", "Bea", "firm_admin", "firm", None)
    with pytest.raises(Forbidden):
        plane.people.add_person(claims, "N", "n@x.com", "controller")


def test_another_firms_people_read_as_unknown(plane: ControlPlane) -> None:
    admin, people = _as(plane, "firm_admin"), plane.people
    texts = set()
    for person_id in ("stranger", "nope"):
        for ask in (
            lambda who: people.change_role(admin, who, "analyst"),
            lambda who: people.assign_clients(admin, who, ["c1"]),
            lambda who: people.end_membership(admin, who, TODAY),
            lambda who: people.remove_person(admin, who),
        ):
            with pytest.raises(NotFound) as caught:
                ask(person_id)
            texts.add(str(caught.value).replace(person_id, "?"))
    assert len(texts) == 1
    assert "stranger" not in {one.person_id for one in people.list_people(admin)}
    plane.clients.remove(admin, "c2")
    clients = set()
    for client_id in ("x1", "nope", "c2"):
        with pytest.raises(NotFound) as caught:
            people.add_person(admin, "N", "n@x.com", "analyst", [client_id])
        clients.add(str(caught.value).replace(client_id, "?"))
    assert len(clients) == 1


def test_a_foreign_admin_request_reads_as_unknown(plane: ControlPlane) -> None:
    admin, _ = _two_admins(plane)
    request = plane.people.change_role(admin, "controller", "firm_admin").request_id
    assert request is not None
    stranger = _as(plane, "stranger")
    for act in (plane.people.confirm_admin, plane.people.withdraw_admin):
        with pytest.raises(NotFound):
            act(stranger, request)
    assert plane.people.list_requests(stranger) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"email": "nobody"}, "email"),
        ({"email": "a b@x.com"}, "email"),
        ({"role": "boss"}, "role"),
        ({"role": "agent"}, "role"),
        ({"role": "client_owner"}, "client_ids"),
        ({"role": "firm_admin", "client_ids": ["c1"]}, "client_ids"),
        ({"client_ids": []}, "client_ids"),
        ({"from_date": TODAY - timedelta(days=1)}, "from_date"),
        ({"to_date": TODAY - timedelta(days=1)}, "to_date"),
        ({"from_date": TODAY + timedelta(days=5), "to_date": TODAY + timedelta(days=4)}, "to_date"),
    ],
)
def test_what_makes_no_sense_names_its_field(plane: ControlPlane, changes: dict[str, Any], field: str) -> None:
    admin = _as(plane, "firm_admin")
    before = plane.people.list_people(admin)
    with pytest.raises(Invalid, match=f"^{field}: "):
        plane.people.add_person(admin, **{"name": "N", "email": "n@x.com", "role": "analyst", **changes})
    assert plane.people.list_people(admin) == before
    assert (
        _last(plane)["action"] == "people.add_person_refused" and _last(plane)["inputs"]["given"]["code"] == "invalid"
    )


def test_nobody_changes_their_own_rights(plane: ControlPlane) -> None:
    admin, other = _two_admins(plane)
    for ask in (
        lambda: plane.people.change_role(admin, admin.person_id, "controller"),
        lambda: plane.people.assign_clients(admin, admin.person_id, ["c1"]),
        lambda: plane.people.add_person(admin, "Me", "firm_admin@example.com", "controller"),
    ):
        with pytest.raises(Forbidden, match="own role"):
            ask()
    # Leaving is no promotion.
    plane.people.remove_person(admin, admin.person_id)
    assert [one.person_id for one in plane.people.list_people(other) if one.role == "firm_admin"] == ["advisor"]


def test_a_new_admin_takes_two_people(plane: ControlPlane) -> None:
    admin, second = _two_admins(plane)
    asked = plane.people.add_person(admin, "Nora", "nora@x.com", "firm_admin")
    assert asked.request_id is not None
    [waits] = plane.people.list_requests(second)
    assert (waits.name, waits.asked_by) == ("Nora", "firm_admin")
    assert asked.person_id not in {one.person_id for one in plane.people.list_people(admin)}
    with pytest.raises(Unauthenticated):
        plane.people.sign_in_demo(asked.person_id)
    for by, words in ((admin, "asked for Nora yourself"), (AT_MACHINE, "not the operator")):
        with pytest.raises(Forbidden, match=words):
            plane.people.confirm_admin(by, asked.request_id)
    plane.people.confirm_admin(second, asked.request_id)
    assert _as(plane, asked.person_id).role == "firm_admin"
    with pytest.raises(NotFound):
        plane.people.confirm_admin(second, asked.request_id)
    told = [event["action"] for event in _events(plane) if event["action"].startswith("admin.")]
    assert told == ["admin.requested", "admin.confirmed"]


def test_the_store_itself_wants_two_people(plane: ControlPlane) -> None:
    admin, _ = _two_admins(plane)
    plane.people.add_person(admin, "Nora", "nora@x.com", "firm_admin")
    with pytest.raises(sa.exc.IntegrityError), plane.store.begin() as connection:
        connection.execute(sa.update(admin_request).values(outcome="confirmed", ended_by="firm_admin"))


def test_a_promotion_waits_and_changes_nothing_meanwhile(plane: ControlPlane) -> None:
    admin, second = _two_admins(plane)
    asked = plane.people.change_role(admin, "controller", "firm_admin")
    assert _as(plane, "controller").role == "controller"
    with pytest.raises(Conflict, match="waits to be confirmed"):
        plane.people.change_role(second, "controller", "firm_admin")
    plane.people.withdraw_admin(second, asked.request_id or "")
    assert plane.people.list_requests(admin) == [] and _as(plane, "controller").role == "controller"


def test_a_request_falls_with_whoever_asked_or_is_asked_for(plane: ControlPlane) -> None:
    admin, second = _two_admins(plane)
    plane.people.change_role(admin, "controller", "firm_admin")
    asked = plane.people.change_role(second, "bookkeeper", "firm_admin")
    plane.people.remove_person(second, "controller")
    assert [one.request_id for one in plane.people.list_requests(second)] == [asked.request_id]
    plane.people.change_role(admin, "advisor", "controller")
    with pytest.raises(Conflict, match="no firm admin any more"):
        plane.people.confirm_admin(admin, asked.request_id or "")


def test_the_operator_alone_only_below_two_admins(plane: ControlPlane) -> None:
    first = plane.people.add_person(AT_MACHINE, "Nora", "nora@x.com", "firm_admin")
    assert first.request_id is None and _as(plane, first.person_id).role == "firm_admin"
    assert _events(plane)[-2]["actor"] | {"session": ""} == {
        "name": "root at the machine", "person": "operator:root", "role": "operator", "session": "", "via": "cli",
    }  # fmt: skip
    third = plane.people.add_person(AT_MACHINE, "Otto", "otto@x.com", "firm_admin")
    assert third.request_id is not None
    with pytest.raises(Forbidden):
        plane.people.confirm_admin(AT_MACHINE, third.request_id)
    plane.people.confirm_admin(_as(plane, "firm_admin"), third.request_id)


def test_a_sole_admins_request_is_confirmed_at_the_machine(plane: ControlPlane) -> None:
    asked = plane.people.change_role(_as(plane, "firm_admin"), "controller", "firm_admin")
    plane.people.confirm_admin(AT_MACHINE, asked.request_id or "")
    assert _as(plane, "controller").role == "firm_admin"


def test_the_last_admin_stays(plane: ControlPlane) -> None:
    for ask in (
        lambda: plane.people.remove_person(AT_MACHINE, "firm_admin"),
        lambda: plane.people.change_role(AT_MACHINE, "firm_admin", "analyst"),
        lambda: plane.people.change_role(AT_MACHINE, "firm_admin", "analyst", None, TODAY + timedelta(days=30)),
        lambda: plane.people.end_membership(AT_MACHINE, "firm_admin", TODAY + timedelta(days=30)),
        lambda: plane.people.remove_person(_as(plane, "firm_admin"), "firm_admin"),
    ):
        with pytest.raises(Conflict, match="last admin"):
            ask()
    # An admin with an end is nobody to count on.
    plane.people.add_person(AT_MACHINE, "Nora", "n@x.com", "firm_admin", to_date=TODAY + timedelta(days=9))
    with pytest.raises(Conflict, match="last admin"):
        plane.people.remove_person(AT_MACHINE, "firm_admin")


def test_a_temporary_admin_is_not_made_lasting_by_one_person(plane: ControlPlane) -> None:
    made = plane.people.add_person(AT_MACHINE, "Nora", "n@x.com", "firm_admin", to_date=TODAY + timedelta(days=9))
    admin = _as(plane, "firm_admin")
    with pytest.raises(Invalid):
        plane.people.assign_clients(admin, made.person_id, None, to_date=TODAY + timedelta(days=99))
    with pytest.raises(Conflict):
        plane.people.change_role(admin, made.person_id, "firm_admin", to_date=TODAY + timedelta(days=99))
    with pytest.raises(Invalid, match="ends before"):
        plane.people.end_membership(admin, made.person_id, TODAY + timedelta(days=99))


def test_removal_ends_sessions_and_tokens_at_once_and_for_good(plane: ControlPlane) -> None:
    admin = _as(plane, "firm_admin")
    session = plane.people.sign_in_demo("controller")
    token = plane.people.issue_api_token(session.principal, "script")
    plane.people.remove_person(admin, "controller")
    assert _last(plane)["inputs"]["sessions_and_tokens_ended"] == 2
    with pytest.raises(Forbidden, match="no longer works"):
        plane.clients.list(session.principal)
    plane.people.add_person(admin, "Carl", "controller@example.com", "analyst")
    for ended in (session.token, token):
        with pytest.raises(Unauthenticated):
            plane.people.principal_for_api_token(ended)
    assert _as(plane, "controller").role == "analyst"


def test_a_token_from_an_earlier_time_stays_dead_after_a_dated_end(plane: ControlPlane) -> None:
    admin = _as(plane, "firm_admin")
    token = plane.people.issue_api_token(_as(plane, "controller"), "script")
    plane.people.end_membership(admin, "controller", TODAY)
    _move(plane, days=2)
    with pytest.raises(Unauthenticated):
        plane.people.principal_for_api_token(token)
    plane.people.add_person(admin, "Carl", "controller@example.com", "controller")
    with pytest.raises(Unauthenticated):
        plane.people.principal_for_api_token(token)


def test_the_demos_rerun_gives_nobody_back(plane: ControlPlane) -> None:
    admin = _as(plane, "firm_admin")
    plane.people.remove_person(admin, "analyst")
    _move(plane, hours=1)
    plane.bootstrap_demo(onboarding())
    assert "analyst" not in {one.person_id for one in plane.people.list_people(admin)}


def test_days_are_the_clients_and_count_whole(plane: ControlPlane) -> None:
    admin = _as(plane, "firm_admin")
    first, last = TODAY + timedelta(days=3), TODAY + timedelta(days=5)
    made = plane.people.add_person(admin, "Nora", "n@x.com", "bookkeeper", ["c1"], first, last)
    [nora] = [one for one in plane.people.list_people(admin) if one.person_id == made.person_id]
    # The client's clocks are in New York: five hours behind UTC in November.
    assert nora.from_at == datetime(2026, 11, 27, 5, tzinfo=UTC) and nora.to_at == datetime(2026, 11, 30, 5, tzinfo=UTC)
    assert not nora.is_live
    with pytest.raises(Unauthenticated):
        plane.people.sign_in_demo(made.person_id)
    _move(plane, days=3)
    session = plane.people.sign_in_demo(made.person_id)
    assert made.person_id in {one.person_id for one in plane.people.demo_people()}
    _move(plane, days=3)
    with pytest.raises(Forbidden):
        plane.clients.list(session.principal)


def test_clients_change_at_once_or_on_a_day(plane: ControlPlane) -> None:
    admin, bea = _as(plane, "firm_admin"), _as(plane, "bookkeeper")

    def served() -> list[str]:
        return [one.client_id for one in plane.clients.list(bea)]

    assert served() == ["c1", "c2"]
    plane.people.assign_clients(admin, "bookkeeper", ["c2"])
    assert served() == ["c2"]
    plane.people.assign_clients(admin, "bookkeeper", ["c1"], from_date=TODAY + timedelta(days=2))
    assert served() == ["c2"]
    _move(plane, days=2)
    assert served() == ["c1"]
    plane.people.assign_clients(admin, "bookkeeper", None)
    assert served() == ["c1", "c2"]
    assert _last(plane)["inputs"]["clients_before"] == ["c1"]


def test_a_set_end_outlives_other_changes_and_a_plan_is_replaced(plane: ControlPlane) -> None:
    admin = _as(plane, "firm_admin")
    plane.people.end_membership(admin, "bookkeeper", TODAY + timedelta(days=10))
    plane.people.change_role(admin, "bookkeeper", "controller", from_date=TODAY + timedelta(days=5))
    plane.people.assign_clients(admin, "bookkeeper", ["c1"])
    [bea] = [one for one in plane.people.list_people(admin) if one.person_id == "bookkeeper"]
    assert (bea.role, bea.client_ids) == ("bookkeeper", ("c1",))
    assert bea.to_at is not None and bea.to_at.date() == TODAY + timedelta(days=11)


def test_change_and_back_within_one_instant(plane: ControlPlane) -> None:
    admin = _as(plane, "firm_admin")
    for role in ("controller", "bookkeeper", "controller", "bookkeeper"):
        plane.people.change_role(admin, "bookkeeper", role)
        assert _as(plane, "bookkeeper").role == role


def test_an_unknown_firm_at_the_machine(plane: ControlPlane) -> None:
    with pytest.raises(NotFound, match="known are firm, other"):
        plane.people.add_person(AtMachine("root", "nowhere"), "N", "n@x.com", "analyst")
    assert _events(plane, "nowhere") == [] and _events(plane, "system")[-1]["to"] == "refused"


def test_one_person_may_work_for_two_firms(plane: ControlPlane) -> None:
    stranger = _as(plane, "stranger")
    made = plane.people.add_person(stranger, "Other name", "bookkeeper@example.com", "analyst", ["x1"])
    assert made.person_id == "bookkeeper"
    plane.people.remove_person(stranger, "bookkeeper")
    assert _as(plane, "bookkeeper").advisor_id == "firm"
    assert date.fromisoformat("2026-11-24") == TODAY


def test_two_admins_cannot_remove_each_other_at_once(plane: ControlPlane) -> None:
    first, second = _two_admins(plane)
    start, said = threading.Barrier(2), []

    def remove(by: Principal, whom: Principal) -> None:
        start.wait(10)
        try:
            plane.people.remove_person(by, whom.person_id)
            said.append("done")
        except (Forbidden, Conflict) as error:
            said.append(type(error).__name__)

    both = [threading.Thread(target=remove, args=pair) for pair in ((first, second), (second, first))]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert sorted(said) == ["Forbidden", "done"]
    left = [one for one in plane.people.list_people(AT_MACHINE) if one.role == "firm_admin"]
    assert len(left) == 1 and all(report.ok for report in plane.audit.verify())
