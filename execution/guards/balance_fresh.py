"""The balance is of the right account, in the right currency, and young enough to spend on."""

from __future__ import annotations

from datetime import timedelta

from execution.domain.facts import Facts, Stage
from execution.domain.verdict import Verdict, passes, refuses, warns

GUARD_ID = "balance_fresh"


def check(facts: Facts) -> Verdict:
    """Before sending it must be asked live; while proposing an old one is a remark, nobody signs on it."""
    balance, payload = facts.balance, facts.payload
    if balance is None or payload is None:
        return refuses(GUARD_ID, "No balance of the funding account", "Reconnect the bank, then try again")
    age = facts.now - balance.as_of
    inputs = {
        "account_id": balance.account_id,
        "age_seconds": int(age.total_seconds()),
        "currency_code": balance.currency_code,
        "is_live": balance.is_live,
    }
    if balance.account_id != payload.account_id_plaid:
        return refuses(
            GUARD_ID,
            "The balance is of another account than the payment's",
            "Check which bank account Ramp pays from",
            **inputs,
        )
    if balance.available_minor is None:
        return refuses(GUARD_ID, "The bank gives no available balance for this account", "Try again later", **inputs)
    if balance.currency_code != payload.currency_code:
        return refuses(
            GUARD_ID,
            f"The account is in {balance.currency_code or 'an unknown currency'}, the bill in {payload.currency_code}",
            "Pay it from an account in the bill's currency",
            **inputs,
        )
    limit = timedelta(minutes=facts.policy.balance_age_minutes_max)
    if age < -timedelta(seconds=facts.policy.clock_skew_seconds_max):
        return refuses(GUARD_ID, "The balance is dated in the future", "Check this machine's clock", **inputs)
    if facts.stage.is_live:
        if not balance.is_live:
            return refuses(GUARD_ID, "The balance was not asked live", "Reconnect the bank, then try again", **inputs)
        if age > limit:
            return refuses(
                GUARD_ID,
                f"The balance is {int(age.total_seconds() // 60)} minutes old",
                "It is asked again at the next attempt",
                **inputs,
            )
    elif age > timedelta(hours=facts.policy.snapshot_age_hours_max):
        hours = f"The balance shown is {int(age.total_seconds() // 3600)} hours old"
        if facts.stage is Stage.APPROVE:
            return refuses(GUARD_ID, hours, "Load the bank again, then approve on today's balance", **inputs)
        return warns(GUARD_ID, hours, "It is asked live before anything is sent", **inputs)
    return passes(GUARD_ID, "Balance of the funding account is fresh", **inputs)
