"""The bill is still open in QBO, at the amount and version that were signed."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.money import shown
from execution.domain.verdict import Verdict, passes, refuses

GUARD_ID = "bill_open"


def check(facts: Facts) -> Verdict:
    """Uses the live bill where it was read; from reserving on it must have been, if QBO holds the bill."""
    payload = facts.payload
    bill = facts.live_bill or facts.bill
    if payload is None or bill is None:
        return refuses(GUARD_ID, "The bill is not among the open bills", "Load again; it may be paid or deleted")
    from_qbo = payload.source_bill_id.startswith("qbo:")
    if facts.stage.is_live and from_qbo and facts.live_bill is None:
        return refuses(GUARD_ID, "The bill could not be read again in QBO", "Reconnect QBO, then try again")
    inputs = {
        "source_bill_id": bill.source_bill_id,
        "open_minor": bill.open_minor,
        "version": bill.version,
        "signed_version": payload.bill_version,
        "amount_minor": payload.amount_minor,
    }
    if bill.open_minor <= 0:
        return refuses(GUARD_ID, "The bill is already paid", "Nothing to do; cancel the payout", **inputs)
    if bill.currency_code != payload.currency_code:
        return refuses(GUARD_ID, f"The bill is in {bill.currency_code} now", "Propose the bill again", **inputs)
    if bill.open_minor != payload.amount_minor:
        return refuses(
            GUARD_ID,
            f"The bill's open amount is {shown(bill.open_minor, bill.currency_code)}, signed was "
            f"{shown(payload.amount_minor, payload.currency_code)}",
            "Propose the bill again",
            **inputs,
        )
    if from_qbo and (bill.version or "") != payload.bill_version:
        return refuses(GUARD_ID, "The bill was edited in QBO since it was proposed", "Propose the bill again", **inputs)
    if not bill.is_payable_here:
        return refuses(
            GUARD_ID,
            bill.not_payable_reason or "The bill cannot be paid through Ramp",
            "Pay it where its rail allows, or complete the vendor in Ramp",
            **inputs,
        )
    return passes(GUARD_ID, "Open in the books at this amount", **inputs)
