"""Payments do not come faster, or larger, than this vendor and this client are used to."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.money import shown
from execution.domain.usual_amount import usual
from execution.domain.verdict import Verdict, passes, refuses, warns

GUARD_ID = "velocity"


def check(facts: Facts) -> Verdict:
    """Counts include this payout and stop it; an amount far above the vendor's own history is a warning, explained."""
    if facts.pace is None or facts.payload is None:
        return refuses(GUARD_ID, "How many payments went out lately is not known", "Try again; report it if it stays")
    pace, policy, amount = facts.pace, facts.policy, facts.payload.amount_minor
    counts = [
        ("to this vendor within an hour", pace.vendor_hour + 1, policy.vendor_payouts_hour_max),
        ("to this vendor within a day", pace.vendor_day + 1, policy.vendor_payouts_day_max),
        ("of the client within an hour", pace.client_hour + 1, policy.client_payouts_hour_max),
        ("of the client within a day", pace.client_day + 1, policy.client_payouts_day_max),
    ]
    inputs: dict[str, int | None] = {name.replace(" ", "_"): count for name, count, _ in counts}
    for name, count, most in counts:
        if count > most:
            return refuses(
                GUARD_ID,
                f"{count} payouts {name}, the policy allows {most}",
                "Find out why there are so many; wait, or have the policy changed",
                **inputs,
            )
    norm = usual(pace.paid_before_minor)
    if norm is None:
        return passes(GUARD_ID, "No unusual number of payments; too few to say what amount is usual", **inputs)
    ceiling = norm.ceiling_minor(policy.unusual_amount_times)
    inputs |= {"median_minor": norm.median_minor, "deviation_minor": norm.deviation_minor, "ceiling_minor": ceiling}
    code = facts.payload.currency_code
    if amount > ceiling:
        return warns(
            GUARD_ID,
            f"{shown(amount, code)} is unusual: the median of {norm.payments} payments to this vendor is "
            f"{shown(norm.median_minor, code)}, they usually stray by {shown(norm.deviation_minor, code)}",
            "Compare the bill with the contract or an earlier one",
            **inputs,
        )
    return passes(GUARD_ID, f"Usual for this vendor (up to {shown(ceiling, code)})", **inputs)
