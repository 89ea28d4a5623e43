"""The executor is not halted: after an unclean stop it looks first and pays later."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses, warns

GUARD_ID = "executor_running"


def check(facts: Facts) -> Verdict:
    """While people decide, a halted executor is a remark; when cash is to move it is a refusal."""
    if facts.is_executor_halted is None:
        return refuses(GUARD_ID, "It is not known whether the executor runs", "Try again")
    if not facts.is_executor_halted:
        return passes(GUARD_ID, "The executor is not halted")
    remedy = "It resumes after one clean look through Ramp for each connection"
    if facts.stage.is_live:
        return refuses(GUARD_ID, "The executor is halted", remedy)
    return warns(GUARD_ID, "The executor is halted; the payout waits", remedy)
