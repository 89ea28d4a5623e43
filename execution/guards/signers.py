"""Enough different people of the right roles signed, for the size of the week's payments to this vendor."""

from __future__ import annotations

from execution.domain.bands import APPROVERS, SECOND_SIGNERS, Band
from execution.domain.facts import Facts
from execution.domain.money import shown
from execution.domain.people_needed import people_needed
from execution.domain.verdict import Verdict, asks_second, passes, refuses

GUARD_ID = "signers"


def check(facts: Facts) -> Verdict:
    """Counts signatures on this payload. Splitting a bill does not lower the band: it is taken from the sum."""
    payload, need = facts.payload, people_needed(facts)
    if payload is None or need is None:
        return refuses(GUARD_ID, "The week's payments to this vendor are not known", "Wait for the next load")
    valid = [s for s in facts.signatures if s.payload_sha256 == facts.stored_payload_sha256 and s.role in APPROVERS]
    people = {s.person_id for s in valid}
    inputs = {
        "band": str(need.band),
        "week_minor": need.week_minor,
        "needed": need.people,
        "have": len(people),
        "signers": sorted(people),
        "policy_version": facts.policy.version,
    }
    total = shown(need.week_minor, payload.currency_code)
    if need.band in (Band.REVIEW, Band.TWO_PEOPLE) and people and not any(s.reason.strip() for s in valid):
        return refuses(
            GUARD_ID, f"Payments of {total} in a week need a written reason", "Approve again and write why", **inputs
        )
    if len(people) < need.people:
        why = f", because {need.why_more}" if need.why_more else ""
        reason = f"{len(people)} of {need.people} approvals for {total} to this vendor in 7 days{why}"
        if facts.stage.is_live:
            return refuses(GUARD_ID, reason, "Ask another approver to sign this payload", **inputs)
        if facts.stage.is_unsigned and need.people == 1:
            return passes(GUARD_ID, "One approval is needed", **inputs)
        remedy = "A second person must sign"
        if need.band is Band.TWO_PEOPLE:
            remedy = "A second person, advisor or firm admin among the two, must sign"
        return asks_second(GUARD_ID, reason, remedy, **inputs)
    if need.band is Band.TWO_PEOPLE and not any(s.role in SECOND_SIGNERS for s in valid):
        reason = "One of the two signers must be an advisor or a firm admin"
        if facts.stage.is_live:
            return refuses(GUARD_ID, reason, "Ask an advisor or a firm admin to sign", **inputs)
        return asks_second(GUARD_ID, reason, "Ask an advisor or a firm admin to sign", **inputs)
    return passes(GUARD_ID, f"{len(people)} of {need.people} approvals", **inputs)
