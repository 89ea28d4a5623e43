"""The weeks ahead over the API: the projection, scenarios tried and kept, what changed since an earlier forecast."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app import firm
from tests.app.api.firms import World
from tests.app.api.test_decisions import Caller

RAISE = {"kind": "payroll", "percent": 20}
LATER = {"kind": "delay", "source_id": "101", "weeks": 2}


@pytest.fixture
def ana(world: World) -> Caller:
    return Caller(world, "analyst")


def actions(world: World) -> list[str]:
    return [event.action for event in world.events()]


def test_the_weeks_are_the_sum_of_their_lines(ana: Caller) -> None:
    found = ana.get("/outlook")
    assert len(found["weeks"]) == 13 and found["lines"]
    balance = found["opening_minor"]
    for week in found["weeks"]:
        leaves = sum(line["amount_minor"] for line in found["lines"] if line["week_number"] == week["week_number"])
        balance += leaves
        assert week["closing_minor"] == balance and week["low_minor"] <= balance <= week["high_minor"]
    lowest = min(found["weeks"], key=lambda week: week["closing_minor"])
    assert found["headline"]["lowest_minor"] == lowest["closing_minor"]


def test_a_scenario_is_tried_and_nothing_is_kept(ana: Caller) -> None:
    found = ana.post("/outlook/what-if", {"moves": [LATER]})
    base, scenario = ([week["closing_minor"] for week in found[side]["weeks"]] for side in ("base", "scenario"))
    changed = [n for n, (a, b) in enumerate(zip(base, scenario, strict=True), 1) if a != b]
    assert changed == [1, 2], "the lines of week 1 come two weeks later"
    moved = [line for line in found["scenario"]["lines"] if "2 weeks later" in line["basis"]]
    assert moved and all(line["week_number"] == 3 for line in moved)
    assert ana.get("/scenarios")["scenarios"] == []
    wrong = ana.post("/outlook/what-if", {"moves": [RAISE, {"kind": "loan"}]}, 422)
    assert "moves, number 2: a loan needs draw_minor" in wrong["detail"]


def test_scenarios_are_kept_compared_deleted_and_brought_back(world: World, ana: Caller) -> None:
    first = ana.post("/scenarios", {"name": "Raise", "moves": [RAISE]}, 201, key="save-0001")
    assert ana.post("/scenarios", {"name": "Raise", "moves": [RAISE]}, 201, key="save-0001") == first
    changed = ana.post("/scenarios", {"name": "Raise", "moves": [RAISE, LATER]}, 201)
    assert (changed["scenario_id"], changed["version"]) == (first["scenario_id"], 2)
    second = ana.post("/scenarios", {"name": "Later", "moves": [LATER]}, 201)
    assert [one["name"] for one in ana.get("/scenarios")["scenarios"]] == ["Later", "Raise"]
    ids = [first["scenario_id"], second["scenario_id"]]
    side_by_side = ana.get("/scenarios/compare", scenario_id=ids)
    assert [one["scenario"]["name"] for one in side_by_side["compared"]] == ["Raise", "Later"]
    for one in side_by_side["compared"]:
        delta = one["headline"]["lowest_minor"] - side_by_side["base"]["lowest_minor"]
        assert one["lowest_delta_minor"] == delta
    gone = ana.post(f"/scenarios/{second['scenario_id']}/delete", {})
    assert gone["deleted_at"] and [one["name"] for one in ana.get("/scenarios")["scenarios"]] == ["Raise"]
    ana.post("/scenarios", {"name": "Later", "moves": [RAISE]}, 201)
    assert "Another scenario" in ana.post(f"/scenarios/{second['scenario_id']}/restore", {}, 409)["detail"]
    ana.post("/scenarios/" + ana.get("/scenarios")["scenarios"][0]["scenario_id"] + "/delete", {})
    assert ana.post(f"/scenarios/{second['scenario_id']}/restore", {})["deleted_at"] is None
    told = [one for one in actions(world) if one.startswith("scenario.")]
    assert told == ["scenario.restored", "scenario.deleted", "scenario.restore_scenario_refused", "scenario.saved",
                    "scenario.deleted", "scenario.saved", "scenario.changed", "scenario.saved"]  # fmt: skip


def test_a_client_owner_tries_and_keeps_nothing(world: World) -> None:
    owner = Caller(world, "client_owner")
    assert owner.post("/scenarios", {"name": "Mine", "moves": [RAISE]}, 403)["code"] == "forbidden"


def test_what_changed_since_the_forecast_before(world: World, ana: Caller) -> None:
    assert ana.get("/outlook/forecasts")["snapshot_ids"] == []
    assert "no earlier forecast" in ana.get("/outlook/revision", 409)["detail"]
    old = ana.get("/outlook")
    firm.publish(world.folder, "s20261125T0600", clients=2, shift=50_000, docs=False)
    assert ana.get("/outlook/forecasts")["snapshot_ids"] == ["s20261124T0600"]
    found = ana.get("/outlook/revision")
    assert found["residual_minor"] == 0 and found["later_minor"] - found["earlier_minor"] == 50_000
    assert found["by_cause"]["opening"] == 50_000 and sum(found["by_cause"].values()) == 50_000
    assert [one["cause"] for one in found["surprises"]] == ["opening"]
    week = old["weeks"][3]["start_date"]
    one = ana.get("/outlook/revision", since="s20261124T0600", week_start=week)
    assert one["week_start"] == week and one["earlier_minor"] == old["weeks"][3]["closing_minor"]
    assert "Monday" in ana.get("/outlook/revision", 422, week_start="2026-12-01")["detail"]
    assert ana.get("/outlook/revision", 409, since="s0")["code"] == "stale_data"


def test_two_people_who_save_one_name_keep_one(world: World, ana: Caller) -> None:
    bea = Caller(world, "bookkeeper")
    saved: list[Any] = [one.post("/scenarios", {"name": "Raise", "moves": [RAISE]}, 201) for one in (ana, bea)]
    assert saved[0]["scenario_id"] == saved[1]["scenario_id"] and saved[1]["version"] == 2


def test_bills_that_the_books_lack_count_where_they_are_asked_for(ana: Caller) -> None:
    found = ana.post("/outlook/what-if", {"moves": [{"kind": "suspected"}]})
    base, scenario = ([week["closing_minor"] for week in found[side]["weeks"]] for side in ("base", "scenario"))
    assert [b - a for a, b in zip(base, scenario, strict=True)] == [0] * 3 + [-64_400] * 10
    [line] = [one for one in found["scenario"]["lines"] if one["source_id"] == "expected:e1"]
    assert (line["expected_date"], line["label"]) == ("2026-12-16", "Alder Hosting, bill not in the books")
    assert line["flow"] == "missing_bills" and "96% likely to be missing" in line["basis"]
    assert found["base"]["suspected"] == [line], "as it stands they are told beside the weeks"


def test_the_chance_of_a_breach_is_told_with_and_without_missing_bills(ana: Caller) -> None:
    found = ana.post("/outlook/what-if", {"moves": [{"kind": "suspected"}]})
    for week, scenario in zip(found["base"]["weeks"], found["scenario"]["weeks"], strict=True):
        assert week["breach"]["with_missing_closing_minor"] == scenario["closing_minor"]
        assert week["breach"]["with_missing_probability"] > week["breach"]["probability"] > 0
        assert scenario["breach"] is None


def test_figures_of_before_missing_bills_were_told_still_open(world: World, ana: Caller) -> None:
    world.edit_snapshot("drop table pub_missing_bills")
    found = ana.get("/outlook")
    assert found["suspected"] == [] and len(found["weeks"]) == 13
