"""The control plane's own commands: sign-in, walls, secrets, hygiene, refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from execution.clock import FixedClock
from execution.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from execution.people.permissions import MAY, ROLES, Verb, may, require
from execution.service import ControlPlane
from execution.service.people import People
from execution.store.tables import audit, membership
from execution.vault import Identity
from tests.execution.plane import NOW, onboarding


def _as(plane: ControlPlane, person_id: str) -> Any:
    return plane.people.sign_in_demo(person_id).principal


def test_bootstrap_twice_changes_nothing(plane: ControlPlane) -> None:
    def count() -> list[Any]:
        with plane.store.read() as connection:
            names = ("audit", "client", "policy", "membership", "connection", "person")
            return [connection.execute(sa.text(f"select count(*) from {name}")).scalar() for name in names]

    before = count()
    plane.bootstrap_demo(onboarding())
    assert count() == before


def test_sessions_end_by_idleness_age_and_hand(plane: ControlPlane) -> None:
    machine = FixedClock(NOW)
    people = People(plane.store, plane.clock, machine, plane.settings)
    token = people.sign_in_demo("controller").token
    for _ in range(24):
        machine.at += timedelta(minutes=29)
        people.principal_for(token)
    machine.at += timedelta(minutes=29)
    with pytest.raises(Unauthenticated, match="twelve hours"):
        people.principal_for(token)
    idle = people.sign_in_demo("controller").token
    machine.at += timedelta(minutes=31)
    with pytest.raises(Unauthenticated, match="thirty minutes"):
        people.principal_for(idle)
    ended = people.sign_in_demo("controller").token
    people.sign_out(ended)
    with pytest.raises(Unauthenticated, match="was ended"):
        people.principal_for(ended)


def test_moving_the_business_clock_signs_nobody_out(plane: ControlPlane) -> None:
    token = plane.people.sign_in_demo("controller").token
    assert isinstance(plane.clock, FixedClock)
    plane.clock.at += timedelta(days=9)
    assert plane.people.principal_for(token).role == "controller"


def test_demo_sign_in_is_refused_outside_demo_and_off_loopback(plane: ControlPlane) -> None:
    for change in ({"mode": "live"}, {"console_address": "0.0.0.0"}):
        people = People(plane.store, plane.clock, plane.clock, replace(plane.settings, **change))
        with pytest.raises(Forbidden):
            people.sign_in_demo("controller")


def test_a_removed_member_is_out_at_once(plane: ControlPlane) -> None:
    acting = _as(plane, "bookkeeper")
    with plane.store.begin() as connection:
        connection.execute(sa.update(membership).where(membership.c.person_id == "bookkeeper").values(to_at=NOW))
    with pytest.raises(Forbidden):
        plane.clients.list(acting)


def test_absent_removed_and_foreign_clients_read_the_same(plane: ControlPlane) -> None:
    admin = _as(plane, "firm_admin")
    plane.clients.remove(admin, "c2")
    texts = set()
    for client_id in ("nope", "c2", "x1"):
        with pytest.raises(NotFound) as caught:
            plane.clients.get(admin, client_id)
        texts.add(str(caught.value).replace(client_id, "?"))
    assert len(texts) == 1
    assert [one.client_id for one in plane.clients.list(_as(plane, "client_owner"))] == ["c1"]


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("role", [*ROLES, "intruder"])
def test_every_role_and_verb_is_decided(role: str, verb: Verb) -> None:
    if verb in MAY.get(role, frozenset()):
        require(role, verb)
    else:
        with pytest.raises(Forbidden):
            require(role, verb)


def test_who_may_never() -> None:
    assert not any(
        may("bookkeeper", verb) for verb in (Verb.APPROVE, Verb.RELEASE, Verb.VERIFY_PAYEE, Verb.EDIT_POLICY)
    )
    assert MAY["agent"] == {Verb.SEE, Verb.PROPOSE}
    assert MAY["client_owner"] == {Verb.SEE, Verb.SIGN_OUT}
    assert MAY["auditor"] == {Verb.SEE, Verb.SEE_AUDIT, Verb.EXPORT_AUDIT, Verb.SIGN_OUT}
    assert [role for role in ROLES if may(role, Verb.EDIT_POLICY)] == ["firm_admin"]


def test_the_write_token_opens_for_the_executor_alone(plane: ControlPlane) -> None:
    found = plane.connections.open(Identity.EXECUTOR, "firm", "c1", "ramp", "executor")
    assert found.secrets["client_secret"] == "write-secret"
    assert "write-secret" not in repr(found) + str(found.secrets)
    for identity in set(Identity) - {Identity.EXECUTOR}:
        with pytest.raises(Forbidden):
            plane.connections.open(identity, "firm", "c1", "ramp", "executor")
    assert all("write-secret" not in row.secrets.values() for row in plane.connections.for_ingestion())


def test_a_sealed_row_moved_to_another_client_does_not_open(plane: ControlPlane) -> None:
    names = ", ".join(
        f"{n} = (select {n} from connection s where s.client_id='c1' and s.rail='qbo' and s.kind='reader')"
        for n in ("token_ct", "dek_wrapped")
    )
    with plane.store.begin() as connection:
        connection.execute(sa.text(f"update connection set {names} where client_id = 'c2' and rail = 'qbo'"))
    with pytest.raises(Invalid, match="altered or moved"):
        plane.connections.for_ingestion(rails=["qbo"])


def test_a_token_is_rotated_by_one_holder(plane: ControlPlane) -> None:
    row = plane.connections.for_ingestion(rails=["qbo"], client_ids=["c1"])[0]
    first, second = plane.connections.token_store(), plane.connections.token_store()
    with first.lease(row):
        with pytest.raises(Conflict), second.lease(row):
            pass
        first.store(row, {"refresh_token": "new"})
    with second.lease(row) as secrets:
        assert secrets["refresh_token"] == "new"


def test_hygiene_decisions_can_be_undone_once(plane: ControlPlane) -> None:
    bea = _as(plane, "bookkeeper")
    first = plane.hygiene.decide(bea, "c1", "item", "dismiss", "known")
    second = plane.hygiene.decide(bea, "c1", "item", "confirm", "")
    view = sa.text("select action from warehouse_hygiene_decisions")
    with plane.store.read() as connection:
        assert connection.execute(view).scalars().all() == ["confirmed"]
    plane.hygiene.undo(bea, second.decision_id)
    with plane.store.read() as connection:
        assert connection.execute(view).scalars().all() == ["dismissed"]
    with pytest.raises(Conflict):
        plane.hygiene.undo(bea, second.decision_id)
    assert [one.decision_id for one in plane.hygiene.list(bea, "c1")] == [first.decision_id]
    with pytest.raises(Forbidden):
        plane.hygiene.decide(_as(plane, "analyst"), "c1", "item", "dismiss", "no")


def test_a_hostile_refusal_still_leaves_its_row(plane: ControlPlane) -> None:
    plane.audit.record_refusal(
        None, "api.\ud800", "x\x00y" * 900, "no\ud800", {"é": 2**90, "f": 1.5, "n": {"a": [b"x"]}}
    )
    with plane.store.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).where(audit.c.chain_id == "system")).scalar() == 1
    assert all(report.ok for report in plane.audit.verify())
