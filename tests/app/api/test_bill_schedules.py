"""Days for bills over the API: read, propose, set terms; with problem details like every route."""

from __future__ import annotations

import pytest

from tests.app.api.firms import World
from tests.app.api.test_decisions import Caller


@pytest.fixture
def bea(world: World) -> Caller:
    return Caller(world, "bookkeeper")


def test_a_schedule_is_read_and_proposed(bea: Caller) -> None:
    found = bea.get("/schedule")
    assert found["dates"] and found["after"]["late_count"] == 0 and 0 <= found["gap"] <= 0.02
    assert all(one["new_date"] <= max(one["due_date"], one["old_date"]) for one in found["dates"])
    chosen = {one["source_bill_id"]: one["new_date"] for one in found["dates"][:2]}
    done = bea.post("/schedule/proposals", {"dates": chosen, "reason": "steadier"}, key="dates-0001")
    assert {line["subject_id"] for line in done["lines"]} == set(chosen)
    assert done["batch_id"] == bea.post("/schedule/proposals", {"dates": chosen, "reason": "steadier"},
                                        key="dates-0001")["batch_id"]  # fmt: skip
    proposed = [line["payout_id"] for line in done["lines"] if line["outcome"] == "proposed"]
    assert proposed
    for payout_id in proposed:
        payout = bea.get(f"/payouts/{payout_id}")["payout"]
        assert payout["arrival_date"] == chosen[payout["source_bill_id"]]


def test_a_late_day_is_a_problem_until_it_is_allowed(bea: Caller) -> None:
    [first, *_] = [one for one in bea.get("/schedule")["dates"] if one["old_date"] <= one["due_date"]]
    late = {first["source_bill_id"]: "2027-01-14"}
    refused = bea.post("/schedule/proposals", {"dates": late}, 409)
    assert refused["code"] == "nothing_done" and "at the latest" in refused["detail"]
    world_bill = first["source_bill_id"]
    vendor = str(int(world_bill.removeprefix("qbo:")) % 10)
    said = {"vendor_id_qbo": vendor, "source_bill_id": world_bill, "days_late": 60, "reason": "agreed"}
    assert bea.post("/pay-terms", said, 201)["days_late"] == 60
    assert [one["source_bill_id"] for one in bea.get("/pay-terms")["pay_terms"]] == [world_bill]
    assert bea.post("/pay-terms", said | {"days_late": 99}, 422)["errors"]


def test_an_analyst_reads_and_proposes_nothing(world: World) -> None:
    ana = Caller(world, "analyst")
    assert ana.get("/schedule")["dates"]
    assert ana.post("/schedule/proposals", {"dates": {"qbo:003": "2026-12-04"}}, 403)["code"] == "forbidden"
    assert ana.post("/pay-terms", {"vendor_id_qbo": "3"}, 403)["code"] == "forbidden"
