"""Decisions over the API: one at a time, as lists, by the calendar and by two people."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from execution.store import tables as t
from tests.app.api.firms import HARBOR, World

BILL, OTHER_BILL = "qbo:003", "qbo:004"
HOME = f"/advisor/{HARBOR}/clients/c01"


class Caller:
    """Somebody in a role, with a key of their own for each act."""

    def __init__(self, world: World, role: str) -> None:
        self._world, self._headers, self._acts = world, world.bearer(role), 0

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        answer = self._world.http.get(HOME + path, headers=self._headers, params=query)
        assert answer.status_code == status, answer.text
        return answer.json()

    def post(self, path: str, body: Any, status: int = 200, key: str | None = None) -> Any:
        self._acts += 1
        headers = self._headers | {"Idempotency-Key": key or f"act-{self._acts:06}"}
        answer = self._world.http.post(HOME + path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def bea(world: World) -> Caller:
    return Caller(world, "bookkeeper")


@pytest.fixture
def carl(world: World) -> Caller:
    return Caller(world, "controller")


@pytest.fixture
def ada(world: World) -> Caller:
    return Caller(world, "advisor")


def test_a_payout_goes_its_way_one_act_at_a_time(bea: Caller, carl: Caller) -> None:
    made = bea.post("/payouts", {"source_bill_id": BILL, "note": "due"}, 201)
    assert made["state"] == "proposed" and made["next_step"]["act"] == "approve"
    assert [one["payout"]["payout_id"] for one in carl.get("/waiting")["waiting"]] == [made["payout_id"]]
    assert bea.get("/waiting")["waiting"] == []
    detail = carl.get(f"/payouts/{made['payout_id']}")
    signed = {"payload_sha256": made["payload_sha256"], "seen_sha256": detail["seen_sha256"], "reason": "due"}
    approved = carl.post(f"/payouts/{made['payout_id']}/approve", signed)
    assert approved["state"] == "approved" and approved["next_step"]["act"] == "release"
    [approval] = carl.get(f"/payouts/{made['payout_id']}")["approvals"]
    assert approval["seen_sha256"] == detail["seen_sha256"] and approval["snapshot_id"]
    told = carl.post(f"/payouts/{made['payout_id']}/release", {"payload_sha256": "0" * 64}, 409)
    assert "changed since you looked at it" in told["detail"]
    released = carl.post(f"/payouts/{made['payout_id']}/release", {"payload_sha256": made["payload_sha256"]})
    assert released["released_at"] and released["next_step"]["who"] == "executor"
    assert carl.post(f"/payouts/{made['payout_id']}/hold", {"reason": "wait"})["state"] == "blocked"
    assert carl.post(f"/payouts/{made['payout_id']}/cancel", {"reason": "no"})["state"] == "cancelled"
    page = carl.get("/payouts", state="cancelled")
    assert page["total"] == 1 and page["next_offset"] is None and carl.get("/payouts", state="proposed")["total"] == 0


def test_the_same_key_answers_the_first_outcome(bea: Caller, carl: Caller) -> None:
    made = bea.post("/payouts", {"source_bill_id": BILL}, 201, key="same-key-1")
    carl.post(f"/payouts/{made['payout_id']}/reject", {"reason": "not ours"})
    again = bea.post("/payouts", {"source_bill_id": BILL}, 201, key="same-key-1")
    assert (again["payout_id"], again["state"]) == (made["payout_id"], "rejected")
    told = bea.post("/payouts", {"source_bill_id": OTHER_BILL}, 409, key="same-key-1")
    assert "Idempotency-Key was used" in told["detail"]


def test_a_list_is_signed_as_it_was_shown(bea: Caller, carl: Caller, ada: Caller) -> None:
    done = bea.post("/batches", {"verb": "propose", "source_bill_ids": [BILL, OTHER_BILL, "qbo:999"]})
    assert [line["outcome"] for line in done["lines"]] == ["proposed", "proposed", "refused"]
    ids = [line["payout_id"] for line in done["lines"][:2]]
    sheet = carl.get("/sheet", payout_id=ids)
    lines = [{name: one[name] for name in ("payout_id", "payload_sha256")} for one in sheet["payouts"]]
    body = {"verb": "approve", "payouts": lines, "list_sha256": sheet["list_sha256"], "reason": "week 48"}
    wrong = carl.post("/batches", body | {"list_sha256": "0" * 64}, 409)
    assert "not the one that was shown" in wrong["detail"]
    approved = carl.post("/batches", body, key="approve-week-48")
    assert {line["outcome"] for line in approved["lines"]} == {"approved"} and approved["finished_at"]
    assert carl.post("/batches", body, key="approve-week-48") == approved
    assert carl.get(f"/batches/{approved['batch_id']}") == approved
    assert [one["verb"] for one in carl.get("/batches")["batches"]] == ["approve", "propose"]
    back = carl.post(f"/batches/{approved['batch_id']}/roll-back", {"reason": "wrong week"})
    assert {line["outcome"] for line in back["lines"]} == {"cancelled"} and back["rolls_back"] == approved["batch_id"]
    nothing = carl.post("/batches", body | {"reason": "again"}, 409)
    assert nothing["code"] == "nothing_done" and len(nothing["batch"]["lines"]) == 2
    assert ids[0][:8] in nothing["detail"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"verb": "pay", "source_bill_ids": [BILL]}, "verb"),
        ({"verb": "propose"}, "propose takes source_bill_ids"),
        ({"verb": "propose", "source_bill_ids": [BILL], "payouts": [{"payout_id": "0" * 32}]}, "no payouts"),
        ({"verb": "hold", "source_bill_ids": [BILL]}, "hold takes payouts"),
        ({"verb": "approve", "payouts": [{"payout_id": "0" * 32}]}, "needs payload_sha256"),
        ({"verb": "cancel", "payouts": [{"payout_id": "0" * 32}] * 2}, "in the list twice"),
        ({"verb": "cancel", "payouts": [{"payout_id": "x"}]}, "payout_id"),
        ({"verb": "cancel", "payouts": [{"payout_id": "0" * 32, "amount_minor": 5}]}, "amount_minor is not a field"),
    ],
)
def test_a_list_that_makes_no_sense(carl: Caller, body: dict[str, Any], says: str) -> None:
    assert says in carl.post("/batches", body, 422)["detail"]


def test_a_release_is_planned_and_taken_back(bea: Caller, carl: Caller) -> None:
    made = bea.post("/payouts", {"source_bill_id": BILL}, 201)
    path = f"/payouts/{made['payout_id']}"
    carl.post(f"{path}/approve", {"payload_sha256": made["payload_sha256"], "reason": "due"})
    assert "zone" in carl.post(f"{path}/release", {"at": "2026-11-24T18:00:00"}, 422)["detail"]
    assert "is past" in carl.post(f"{path}/release", {"at": "2020-01-01T00:00:00Z"}, 422)["detail"]
    approval_ends = carl.get(path)["payout"]["next_step"]["due_at"]
    planned = carl.post(f"{path}/release", {"at": approval_ends})
    assert planned["release_at"] == approval_ends and planned["next_step"]["what"].startswith("The clock releases it")
    assert carl.post(f"{path}/unplan-release", {})["release_at"] is None


def test_a_template_is_made_paused_resumed_and_ended(world: World, bea: Caller, carl: Caller) -> None:
    with world.plane.payouts._snapshot(HARBOR) as snapshot:
        vendor = next(bill["vendor_id_qbo"] for bill in snapshot.open_bills("c01") if bill["vendor_id_qbo"])
    body = {"name": "Rent", "vendor_id_qbo": vendor, "every": "month", "day": 14, "roll": "after", "cap_minor": 100_000}
    made = bea.post("/recurring", body, 201, key="rent-0001")
    assert bea.post("/recurring", body, 201, key="rent-0001")["recurring_id"] == made["recurring_id"]
    path = f"/recurring/{made['recurring_id']}"
    assert bea.post(f"{path}/pause", {"reason": "vendor moves"})["state"] == "paused"
    assert carl.post(f"{path}/resume", None)["owner_id"] == "controller"
    assert carl.post(f"{path}/end", {"reason": "moved out"})["state"] == "ended"
    assert [one["state"] for one in carl.get("/recurring")["recurring"]] == ["ended"]
    assert "day: 8 is no day of a week" in bea.post("/recurring", body | {"every": "week", "day": 8}, 422)["detail"]
    assert "cap_minor" in bea.post("/recurring", body | {"cap_minor": 0}, 422)["detail"]


def test_two_people_close_reissue_and_thaw(world: World, bea: Caller, carl: Caller, ada: Caller) -> None:
    made = bea.post("/payouts", {"source_bill_id": BILL}, 201)
    path = f"/payouts/{made['payout_id']}"
    told = carl.post(f"{path}/close", {"outcome": "settled", "evidence": "tx", "reason": "seen"}, 409)
    assert "only a mismatched one" in told["detail"]
    assert "only an unconfirmed" in carl.post(f"{path}/agree-to-resend", {"reason": "looked"}, 409)["detail"]
    assert "only one that came back" in carl.post(f"{path}/reissue", {"reason": "again"}, 409)["detail"]
    assert "not frozen" in carl.post("/unfreeze", {"reason": "all fine"}, 409)["detail"]
    assert "not read vendor" in carl.post("/vendors/v-unknown/call-back", {"number_source": "contract"}, 409)["detail"]
    with world.plane.store.begin() as cx:
        cx.execute(sa.update(t.payout).where(t.payout.c.payout_id == made["payout_id"])
                   .values(state="returned", rail_bill_id="bill-1"))  # fmt: skip
    assert carl.get(path)["payout"]["next_step"]["act"] == "reissue"
    carl.post(f"{path}/reissue", {"reason": "new account"})
    [act] = carl.get(path)["joint_acts"]
    assert act["asked_by"] == "controller" and act["agreed_by"] is None
    assert [one["act"] for one in ada.get("/waiting")["waiting"]] == ["reissue"]
    ada.post(f"{path}/reissue", {"reason": "agreed"})
    assert bea.post("/payouts", {"source_bill_id": BILL}, 201)["payout_id"] != made["payout_id"]


def test_a_payout_of_another_client_reads_like_none(world: World, bea: Caller, carl: Caller) -> None:
    elsewhere = world.plane.payouts.propose(world.person("bookkeeper"), "c02", "qbo:103")
    for path in (f"/payouts/{elsewhere.payout_id}", f"/payouts/{'0' * 32}", "/batches/none"):
        assert carl.get(path, 404)["code"] == "not_found"
    for verb in ("approve", "hold", "cancel", "release", "reissue"):
        body = {"payload_sha256": elsewhere.payload_sha256} if verb == "approve" else {}
        assert carl.post(f"/payouts/{elsewhere.payout_id}/{verb}", body, 404)["code"] == "not_found"
    assert world.plane.payouts.get(world.person("controller"), elsewhere.payout_id).payout == elsewhere


@pytest.mark.parametrize("role", ["analyst", "client_owner", "bookkeeper"])
def test_who_may_not_decide_is_told_who_may(world: World, bea: Caller, role: str) -> None:
    made = bea.post("/payouts", {"source_bill_id": BILL}, 201)
    before = world.money()
    who = Caller(world, role)
    for verb, body in (
        ("approve", {"payload_sha256": made["payload_sha256"]}), ("hold", {"reason": "x"}), ("release", {}),
        ("reject", {"reason": "x"}), ("cancel", {"reason": "x"}), ("reissue", {"reason": "x"}),
    ):  # fmt: skip
        told = who.post(f"/payouts/{made['payout_id']}/{verb}", body, 403)
        assert "controller" in told["detail"], told
    assert world.money() == before
