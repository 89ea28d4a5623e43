"""A bank line settles a payout when it is certain; money that comes back returns it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from execution.domain import resolving
from execution.domain.resolving import Step
from execution.domain.states import State
from tests.execution.domain.test_resolving import NOW, row

PROOF: dict[str, Any] = {
    "candidate_count": 1, "posting_id_plaid": "p1", "posted_date": date(2026, 12, 1), "posting_description": "RAMP",
    "decided_by": "trace", "proof_score": 0.98765, "runner_up_score": None, "runner_up_posting_id": None,
}  # fmt: skip
SCORES = {"proof_score": "0.988", "runner_up_score": None, "runner_up": None}
OPEN = "2 bank lines could be this payment; it stays open until one is certain"


def test_a_certain_line_settles() -> None:
    inputs = {"posting_id": "p1", "posted_date": "2026-12-01", "description": "RAMP", "candidates": 1,
              "decided_by": "trace", **SCORES}  # fmt: skip
    values = {"posting_id_plaid": "p1", "settled_at": NOW}
    expected = Step(State.SETTLED, "payout.settled", "Bank posting of 2026-12-01", values, inputs)
    for state in sorted(resolving.SETTLES):
        assert resolving.proven(row(state=str(state)), PROOF, NOW) == expected
    for state in sorted(set(State) - resolving.SETTLES):
        assert resolving.proven(row(state=str(state)), PROOF, NOW) is None


@pytest.mark.parametrize(
    ("changes", "reason", "step"),
    [
        ({"decided_by": None, "candidate_count": 2}, "as before", True),
        ({"decided_by": "trace", "candidate_count": 2, "posting_id_plaid": None}, "as before", True),
        ({"decided_by": None, "candidate_count": 2}, OPEN, False),
        ({"decided_by": None, "candidate_count": 1}, "as before", False),
        ({"decided_by": None, "candidate_count": None}, "as before", False),
    ],
)
def test_several_lines_are_left_open_and_said_once(changes: dict[str, Any], reason: str, step: bool) -> None:
    said = resolving.proven(row(state="at_rail", state_reason=reason), {**PROOF, **changes}, NOW)
    assert said == (Step(None, "payout.proof_open", OPEN, {}, {"candidates": 2, **SCORES}) if step else None)


def test_what_is_told_of_the_line() -> None:
    rival = {**PROOF, "candidate_count": None, "runner_up_score": 0.5, "runner_up_posting_id": "p2"}
    said = resolving.proven(row(state="at_rail"), rival, NOW)
    assert said is not None and said.inputs["candidates"] == 0
    assert (said.inputs["runner_up_score"], said.inputs["runner_up"]) == ("0.500", "p2")


def test_figures_of_before_the_word_say_it_by_their_one_candidate() -> None:
    old = {name: value for name, value in PROOF.items() if name != "decided_by"}
    assert resolving.decided_by(old) == "only candidate"
    assert resolving.decided_by({**old, "candidate_count": 2}) is None
    assert resolving.decided_by(PROOF) == "trace" and resolving.decided_by({**PROOF, "decided_by": ""}) is None


BACK = {"is_return_certain": True, "return_posting_id": "p9", "return_posted_date": date(2026, 12, 5),
        "return_signal": "trace"}  # fmt: skip


def test_money_that_comes_back_is_believed_only_when_certain() -> None:
    told = {"posting_id": "p9", "posted_date": "2026-12-05", "signal": "trace"}
    expected = Step(State.RETURNED, "payout.returned", "The bank shows the money back on 2026-12-05", {}, told)
    for state in sorted(set(State)):
        here = row(state=str(state))
        assert resolving.came_back(here, BACK) == (expected if state in resolving.RETURNS else None)
        assert resolving.came_back(here, {**BACK, "is_return_certain": False}) is None
        assert resolving.came_back(here, {}) is None
