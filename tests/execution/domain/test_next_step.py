"""The next step of every state: what, who and by when; and who of five people may take it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from execution.domain.next_step import Act, Standing, next_step
from execution.domain.states import State

DUE = datetime(2026, 11, 27, 15, tzinfo=UTC)
PEOPLE = {"bea": "bookkeeper", "carl": "controller", "cleo": "controller", "ada": "advisor", "farid": "firm_admin"}
CARL, ADA = ("carl", "controller"), ("ada", "advisor")

CASES: list[tuple[State, dict[str, Any], Act, set[str]]] = [
    (State.PROPOSED, {}, Act.APPROVE, {"carl", "cleo", "ada", "farid"}),
    (State.PROPOSED, {"preparer_id": "carl"}, Act.APPROVE, {"cleo", "ada", "farid"}),
    (State.PROPOSED, {"approvals_needed": 2}, Act.APPROVE, {"carl", "cleo", "ada", "farid"}),
    (State.PROPOSED, {"approvals_needed": 2, "signers": (CARL,)}, Act.APPROVE, {"ada", "farid"}),
    (State.PROPOSED, {"approvals_needed": 2, "signers": (ADA,)}, Act.APPROVE, {"carl", "cleo", "farid"}),
    (State.BLOCKED, {}, Act.PROPOSE, {"bea", "carl", "cleo", "ada"}),
    (State.APPROVED, {"signers": (CARL,)}, Act.RELEASE, {"carl", "cleo", "ada", "farid"}),
    (State.APPROVED, {"signers": (CARL,), "releaser_is_apart": True}, Act.RELEASE, {"cleo", "ada", "farid"}),
    (State.APPROVED, {"is_released": True}, Act.NONE, set()),
    (State.APPROVED, {"release_at": DUE}, Act.NONE, set()),
    (State.UNCONFIRMED, {}, Act.NONE, set()),
    (State.UNCONFIRMED, {"resend_needs_person": True}, Act.AGREE_TO_RESEND, {"carl", "cleo", "ada", "farid"}),
    (State.MISMATCHED, {}, Act.CLOSE, {"carl", "cleo", "ada", "farid"}),
    (State.MISMATCHED, {"asked_by": "carl", "asked_name": "Carl"}, Act.CLOSE, {"cleo", "ada", "farid"}),
    (State.RETURNED, {"may_be_paid_again": False}, Act.REISSUE, {"carl", "cleo", "ada", "farid"}),
    (State.RETURNED, {"may_be_paid_again": True}, Act.NONE, set()),
    (State.HANDED_OFF, {"is_rehearsal": True}, Act.NONE, set()),
]


@pytest.mark.parametrize(("state", "given", "act", "people"), CASES)
def test_who_may_take_the_next_step(state: State, given: dict[str, Any], act: Act, people: set[str]) -> None:
    step = next_step(Standing(**{"state": state, "preparer_id": "bea", "due_at": DUE, **given}))
    assert step.act is act
    assert {name for name, role in PEOPLE.items() if step.waits_for(name, role)} == people
    assert not step.waits_for("ana", "analyst") and not step.waits_for("agent", "agent")


@pytest.mark.parametrize("state", list(State))
def test_every_state_says_what_who_and_when(state: State) -> None:
    step = next_step(Standing(state=state, preparer_id="bea", due_at=DUE))
    assert step.what and step.who
    assert "bea" not in {name for name, role in PEOPLE.items() if step.waits_for(name, role)} or state is State.BLOCKED
    assert step.due_at == DUE or step.who in ("nobody", "bank", "Ramp")


def test_the_words_name_the_missing_person() -> None:
    asked = next_step(Standing(State.MISMATCHED, "bea", asked_by="carl", asked_name="Carl"))
    assert asked.what.startswith("A second person agrees with Carl") and asked.who == "advisor or firm admin"
    second = next_step(Standing(State.PROPOSED, "bea", approvals_needed=2, signers=(CARL,)))
    assert (second.what, second.who) == ("A second person approves", "advisor or firm admin")
