"""The rails this payment leans on answered lately: books, bank and Ramp."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses, warns

GUARD_ID = "rails_healthy"
# Which state of a rail allows what. Stripe is not asked: no payment to a vendor leans on it.
STOPS = {"qbo": {"failed", "absent"}, "ramp": {"failed", "absent"}, "plaid": {"failed", "absent", "stale"}}
NAMES = {"qbo": "QBO", "ramp": "Ramp", "plaid": "Plaid"}


def check(facts: Facts) -> Verdict:
    """Refuses for a failed or missing rail; warns for one that grows old."""
    needed = ["qbo", "ramp", "plaid"]
    if facts.payload is not None and not facts.payload.source_bill_id.startswith("qbo:"):
        needed.remove("qbo")
    inputs = {rail: facts.rails[rail].status if rail in facts.rails else "unknown" for rail in needed}
    for rail in needed:
        health = facts.rails.get(rail)
        if health is None or health.status in STOPS[rail]:
            why = f"{NAMES[rail]} is {health.status}" if health else f"Nothing is known of {NAMES[rail]}"
            detail = f": {health.reason}" if health and health.reason else ""
            return refuses(GUARD_ID, why + detail, f"Reconnect {NAMES[rail]} and load again", **inputs)
    if old := [rail for rail in needed if facts.rails[rail].status != "fresh"]:
        names = ", ".join(NAMES[rail] for rail in old)
        return warns(GUARD_ID, f"{names}: data is ageing", "Load again before approving", **inputs)
    return passes(GUARD_ID, "Books, bank and Ramp are fresh", **inputs)
