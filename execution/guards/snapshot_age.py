"""The published figures that people looked at are young enough to decide on."""

from __future__ import annotations

from datetime import timedelta

from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses

GUARD_ID = "snapshot_age"


def check(facts: Facts) -> Verdict:
    """Age of the snapshot by its as-of instant."""
    if facts.snapshot_at is None:
        return refuses(GUARD_ID, "No published figures for this firm", "Run a load; look at the last refused publish")
    age = facts.now - facts.snapshot_at
    hours = int(age.total_seconds() // 3600)
    inputs = {"snapshot_at": facts.snapshot_at.isoformat(), "age_seconds": int(age.total_seconds())}
    if age > timedelta(hours=facts.policy.snapshot_age_hours_max):
        return refuses(GUARD_ID, f"The published figures are {hours} hours old", "Load and publish again", **inputs)
    return passes(GUARD_ID, f"Published figures are {hours} hours old", **inputs)
