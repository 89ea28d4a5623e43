"""What no person prepared stays away from payees that nobody knows yet."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.people_needed import is_payee_changed
from execution.domain.verdict import Verdict, passes, refuses

GUARD_ID = "automation"
REMEDY = "A bookkeeper or controller cancels it and proposes the bill"


def check(facts: Facts) -> Verdict:
    """An agent may prepare a payment to a known, unchanged payee of a client that is watched; nothing else."""
    if facts.is_prepared_by_agent is None:
        return refuses(GUARD_ID, "It is not known whether a person prepared this payout", "Propose the bill again")
    inputs = {"is_prepared_by_agent": facts.is_prepared_by_agent}
    if not facts.is_prepared_by_agent:
        return passes(GUARD_ID, "Prepared by a person", **inputs)
    if facts.payee is None or facts.client is None:
        return refuses(GUARD_ID, "An agent prepared it, and the payee or the client is not known", REMEDY, **inputs)
    if facts.payee.is_new:
        return refuses(GUARD_ID, "An agent may not prepare a payment to a new payee", REMEDY, **inputs)
    if is_payee_changed(facts):
        return refuses(GUARD_ID, "An agent may not prepare a payment to a changed account", REMEDY, **inputs)
    if facts.client.advisor_mode == "silent":
        return refuses(GUARD_ID, "An agent may not prepare payments of a silently served client", REMEDY, **inputs)
    return passes(GUARD_ID, "Prepared by an agent, for a known payee", **inputs)
