"""One bill, one payment: no other live payout stands for it, and no record shows it as paid."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses

GUARD_ID = "same_bill"


def check(facts: Facts) -> Verdict:
    """Nobody lifts this one: paying a bill twice is what the whole plane is built against."""
    if facts.twins is None:
        return refuses(GUARD_ID, "Earlier payments of this bill are not known", "Wait for the next load")
    same = [twin for twin in facts.twins if twin.is_same_bill]
    inputs = {"found": [f"{twin.kind} {twin.record_id}" for twin in same]}
    if same:
        return refuses(
            GUARD_ID,
            f"This bill is already {same[0].kind}: {same[0].record_id} ({same[0].evidence})",
            "Follow that payment; cancel this one",
            **inputs,
        )
    return passes(GUARD_ID, "No other payment of this bill", **inputs)
