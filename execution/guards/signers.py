"""Enough different people of the right roles signed, for the size of the week's payments to this vendor."""

from __future__ import annotations

from execution.domain.bands import APPROVERS, SECOND_SIGNERS, Band, signers_needed
from execution.domain.facts import Facts
from execution.domain.money import shown
from execution.domain.verdict import Verdict, asks_second, passes, refuses

GUARD_ID = "signers"


def check(facts: Facts) -> Verdict:
    """Counts signatures on this payload. Splitting a bill does not lower the band: it is taken from the sum."""
    payload = facts.payload
    if payload is None or facts.limits is None or facts.payee is None:
        return refuses(GUARD_ID, "The week's payments to this vendor are not known", "Wait for the next load")
    total = facts.limits.vendor_week_minor + payload.amount_minor
    band = facts.policy.bands.band_of(total)
    automatic = facts.policy.automatic_payouts and not facts.payee.is_new and not facts.is_first_payout
    automatic = automatic and facts.payee.fingerprint == facts.payee.known_fingerprint
    needed = signers_needed(band, automatic_allowed=automatic)
    valid = [s for s in facts.signatures if s.payload_sha256 == facts.stored_payload_sha256 and s.role in APPROVERS]
    people = {s.person_id for s in valid}
    inputs = {"band": str(band), "week_minor": total, "needed": needed, "have": len(people), "signers": sorted(people)}
    if band is Band.REVIEW and people and not any(s.reason.strip() for s in valid):
        return refuses(
            GUARD_ID,
            f"Payments of {shown(total)} in a week need a written reason",
            "Approve again and write why",
            **inputs,
        )
    if len(people) < needed:
        reason = (
            f"{len(people)} of {needed} approvals for {shown(total, payload.currency_code)} to this vendor in 7 days"
        )
        if facts.stage.is_live:
            return refuses(GUARD_ID, reason, "Ask another approver to sign this payload", **inputs)
        first_missing = facts.stage.is_unsigned and needed == 1
        if first_missing:
            return passes(GUARD_ID, "One approval is needed", **inputs)
        return asks_second(
            GUARD_ID, reason, "A second person, advisor or firm admin among the two, must sign", **inputs
        )
    if band is Band.TWO_PEOPLE and not any(s.role in SECOND_SIGNERS for s in valid):
        reason = "One of the two signers must be an advisor or a firm admin"
        if facts.stage.is_live:
            return refuses(GUARD_ID, reason, "Ask an advisor or a firm admin to sign", **inputs)
        return asks_second(GUARD_ID, reason, "Ask an advisor or a firm admin to sign", **inputs)
    return passes(GUARD_ID, f"{len(people)} of {needed} approvals", **inputs)
