"""The money arrives on a banking day that the rail can still reach."""

from __future__ import annotations

from execution.domain.business_days import business_days_between, is_business_day, payment_day
from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses, warns

GUARD_ID = "arrival_date"


def check(facts: Facts) -> Verdict:
    """At least the lead time ahead, in banking days; after the cut-off today counts no more. Late is a remark only."""
    if facts.payload is None:
        return refuses(GUARD_ID, "No arrival date", "Propose the bill again")
    arrival = facts.payload.arrival_date
    first = payment_day(facts.now, facts.today, facts.policy.cut_off_minute)
    lead = business_days_between(first, arrival)
    inputs = {
        "arrival_date": arrival.isoformat(),
        "today": facts.today.isoformat(),
        "counted_from": first.isoformat(),
        "business_days": lead,
    }
    if not is_business_day(arrival):
        return refuses(GUARD_ID, f"{arrival} is not a banking day", "Choose a banking day", **inputs)
    if lead < facts.policy.lead_business_days:
        return refuses(
            GUARD_ID,
            f"{arrival} is {lead} banking days after {first}, Ramp needs {facts.policy.lead_business_days}",
            "Propose the bill again with a later arrival date",
            **inputs,
        )
    if arrival > facts.payload.due_date:
        return warns(GUARD_ID, f"Arrives after the due date {facts.payload.due_date}", "Tell the vendor", **inputs)
    return passes(GUARD_ID, f"Arrives on {arrival}, {lead} banking days ahead", **inputs)
