"""The bill is paid once: no live payout, no paid twin in our books, QBO, Ramp or at the bank."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses, warns

GUARD_ID = "duplicate"


def check(facts: Facts) -> Verdict:
    """A certain twin stops the payout; a likely one (similar number or day) is shown."""
    if facts.twins is None:
        return refuses(GUARD_ID, "Earlier payments to this vendor are not known", "Wait for the next load")
    inputs = {"twins": [f"{t.kind} {t.record_id}" for t in facts.twins]}
    if certain := [t for t in facts.twins if t.is_certain]:
        first = certain[0]
        return refuses(
            GUARD_ID,
            f"Already {first.kind}: {first.record_id} ({first.evidence})",
            "Compare both records; void the one that is wrong",
            **inputs,
        )
    if facts.twins:
        first = facts.twins[0]
        return warns(
            GUARD_ID, f"Looks like {first.record_id} ({first.evidence})", "Compare both before approving", **inputs
        )
    return passes(GUARD_ID, "No other record of this bill or its payment", **inputs)
