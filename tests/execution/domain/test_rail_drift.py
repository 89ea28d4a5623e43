"""What Ramp holds under our references against what the store knows: taken over, named, or left to its own look."""

from __future__ import annotations

from typing import Any

import pytest

from execution.domain.rail import RailRecord
from execution.domain.rail_drift import compare, references
from execution.domain.reference import payout_id_for
from execution.domain.states import BEFORE_SENDING, ENDED, State

OURS = payout_id_for("firm", "acme", "ramp", "qbo:1", 1)
BILLS = references("firm", "acme", ["qbo:1", "qbo:2"])


def bill(record_id: str = "b1", remote_id: str | None = OURS, **more: Any) -> RailRecord:
    return RailRecord(more.pop("kind", "bill"), record_id, remote_id, "v", "n", 90_000, "USD", **more)


def row(state: State, **more: Any) -> dict[str, dict[str, Any]]:
    known = {"payout_id": OURS, "source_bill_id": "qbo:1", "vendor_name": "Nimbus", "state": str(state),
             "rail_bill_id": None, "rail_draft_id": None, "amount_minor": 90_000, "currency_code": "USD"}  # fmt: skip
    return {OURS: known | more}


@pytest.mark.parametrize("state", sorted(BEFORE_SENDING))
def test_what_was_not_known_as_sent_is_taken_over_and_named(state: State) -> None:
    (adoption,), (line,) = compare([bill()], row(state), BILLS, moved=())
    assert adoption.payout_id == OURS and adoption.records[0].record_id == "b1"
    assert line.kind == "adopted" and line.needs_person == (state is not State.RESERVED)
    assert f"it stood as {state} and was taken over" in line.sentence and "90" in line.sentence


@pytest.mark.parametrize("state", [State.SENDING, State.UNCONFIRMED])
def test_what_is_in_doubt_is_left_to_its_own_look(state: State) -> None:
    assert compare([bill()], row(state), BILLS, moved=()) == ([], [])


@pytest.mark.parametrize("state", sorted(ENDED))
def test_an_ended_payout_of_which_a_bill_stands_is_named(state: State) -> None:
    adoptions, (line,) = compare([bill()], row(state), BILLS, moved=())
    assert not adoptions and line.kind == "ended" and line.needs_person and f"ended here as {state}" in line.sentence
    assert compare([bill()], row(state, rail_bill_id="b1"), BILLS, moved=()) == ([], [])


def test_an_unknown_reference_names_the_bill_that_it_pays() -> None:
    _, (line,) = compare([bill(remote_id=payout_id_for("firm", "acme", "ramp", "qbo:2", 3))], {}, BILLS, moved=())
    assert (line.kind, line.source_bill_id) == ("unknown", "qbo:2") and line.sentence.endswith("It pays qbo:2")
    _, (line,) = compare([bill(remote_id="0" * 32)], {}, BILLS, moved=())
    assert line.source_bill_id is None and "No open bill leads to its reference" in line.sentence


def test_what_is_not_ours_archived_or_moving_is_no_drift() -> None:
    others = [bill(remote_id=None), bill("b2", "acme:bill:812"), bill("b3", "F" * 32), bill("b4", is_archived=True)]
    assert compare(others, {}, BILLS, moved=()) == ([], [])
    assert compare([bill()], row(State.APPROVED), BILLS, moved={OURS}) == ([], [])
    assert compare([], row(State.AT_RAIL, rail_bill_id="b1"), BILLS, moved={OURS}) == ([], [])


def test_a_second_record_and_a_missing_one_are_named() -> None:
    known = row(State.AT_RAIL, rail_bill_id="b1", rail_draft_id="d1")
    assert compare([bill(), bill("b9", draft_bill_id="d1")], known, BILLS, moved=()) == ([], [])
    _, (line,) = compare([bill(), bill("b2")], known, BILLS, moved=())
    assert (line.kind, line.record_id) == ("twin", "b2")
    _, (line,) = compare([], known, BILLS, moved=())
    assert (line.kind, line.record_id) == ("missing", "b1") and "stands here as at_rail" in line.sentence
    assert compare([], row(State.HANDED_OFF, rail_draft_id="dry_run:1"), BILLS, moved=()) == ([], [])
