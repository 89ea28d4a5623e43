"""The firm still serves this client, in the way this payment supposes."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses, warns

GUARD_ID = "client_mode"
ADVISOR_MODES = frozenset({"active", "managed", "silent"})


def check(facts: Facts) -> Verdict:
    """A removed client pays nothing; a client back on drafts pays nothing direct; a silent one is a remark."""
    client, payload = facts.client, facts.payload
    if client is None or payload is None:
        return refuses(GUARD_ID, "How the firm serves this client is not known", "Try again")
    inputs = {"advisor_mode": client.advisor_mode, "payout_mode": client.payout_mode, "signed_mode": payload.mode}
    if client.is_removed:
        return refuses(GUARD_ID, f"{facts.client_name} is no longer served", "Cancel the payout", **inputs)
    if client.advisor_mode not in ADVISOR_MODES:
        return refuses(GUARD_ID, f"The mode {client.advisor_mode!r} is not known", "Set the client's mode", **inputs)
    if payload.mode == "direct" and client.payout_mode != "direct":
        return refuses(
            GUARD_ID,
            f"{facts.client_name} pays by drafts in Ramp now",
            "Cancel it and propose the bill again",
            **inputs,
        )
    if client.advisor_mode == "silent":
        return warns(
            GUARD_ID, f"{facts.client_name} is served silently: nobody looks at it between digests",
            "Make sure that somebody follows this payment to the bank", **inputs,
        )  # fmt: skip
    return passes(GUARD_ID, f"Served in {client.advisor_mode} mode", **inputs)
