"""The client's data is good enough to decide on."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses

GUARD_ID = "readiness"


def check(facts: Facts) -> Verdict:
    """The readiness score of the snapshot against the policy's minimum; exactly at it is enough."""
    score, minimum = facts.readiness_score, facts.readiness_minimum
    if score is None or minimum is None:
        return refuses(GUARD_ID, "No readiness score for this client", "Publish the client's figures first")
    inputs = {"readiness_score": score, "readiness_minimum": minimum}
    if score < minimum:
        return refuses(
            GUARD_ID,
            f"Readiness is {score}, the policy asks for {minimum}",
            f"Work through the Hygiene Tray until the score is met. {facts.readiness_reason}".strip(),
            **inputs,
        )
    return passes(GUARD_ID, f"Readiness {score} of at least {minimum}", **inputs)
