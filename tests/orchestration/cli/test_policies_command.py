"""`rowcol clients policy`: the operator drafts, a person agrees with their own token, the history tells both."""

from __future__ import annotations

import pytest

from execution.service import ControlPlane
from tests.orchestration.cli.test_people_command import add, home, plane, rowcol

__all__ = ["home", "plane"]


def policy(*arguments: str, fails: str = "") -> str:
    done = rowcol("clients", "policy", *arguments)
    told = " ".join(done.output.split())
    assert done.exit_code == (1 if fails else 0), done.output
    assert fails in told and "Traceback" not in told
    return told


def test_four_eyes_at_the_command_line(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "version 1, by operator:" in policy("show", "c1")
    drafted = policy("draft", "c1", "runway_days_floor=7", "automatic_payouts=yes", "buffer_minor=1,000,000",
                     "--reason", "the owner asked")  # fmt: skip
    assert "runway_days_floor: 0 → 7" in drafted and "automatic_payouts: no → yes" in drafted
    draft_id = drafted.rsplit(" ", 1)[1]
    assert draft_id in policy("show", "c1")
    policy("approve", "c1", draft_id, fails="may draft and not agree")
    add("Ada", "advisor")
    told = " ".join(rowcol("people", "token", "issue", "ada@harbor.test", "--name", "laptop").output.split())
    monkeypatch.setenv("ROWCOL_API_TOKEN", told.rsplit(" ", 1)[1])
    assert "✓ version 2 of c1 is in force" in policy("approve", "c1", draft_id)
    seen = policy("history", "c1")
    assert "runway_days_floor 0 → 7" in seen and "the client's set-up" in seen
    assert "version 2" in policy("show", "c1")
    policy("draft", "c1", "runway_days_floor=8", "--reason", "x", fails="may not edit policy; ask a firm admin")


def test_what_is_typed_wrong_is_named(plane: ControlPlane) -> None:
    policy("draft", "c1", "runway_days_floor", "--reason", "x", fails="write RULE=VALUE")
    policy("draft", "c1", "runway=7", "--reason", "x", fails="there is no rule 'runway'")
    policy("draft", "c1", "lead_business_days=1", "--reason", "x", fails="from 2 to 30")
    policy("draft", "c1", "buffer_minor=many", "--reason", "x", fails="buffer_minor: 'many' must be")
    policy("show", "c9", fails="no client")
    drafted = policy("draft", "c1", "runway_days_floor=7", "--reason", "x")
    policy("withdraw", "c1", drafted.rsplit(" ", 1)[1])
    policy("withdraw", "c1", drafted.rsplit(" ", 1)[1], fails="no draft")
