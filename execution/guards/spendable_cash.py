"""The account still holds the client's buffer after this payment, with every earmark counted."""

from __future__ import annotations

from datetime import timedelta

from execution.domain.cash import Claims, spendable_minor, stale_minor
from execution.domain.facts import Facts
from execution.domain.money import shown
from execution.domain.verdict import Verdict, passes, refuses, warns

GUARD_ID = "spendable_cash"


def claims_on(facts: Facts) -> Claims | None:
    """What has a claim on the account besides this payment; None where it cannot be known."""
    if facts.balance is None or facts.balance.available_minor is None:
        return None
    if facts.reserves is None or facts.buffer_minor is None:
        return None
    stale = stale_minor(
        facts.balance.available_minor,
        facts.now - facts.balance.as_of,
        fresh_for=timedelta(minutes=facts.policy.balance_age_minutes_max),
        pct=facts.policy.stale_balance_pct,
        daily_net_burn_minor=facts.daily_net_burn_minor,
    )
    held_by_others = facts.reserves.held_minor - facts.own_hold_minor
    return Claims(facts.buffer_minor, held_by_others, facts.reserves.foreign_minor, stale)


def check(facts: Facts) -> Verdict:
    """An old balance lowers what may be spent; once cash is set aside, only a fresh one counts (balance_fresh)."""
    if facts.payload is None or facts.balance is None or facts.balance.available_minor is None:
        return refuses(GUARD_ID, "The account's available balance is not known", "Reconnect the bank, then load again")
    claims = claims_on(facts)
    if claims is None or facts.reserves is None:
        return refuses(GUARD_ID, "Buffer or earmarked cash of the account is not known", "Set the client's buffer")
    spendable = spendable_minor(facts.balance.available_minor, claims)
    after = spendable - facts.payload.amount_minor
    inputs = {
        "available_minor": facts.balance.available_minor,
        "buffer_minor": claims.buffer_minor,
        "held_minor": claims.held_minor,
        "foreign_minor": claims.foreign_minor,
        "stale_minor": claims.stale_minor,
        "promised_minor": facts.reserves.promised_minor,
        "amount_minor": facts.payload.amount_minor,
        "after_minor": after,
    }
    code = facts.payload.currency_code
    if after < 0:
        old = f"; the balance is old, so {shown(claims.stale_minor, code)} of it are not counted"
        return refuses(
            GUARD_ID,
            f"This would leave {facts.client_name} {shown(-after, code)} below its buffer"
            + (old if claims.stale_minor else ""),
            f"Pay at most {shown(max(spendable, 0), code)}, hold other payouts, or bring cash in first",
            **inputs,
        )
    if not facts.stage.is_live and after < facts.reserves.promised_minor:
        short = facts.reserves.promised_minor - after
        return warns(
            GUARD_ID,
            f"Approved payouts that wait for their cash would then lack {shown(short, code)}",
            "Choose which of them to hold; whichever the executor reaches last is blocked",
            **inputs,
        )
    return passes(GUARD_ID, f"{shown(after, code)} above the buffer after this payment", **inputs)
