"""Break-glass: two people let one payout past one guard for a while. Some guards nobody lifts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from execution.domain.verdict import Effect, Verdict

LIFE_LONGEST = timedelta(hours=24)
# A list of what may be lifted, so that a new guard is firm until somebody decides otherwise. What is not here:
# the signed payload, cash and its balance, one payment per bill, people and their number, the payee (its remedy is a
# telephone call), the lead time (the last wall against a second payment), clocks, freezes and halts.
LIFTABLE = frozenset({"duplicate", "limits", "rails_healthy", "readiness", "runway", "snapshot_age", "velocity"})


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit as two people gave it. It covers one guard of one payout at one amount (minor units)."""

    permit_id: str
    guard_id: str
    amount_minor: int
    asked_by: str
    confirmed_by: str
    expires_at: datetime

    def covers(self, guard_id: str, amount_minor: int, now: datetime) -> bool:
        """Whether the permit lets this guard's refusal pass now."""
        is_two = bool(self.asked_by and self.confirmed_by) and self.asked_by != self.confirmed_by
        is_meant = guard_id == self.guard_id and guard_id in LIFTABLE and amount_minor == self.amount_minor
        return is_two and is_meant and now < self.expires_at


def lifted(verdict: Verdict, permits: tuple[Permit, ...], amount_minor: int, now: datetime) -> Verdict:
    """The verdict, or the warning that a permit makes of a refusal; the refusal's words stay in it."""
    if verdict.passed:
        return verdict
    for permit in permits:
        if permit.covers(verdict.guard_id, amount_minor, now):
            inputs = {
                **verdict.inputs,
                "permit_id": permit.permit_id,
                "permit_by": [permit.asked_by, permit.confirmed_by],
            }
            return replace(verdict, passed=True, effect=Effect.WARNING, inputs=inputs,
                           reason=f"Let past by permit {permit.permit_id[:8]}: {verdict.reason}")  # fmt: skip
    return verdict
