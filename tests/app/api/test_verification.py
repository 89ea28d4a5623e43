"""Chains of custody and drift over the API: what is open with its owner, what a week's drift is made of, and walls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from execution.store import tables as t
from tests.app.api.firms import HARBOR, World


def chain(world: World, payout_id: str, client_id: str = "c01") -> None:
    """A payout on its way with a closed, a broken and an open link, as the executor would have kept them."""
    now = world.plane.now()
    whose = {"advisor_id": HARBOR, "client_id": client_id, "payout_id": payout_id}
    payout = {
        "source_bill_id": f"qbo:{payout_id}", "vendor_id_ramp": "v1", "vendor_name": "FedEx", "amount_minor": 11_842,
        "currency_code": "USD", "bill_date": now.date(), "due_date": now.date(), "arrival_date": now.date(),
        "mode": "direct", "payload_sha256": "a" * 64, "preparer_id": "bookkeeper", "state": "rail_paid",
        "created_at": now, "updated_at": now, "sent_at": now,
    }  # fmt: skip
    links: list[dict[str, Any]] = [
        {"link": "ramp_bill", "owner": "executor", "closed_at": now, "evidence_id": "bill-1"},
        {"link": "bank_posting", "owner": "controller", "due_at": now - timedelta(days=1), "finding": "late",
         "finding_text": "No bank line by 2026-11-20", "next_action": "Ask Ramp for the trace", "found_at": now},
        {"link": "book_payment", "owner": "bookkeeper", "due_at": now + timedelta(days=4)},
    ]  # fmt: skip
    with world.plane.store.begin() as cx:
        cx.execute(sa.insert(t.payout).values(**whose, **payout))
        for link in links:
            cx.execute(sa.insert(t.custody_link).values(**whose, opened_at=now - timedelta(days=6), **link))


def test_open_links_come_with_owner_and_next_action_broken_ones_first(world: World) -> None:
    chain(world, "p1")
    path = f"/advisor/{HARBOR}/clients/c01/custody"
    found = world.http.get(path, headers=world.bearer("controller")).json()["links"]
    assert [(one["link"], one["finding"], one["owner"]) for one in found] == [
        ("bank_posting", "late", "controller"), ("book_payment", None, "bookkeeper"),
    ]  # fmt: skip
    assert found[0]["next_action"] and found[0]["amount_minor"] == 11_842
    everything = world.http.get(f"{path}?closed_too=true", headers=world.bearer("controller")).json()["links"]
    assert everything[-1]["evidence_id"] == "bill-1"


def test_a_week_of_drift_sums_and_opens_into_its_lines(world: World) -> None:
    path = f"/advisor/{HARBOR}/clients/c02/drift"
    told = world.http.get(path, headers=world.bearer("analyst")).json()
    assert len(told["weeks"]) == 3 and told["lines"] == [] and told["evidence"]["snapshot_id"]
    parts = ("timing_minor", "amount_part_minor", "missing_minor", "unplanned_minor")
    for week in told["weeks"]:
        assert week["drift_minor"] == week["actual_minor"] - week["planned_minor"] == sum(week[part] for part in parts)
    newest = told["weeks"][0]
    lines = world.http.get(f"{path}?week={newest['week_start_date']}", headers=world.bearer("analyst")).json()["lines"]
    assert sum(line["actual_minor"] for line in lines) == newest["actual_minor"]
    assert {line["kind"] for line in lines} >= {"moved away", "missing", "unplanned"}


@pytest.mark.parametrize(
    ("path", "status"),
    [("c03/custody", 404), ("c03/drift", 404), ("c01/drift?week=monday", 422), ("c01/custody?closed_too=maybe", 422)],
)
def test_walls_and_bad_parameters(world: World, path: str, status: int) -> None:
    answer = world.http.get(f"/advisor/{HARBOR}/clients/{path}", headers=world.bearer("controller"))
    assert answer.status_code == status and answer.json()["detail"]
    assert world.http.get(f"/advisor/{HARBOR}/clients/{path}").status_code == 401
