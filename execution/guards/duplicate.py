"""No other bill or payment of the vendor looks like this one: retyped number, same amount, another rail, a card."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses, warns

GUARD_ID = "duplicate"


def check(facts: Facts) -> Verdict:
    """A certain twin stops the payout; a likely one is shown to whoever signs. The rules stand in domain/near_miss."""
    if facts.twins is None:
        return refuses(GUARD_ID, "Earlier payments to this vendor are not known", "Wait for the next load")
    twins = [twin for twin in facts.twins if not twin.is_same_bill]
    inputs = {"twins": [f"{twin.kind} {twin.record_id}: {twin.evidence}" for twin in twins]}
    if certain := [twin for twin in twins if twin.is_certain]:
        first = certain[0]
        return refuses(
            GUARD_ID,
            f"Already {first.kind}: {first.record_id} ({first.evidence})",
            "Compare both records; void the one that is wrong",
            **inputs,
        )
    if twins:
        first = twins[0]
        more = f" and {len(twins) - 1} more" if len(twins) > 1 else ""
        return warns(
            GUARD_ID, f"Looks like {first.record_id} ({first.evidence}){more}", "Compare before approving", **inputs
        )
    return passes(GUARD_ID, "No other record of this bill or its payment", **inputs)
