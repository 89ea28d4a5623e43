"""The account still holds the client's buffer after this payment, with every earmark counted."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.money import shown
from execution.domain.verdict import Verdict, passes, refuses, warns

GUARD_ID = "spendable_cash"


def check(facts: Facts) -> Verdict:
    """spendable = available - buffer - our live holds - Ramp payments not ours and not yet posted."""
    if facts.payload is None or facts.balance is None or facts.balance.available_minor is None:
        return refuses(GUARD_ID, "The account's available balance is not known", "Reconnect the bank, then load again")
    if facts.reserves is None or facts.buffer_minor is None:
        return refuses(GUARD_ID, "Buffer or earmarked cash of the account is not known", "Set the client's buffer")
    held_by_others = facts.reserves.held_minor - facts.own_hold_minor
    spendable = facts.balance.available_minor - facts.buffer_minor - held_by_others - facts.reserves.foreign_minor
    after = spendable - facts.payload.amount_minor
    inputs = {
        "available_minor": facts.balance.available_minor,
        "buffer_minor": facts.buffer_minor,
        "held_minor": held_by_others,
        "foreign_minor": facts.reserves.foreign_minor,
        "amount_minor": facts.payload.amount_minor,
        "after_minor": after,
    }
    code = facts.payload.currency_code
    if after < 0:
        return refuses(
            GUARD_ID,
            f"This would leave {facts.client_name} {shown(-after, code)} below its buffer",
            f"Pay at most {shown(max(spendable, 0), code)}, hold other payouts, or bring cash in first",
            **inputs,
        )
    burn = facts.daily_net_burn_minor
    if burn is not None and burn > 0:
        days_after = (after + facts.buffer_minor) // burn
        inputs["runway_days_after"] = days_after
        if days_after < facts.policy.runway_days_minimum:
            return warns(
                GUARD_ID, f"Leaves a runway of {days_after} days", "Talk to the client before paying", **inputs
            )
    return passes(GUARD_ID, f"{shown(after, code)} above the buffer after this payment", **inputs)
