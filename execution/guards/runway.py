"""The client can go on for long enough after this payment, with earmarked, promised and pending money counted."""

from __future__ import annotations

from execution.domain.cash import spendable_minor
from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses, warns
from execution.guards.spendable_cash import claims_on

GUARD_ID = "runway"


def check(facts: Facts) -> Verdict:
    """Days of net burn left: below the policy's minimum a warning, below its floor a refusal."""
    balance, burn = facts.balance, facts.daily_net_burn_minor
    claims, reserves = claims_on(facts), facts.reserves
    if facts.payload is None or balance is None or balance.available_minor is None:
        return refuses(GUARD_ID, "Cash after this payment is not known", "Reconnect the bank, then load again")
    if claims is None or reserves is None:
        return refuses(GUARD_ID, "Cash after this payment is not known", "Reconnect the bank, then load again")
    floor, minimum = facts.policy.runway_days_floor, facts.policy.runway_days_minimum
    inputs = {"daily_net_burn_minor": burn, "floor_days": floor, "minimum_days": minimum}
    if burn is None:
        if floor > 0:
            return refuses(
                GUARD_ID, "The client's net burn is not known", "Publish the client's figures first", **inputs
            )
        return passes(GUARD_ID, "The client's net burn is not known; the policy sets no floor", **inputs)
    if burn <= 0:
        return passes(GUARD_ID, "The client earns more than it spends", **inputs)
    # The buffer is there to be lived on: runway counts it, payments do not.
    left = spendable_minor(balance.available_minor, claims) + claims.buffer_minor - reserves.promised_minor
    days = (left - facts.payload.amount_minor) // burn
    inputs["runway_days_after"] = days
    if floor > 0 and days < floor:
        return refuses(
            GUARD_ID,
            f"This would leave a runway of {days} days, the policy's floor is {floor}",
            "Hold other payouts or bring cash in first; two people may give a permit",
            **inputs,
        )
    if days < minimum:
        return warns(GUARD_ID, f"Leaves a runway of {days} days", "Talk to the client before paying", **inputs)
    return passes(GUARD_ID, f"Leaves a runway of {days} days", **inputs)
