"""The Decision console around the table: what waits, lists with outcomes, schedules, and what two people complete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from execution.errors import Conflict
from tests.app.conftest import words
from tests.app.firm import AS_OF, TODAY
from tests.app.small_plane import PEOPLE, SmallPlane

Visit = Callable[..., Any]


def proposed(plane: SmallPlane, *numbers: int) -> list[str]:
    return [plane.payouts.propose(PEOPLE["bea"], "c03", f"qbo:{number}").payout_id for number in numbers]


def becomes(plane: SmallPlane, payout_id: str, state: str, **changes: Any) -> None:
    plane.payouts.rows[payout_id] = replace(plane.payouts.rows[payout_id], state=state, **changes)


def states(plane: SmallPlane) -> list[str]:
    return [payout.state for payout in plane.payouts.rows.values()]


def test_what_waits_is_signed_and_released_as_a_list(visit: Visit, plane: SmallPlane) -> None:
    proposed(plane, 200, 201)
    at = visit("carl", "decisions", client="c03")
    assert "Waits for you" in words(at) and "</span>By " in words(at)
    at.button(key="approve_waiting").click().run()
    assert "List SHA-256" in words(at) and "in 2 payouts" in words(at)
    at.button(key="approve_and_log").click().run()
    assert states(plane) == ["approved", "approved"]
    at.run()
    at.button(key="release_waiting").click().run()
    assert states(plane) == ["reserved", "reserved"] and "2 payouts released" in words(at)
    assert "Waits for you" not in words(visit("bea", "decisions", client="c03"))


def test_a_refused_line_is_named_with_its_remedy_and_stops_no_other(
    visit: Visit, plane: SmallPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = proposed(plane, 200, 201)
    real = plane.payouts.release

    def release(who: Any, payout_id: str, **more: Any) -> Any:
        if payout_id == first:
            raise Conflict("Payout changed since you looked at it: amount $2.00, was $1.00")
        return real(who, payout_id, **more)

    monkeypatch.setattr(plane.payouts, "release", release)
    for payout_id in plane.payouts.rows:
        becomes(plane, payout_id, "approved")
    at = visit("carl", "decisions", client="c03")
    at.button(key="release_waiting").click().run()
    seen = words(at)
    assert "1 of 2 lines went through" in seen and "amount $2.00, was $1.00" in seen
    assert sorted(states(plane)) == ["approved", "reserved"]


def test_a_list_is_stopped_with_one_reason(visit: Visit, plane: SmallPlane) -> None:
    proposed(plane, 200, 201)
    at = visit("carl", "decisions", client="c03")
    at.multiselect(key="bills_chosen").set_value(["qbo:200", "qbo:201"]).run()
    at.button(key="cancel_all").click().run()
    assert "A reason is needed" in words(at) and states(plane) == ["proposed", "proposed"]
    at.text_input(key="stop_all_reason").set_value("Wrong month")
    at.button(key="cancel_all").click().run()
    assert states(plane) == ["cancelled", "cancelled"] and "2 payouts cancelled." in words(at)
    assert "Lists decided lately" in words(at)


def test_a_list_is_rolled_back(visit: Visit, plane: SmallPlane) -> None:
    at = visit("carl", "decisions", client="c03")
    at.multiselect(key="bills_chosen").set_value(["qbo:200"]).run()
    at.button(key="do_propose").click().run()
    [back] = [b for b in at.button if b.label == "Cancel what was not sent"]
    back.click().run()
    assert "A reason is needed" in words(at) and not plane.payouts.told


@pytest.mark.parametrize(
    ("state", "fill", "press", "told"),
    [
        ("returned", {"reissue_reason": "new account"}, "do_reissue", ("reissue", "new account")),
        ("unconfirmed", {"resend_reason": "bills and drafts"}, "do_resend", ("agree_to_resend", "bills and drafts")),
        ("mismatched", {"close_evidence": "tx-7", "close_reason": "seen"}, "do_close", ("close_mismatched",)),
    ],
)
def test_what_is_not_as_usual_has_its_form(
    visit: Visit, plane: SmallPlane, state: str, fill: dict[str, str], press: str, told: tuple[str, ...]
) -> None:
    [payout_id] = proposed(plane, 200)
    becomes(plane, payout_id, state, next_action="Two people decide")
    assert not [b for b in visit("bea", "decisions", client="c03").button if b.key == press]
    at = visit("ada", "decisions", client="c03")
    for key, value in fill.items():
        at.text_input(key=key).set_value(value)
    at.button(key=press).click().run()
    [(act, asked, *rest)] = plane.payouts.told
    assert (act, *[one for one in rest if isinstance(one, str)]) == told and asked == payout_id
    if state == "mismatched":
        assert rest[-1] == {"outcome": "settled", "evidence": "tx-7", "reason": "seen"}


def test_a_frozen_client_says_so_and_two_people_release_it(visit: Visit, plane: SmallPlane) -> None:
    plane.payouts.frozen = [SimpleNamespace(reason="payout 12ab: two bills at Ramp", frozen_at=AS_OF, asked_by="carl",
                                            asked_role="controller", asked_at=AS_OF)]  # fmt: skip
    at = visit("ada", "decisions", client="c03")
    seen = words(at)
    assert "is frozen" in seen and "two bills at Ramp" in seen and "a second person agrees" in seen
    at.text_input(key="unfreeze_reason").set_value("closed")
    at.button(key="do_unfreeze").click().run()
    assert plane.payouts.told[0][:3] == ("unfreeze", "c03", "closed")


def test_a_release_is_planned_and_taken_back(visit: Visit, plane: SmallPlane) -> None:
    [payout_id] = proposed(plane, 200)
    becomes(plane, payout_id, "approved")
    at = visit("carl", "decisions", client="c03")
    at.button(key="do_plan").click().run()
    assert plane.payouts.told[0][0] == "plan_release"
    assert plane.payouts.told[0][-1]["at"] == datetime(TODAY.year, TODAY.month, TODAY.day, 14, tzinfo=UTC)
    becomes(plane, payout_id, "approved", release_at=AS_OF + timedelta(hours=30))
    at = visit("carl", "decisions", client="c03")
    assert "Released by the clock" in words(at)
    at.button(key="do_unplan").click().run()
    assert plane.payouts.told[-1][:2] == ("unplan_release", payout_id)


def test_templates_are_made_shown_and_turned(visit: Visit, plane: SmallPlane) -> None:
    run = SimpleNamespace(arrival_date=TODAY, outcome="missed", reason="Nothing was proposed in time")
    plane.payouts.templates = [SimpleNamespace(
        recurring_id="r1", name="Rent <b>", vendor_name="Depot", every="month", day=14, roll="after", cap_minor=100_000,
        currency_code="USD", state="active", state_reason="", owner_name="Bea", next_arrival_date=TODAY, runs=[run],
    )]  # fmt: skip
    at = visit("bea", "decisions", client="c03")
    seen = words(at)
    assert "Rent &lt;b&gt;: Depot, up to $1,000.00" in seen and "On day 14 of each month, the next banking day" in seen
    assert "Nothing was proposed in time" in seen and "Missed" in seen and "could not be drawn" not in seen
    assert {b.label for b in at.button} >= {"Pause", "Resume", "End"}
    at.text_input(key="template_name").set_value("Insurance")
    at.number_input(key="template_cap").set_value(250.25)
    at.button(key="do_template").click().run()
    act, client_id, given = plane.payouts.told[0]
    assert (act, client_id) == ("add_recurring", "c03")
    assert (given["name"], given["cap_minor"], given["every"], given["end_date"]) == (
        "Insurance",
        25_025,
        "month",
        None,
    )
    at.text_input(key="template_reason").set_value("vendor moves")
    at.button(key="template_pause").click().run()
    assert plane.payouts.told[-1][:4] == ("pause_recurring", "c03", "r1", "vendor moves")
    assert not [b for b in visit("farid", "decisions", client="c03").button if b.key == "do_template"]


def test_the_same_form_sent_twice_acts_once(visit: Visit, plane: SmallPlane) -> None:
    from app.views import decision_actions, frame

    key, who = plane.payouts.open_form(PEOPLE["bea"]), PEOPLE["bea"]
    stand_in = frame.Visit(who, plane, None, None, AS_OF)
    for _ in range(2):
        decision_actions._propose(stand_in, "c03", ["qbo:200"], key)
    assert plane.audit.rows[-1].action == "payout.proposed" and len(plane.audit.rows) == 1
