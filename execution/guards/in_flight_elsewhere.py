"""Nobody else is paying this bill at the moment: not in Ramp by hand, not in QBO, not from the bank."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses

GUARD_ID = "in_flight_elsewhere"


def check(facts: Facts) -> Verdict:
    """A payment on its way that is not ours stops this one; which of the two goes on is for people."""
    if facts.elsewhere is None:
        return refuses(GUARD_ID, "It is not known whether the bill is being paid elsewhere", "Wait for the next load")
    inputs = {"found": [f"{one.rail} {one.record_id}" for one in facts.elsewhere]}
    if facts.elsewhere:
        first = facts.elsewhere[0]
        return refuses(
            GUARD_ID,
            f"The bill is being paid elsewhere: {first.rail} {first.record_id}, {first.what}",
            "Stop that payment where it was made, or cancel this one",
            **inputs,
        )
    return passes(GUARD_ID, "Nobody else is paying this bill", **inputs)
