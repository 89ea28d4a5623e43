"""Policies: versions that two people agree on, that begin when they say, and whose author waits a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from execution.domain.policy_fields import FIELDS
from execution.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from execution.payouts.rows import policy_of
from execution.people.principal import AtMachine
from execution.service import ControlPlane
from execution.store.tables import audit, policy
from tests.execution.plane import NOW

WHY = "the owner asked for it"
HOUR = timedelta(hours=1)


def _as(plane: ControlPlane, person_id: str) -> Any:
    return plane.people.sign_in_demo(person_id).principal


def _at(plane: ControlPlane, at: Any) -> None:
    plane.clock.at = at  # type: ignore[attr-defined]


def _drafted(plane: ControlPlane, **changes: Any) -> Any:
    return plane.policies.draft(_as(plane, "firm_admin"), "c1", changes, reason=WHY)


def _actions(plane: ControlPlane) -> list[str]:
    with plane.store.read() as connection:
        bodies = connection.execute(sa.select(audit.c.body).order_by(audit.c.seq)).scalars()
        return [part for body in bodies if (part := bytes(body).decode().split('"action":"')[1].split('"')[0])]


def test_a_draft_changes_nothing_until_a_second_person_agrees(plane: ControlPlane) -> None:
    admin, ada = _as(plane, "firm_admin"), _as(plane, "advisor")
    before = plane.policies.in_force(ada, "c1")
    draft = _drafted(plane, readiness_minimum=80, runway_days_floor=7)
    assert draft.changes == [("runway_days_floor", 0, 7), ("readiness_minimum", 70, 80)]
    assert plane.policies.in_force(ada, "c1") == before and plane.policies.drafts(ada, "c1") == [draft]
    with pytest.raises(Refused, match="may not agree"):
        plane.policies.approve_draft(admin, "c1", draft.draft_id)
    after = plane.policies.approve_draft(ada, "c1", draft.draft_id)
    assert after == plane.policies.in_force(ada, "c1") and plane.policies.drafts(ada, "c1") == []
    assert (after.version, after.written_by, after.approved_by) == (before.version + 1, "firm_admin", "advisor")
    assert after.body == {**before.body, "readiness_minimum": 80, "runway_days_floor": 7}
    assert {"policy.drafted", "policy.approve_draft_refused", "policy.approved"} <= set(_actions(plane))
    assert plane.clients.get(ada, "c1").readiness_minimum == 80
    with pytest.raises(NotFound, match="no draft"):
        plane.policies.approve_draft(ada, "c1", draft.draft_id)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"lead_business_days": 1}, r"lead_business_days: 1 must be a whole number from 2 to 30"),
        ({"review_from_minor": 1}, "automatic_up_to_minor: 100,000 is above review_from_minor"),
        ({"buffer_minor": -1}, "buffer_minor: -1 must be"),
        ({"buffer_minor": True}, "buffer_minor: True must be"),
        ({"automatic_payouts": 1}, "automatic_payouts: 1 must be yes or no"),
        ({"buffer_minor": "1"}, "buffer_minor: '1' must be"),
        ({"buffr": 1}, "there is no rule 'buffr'"),
        ({"runway_days_floor": 15}, "runway_days_floor: 15 is above runway_days_minimum"),
        ({"readiness_minimum": 101, "cut_off_minute": 1441}, "readiness_minimum: 101.*|cut_off_minute: 1441.*"),
    ],
)
def test_a_wrong_rule_is_named_with_its_bounds(plane: ControlPlane, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        _drafted(plane, **changes)
    assert plane.policies.drafts(_as(plane, "advisor"), "c1") == []


def test_nothing_to_change_no_reason_and_no_right(plane: ControlPlane) -> None:
    with pytest.raises(Conflict, match="nothing would change"):
        _drafted(plane, readiness_minimum=70)
    with pytest.raises(Invalid, match="reason"):
        plane.policies.draft(_as(plane, "firm_admin"), "c1", {"readiness_minimum": 71}, reason=" ")
    with pytest.raises(Forbidden):
        plane.policies.draft(_as(plane, "controller"), "c1", {"readiness_minimum": 71}, reason=WHY)
    draft = _drafted(plane, readiness_minimum=71)
    with pytest.raises(Forbidden):
        plane.policies.approve_draft(_as(plane, "controller"), "c1", draft.draft_id)
    with pytest.raises(NotFound):
        plane.policies.draft(_as(plane, "firm_admin"), "x1", {"readiness_minimum": 71}, reason=WHY)
    plane.policies.withdraw_draft(_as(plane, "firm_admin"), "c1", draft.draft_id)
    with pytest.raises(NotFound):
        plane.policies.approve_draft(_as(plane, "advisor"), "c1", draft.draft_id)


def test_a_draft_on_rules_that_moved_on_is_refused(plane: ControlPlane) -> None:
    first, second = _drafted(plane, readiness_minimum=80), _drafted(plane, readiness_minimum=90)
    ada = _as(plane, "advisor")
    plane.policies.approve_draft(ada, "c1", first.draft_id)
    with pytest.raises(Conflict, match="came after version"):
        plane.policies.approve_draft(ada, "c1", second.draft_id)
    assert plane.policies.in_force(ada, "c1").body["readiness_minimum"] == 80


def test_rules_begin_when_they_say_to_the_second(plane: ControlPlane) -> None:
    admin, ada, begins = _as(plane, "firm_admin"), _as(plane, "advisor"), NOW + 2 * HOUR
    draft = plane.policies.draft(admin, "c1", {"readiness_minimum": 95}, reason=WHY, effective_at=begins)
    plane.policies.approve_draft(ada, "c1", draft.draft_id)
    for later, readiness in ((2 * HOUR - timedelta(seconds=1), 70), (2 * HOUR, 95)):
        _at(plane, NOW + later)
        assert plane.policies.in_force(ada, "c1").body["readiness_minimum"] == readiness
        with plane.store.read() as cx:
            assert policy_of(cx, "firm", "c1", NOW + later).readiness_minimum == readiness
    assert [one.effective_at for one in plane.policies.versions(ada, "c1")] == [begins, NOW]
    for wrong in (NOW, NOW + timedelta(days=91), (NOW + 3 * HOUR).replace(tzinfo=None)):
        with pytest.raises(Invalid, match="effective_at"):
            plane.policies.draft(admin, "c1", {"readiness_minimum": 96}, reason=WHY, effective_at=wrong)


def test_every_author_of_the_last_day_waits_and_the_verdict_names_the_version(plane: ControlPlane) -> None:
    draft = _drafted(plane, readiness_minimum=80)
    plane.policies.approve_draft(_as(plane, "advisor"), "c1", draft.draft_id)
    machine = AtMachine("ops", "firm")
    second = plane.policies.draft(machine, "c1", {"readiness_minimum": 81}, reason=WHY)
    plane.policies.approve_draft(_as(plane, "firm_admin"), "c1", second.draft_id)
    day = timedelta(hours=24)
    for later, authors in ((day - timedelta(seconds=1), ("firm_admin", "operator:ops")), (day, ())):
        with plane.store.read() as cx:
            rules = policy_of(cx, "firm", "c1", NOW + later)
        assert rules.recent_authors == authors
        assert rules.rules.version == 3 and len(rules.rules.sha256) == 64


def test_an_old_version_with_a_retired_rule_can_still_be_changed(plane: ControlPlane) -> None:
    with plane.store.begin() as cx:
        body = '{"buffer_minor":5,"freshness_hours_max":{"qbo":36},"readiness_minimum":70}'
        cx.execute(sa.insert(policy).values(advisor_id="firm", client_id="c2", version=2, body=body, sha256="0" * 64,
                                            buffer_minor=5, readiness_minimum=70, written_by="x", written_at=NOW)
                   )  # fmt: skip
    draft = plane.policies.draft(_as(plane, "firm_admin"), "c2", {"readiness_minimum": 80}, reason=WHY)
    assert draft.changes == [("readiness_minimum", 70, 80)]


def test_the_table_of_rules_is_sound(plane: ControlPlane) -> None:
    assert plane.policies.fields() is FIELDS
    assert all(one.meaning and one.unit for one in FIELDS)
