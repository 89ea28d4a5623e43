"""This machine's clock can be believed: it agrees with the rail's and does not run behind our own log."""

from __future__ import annotations

from datetime import timedelta

from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses

GUARD_ID = "clock_sane"
REMEDY = "Set this machine's clock (time service), then try again"


def check(facts: Facts) -> Verdict:
    """The rail's Date header within the policy's seconds; never earlier than the last audit event."""
    clock = facts.clock
    if clock is None:
        return refuses(GUARD_ID, "No other clock to compare with", REMEDY)
    allowed = facts.policy.clock_skew_seconds_max
    inputs = {
        "now": facts.now.isoformat(),
        "rail_skew_seconds": clock.rail_skew_seconds,
        "last_audit_at": clock.last_audit_at.isoformat() if clock.last_audit_at else None,
    }
    if clock.last_audit_at is not None and facts.now < clock.last_audit_at - timedelta(seconds=allowed):
        return refuses(GUARD_ID, "The clock stands before the last entry of the audit log", REMEDY, **inputs)
    if clock.rail_skew_seconds is None:
        if facts.stage.is_live:
            return refuses(GUARD_ID, "Ramp's clock could not be read", REMEDY, **inputs)
        return passes(GUARD_ID, "Not behind the audit log; compared with Ramp before sending", **inputs)
    if abs(clock.rail_skew_seconds) > allowed:
        return refuses(
            GUARD_ID, f"The clock differs from Ramp's by {clock.rail_skew_seconds} seconds", REMEDY, **inputs
        )
    return passes(GUARD_ID, "The clock agrees with Ramp's", **inputs)
