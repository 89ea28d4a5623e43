"""Whoever prepared a payout, edited its payee or wrote the rules it falls under does not approve it."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses

GUARD_ID = "separate_people"


def check(facts: Facts) -> Verdict:
    """Looks at every signature and, while approving, at the person who is about to sign."""
    signers = {s.person_id for s in facts.signatures}
    if facts.actor_id is not None:
        signers.add(facts.actor_id)
    if facts.preparer_id is None:
        return refuses(GUARD_ID, "It is not known who prepared this payout", "Propose the bill again")
    editors = set(facts.payee.edited_by) if facts.payee else set()
    inputs = {"preparer_id": facts.preparer_id, "signers": sorted(signers), "payee_editors": sorted(editors)}
    if facts.preparer_id in signers:
        return refuses(
            GUARD_ID, "The preparer may not approve their own payout", "Ask a colleague to approve", **inputs
        )
    if both := signers & editors:
        return refuses(
            GUARD_ID,
            f"{', '.join(sorted(both))} edited the payee and may not approve paying it",
            "Ask a colleague to approve",
            **inputs,
        )
    if both := signers & set(facts.policy_authors):
        return refuses(
            GUARD_ID,
            f"{', '.join(sorted(both))} changed the payment policy within a day",
            "Ask a colleague to approve",
            **inputs,
        )
    return passes(GUARD_ID, "Preparer and approvers are different people", **inputs)
