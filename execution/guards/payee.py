"""The payee is known, active and the same as before; a new one or a changed account needs a call-back."""

from __future__ import annotations

from datetime import timedelta

from execution.domain.facts import Facts
from execution.domain.people_needed import is_payee_changed
from execution.domain.verdict import Verdict, passes, refuses, warns

GUARD_ID = "payee"
CALL_BACK = "Call the vendor on a number known before the request; a second person records the call"


def check(facts: Facts) -> Verdict:
    """Compares the vendor's account at Ramp now with the one first paid and the one that was signed."""
    payee, payload = facts.payee, facts.payload
    if payee is None or payload is None:
        return refuses(GUARD_ID, "The payee at Ramp is not known", "Set the vendor up in Ramp, then load again")
    inputs = {
        "vendor_id": payee.vendor_id,
        "vendor_account_id": payee.vendor_account_id,
        "is_new": payee.is_new,
        "fingerprint": payee.fingerprint,
        "known_fingerprint": payee.known_fingerprint,
        "call_back_confirmed": payee.call_back_confirmed,
    }
    if payee.vendor_id != payload.vendor_id_ramp:
        return refuses(GUARD_ID, "The vendor is another one than was signed", "Propose the bill again", **inputs)
    if not payee.is_active:
        return refuses(
            GUARD_ID, f"{payload.vendor_name} is not active in Ramp", "Activate the vendor in Ramp", **inputs
        )
    if facts.stage.is_live and payee.vendor_account_id is None:
        return refuses(
            GUARD_ID,
            f"{payload.vendor_name} has no payment account in Ramp",
            "Add the vendor's account in Ramp",
            **inputs,
        )
    if payload.mode == "direct" and not payload.vendor_account_id:
        reason = f"The account of {payload.vendor_name} at Ramp is not known yet"
        if facts.stage.is_unsigned:
            return warns(GUARD_ID, reason, "The executor reads it at Ramp before anybody can approve", **inputs)
        return refuses(
            GUARD_ID, reason, f"The executor reads it within a minute; if it stays so: {CALL_BACK[0].lower()}"
            f"{CALL_BACK[1:]}, then set the account in Ramp", **inputs,
        )  # fmt: skip
    if payload.vendor_account_id and payee.vendor_account_id not in (None, payload.vendor_account_id):
        return refuses(
            GUARD_ID,
            f"The account of {payload.vendor_name} changed since the approval",
            "Propose the bill again",
            **inputs,
        )
    changed = payee.fingerprint is not None and is_payee_changed(facts)
    if changed and not payee.call_back_confirmed:
        return refuses(GUARD_ID, f"The bank account of {payload.vendor_name} changed", CALL_BACK, **inputs)
    if changed and payee.changed_at is not None:
        free_at = payee.changed_at + timedelta(days=facts.policy.payee_change_days)
        if facts.now < free_at:
            return refuses(
                GUARD_ID,
                f"A changed account waits {facts.policy.payee_change_days} days",
                f"Pay from {free_at:%Y-%m-%d} on",
                **inputs,
            )
    if payee.is_new and not payee.call_back_confirmed:
        if facts.stage.is_live:
            return refuses(GUARD_ID, f"{payload.vendor_name} was never paid before", CALL_BACK, **inputs)
        return warns(GUARD_ID, f"{payload.vendor_name} was never paid before", CALL_BACK, **inputs)
    if (payee.is_new or changed) and payee.call_back_by in {facts.preparer_id, *payee.edited_by}:
        return refuses(
            GUARD_ID,
            "Whoever prepared the payout or edited the payee recorded the call-back",
            "A second person calls the vendor and records it",
            **inputs,
        )
    return passes(GUARD_ID, "Known payee, account unchanged", **inputs)
