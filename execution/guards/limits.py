"""What goes out in a day and a week, to a vendor, and by one person's hand stays within the client's limits."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.money import shown
from execution.domain.verdict import Verdict, passes, refuses

GUARD_ID = "limits"


def check(facts: Facts) -> Verdict:
    """Each limit counts this payment; exactly at the limit is allowed."""
    if facts.limits is None or facts.payload is None:
        return refuses(GUARD_ID, "What went out already is not known", "Try again; report it if it stays")
    amount, limits, policy = facts.payload.amount_minor, facts.limits, facts.policy
    uses = [
        ("today", limits.day_minor, policy.day_limit_minor),
        ("today to this vendor", limits.vendor_day_minor, policy.vendor_day_limit_minor),
        ("in 7 days to this vendor", limits.vendor_week_minor, policy.vendor_week_limit_minor),
        ("in 7 days", limits.client_week_minor, policy.client_week_limit_minor),
        ("signed today by one person", limits.signed_day_minor, policy.approver_day_limit_minor),
    ]
    inputs = {f"{name.replace(' ', '_')}_minor": used + amount for name, used, _ in uses}
    for name, used, limit in uses:
        if used + amount > limit:
            code = facts.payload.currency_code
            return refuses(
                GUARD_ID,
                f"{shown(used + amount, code)} {name} is above the limit of {shown(limit, code)}",
                "Pay on another day, have another person sign, or have the policy changed",
                **inputs,
            )
    return passes(GUARD_ID, "Within the limits of day, week, vendor and signer", **inputs)
