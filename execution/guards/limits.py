"""What goes out in a day, to a vendor and in a week stays within the client's limits."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.money import shown
from execution.domain.verdict import Verdict, passes, refuses

GUARD_ID = "limits"


def check(facts: Facts) -> Verdict:
    """Each limit counts this payment; exactly at the limit is allowed."""
    if facts.limits is None or facts.payload is None:
        return refuses(GUARD_ID, "What went out already is not known", "Try again; report it if it stays")
    amount = facts.payload.amount_minor
    policy = facts.policy
    uses = [
        ("today", facts.limits.day_minor + amount, policy.day_limit_minor),
        ("today to this vendor", facts.limits.vendor_day_minor + amount, policy.vendor_day_limit_minor),
        ("in 7 days", facts.limits.client_week_minor + amount, policy.client_week_limit_minor),
    ]
    inputs = {f"{name.replace(' ', '_')}_minor": used for name, used, _ in uses}
    for name, used, limit in uses:
        if used > limit:
            return refuses(
                GUARD_ID,
                f"{shown(used)} {name} is above the limit of {shown(limit)}",
                "Pay on another day, or have the policy changed",
                **inputs,
            )
    return passes(GUARD_ID, "Within the limits of day, vendor and week", **inputs)
