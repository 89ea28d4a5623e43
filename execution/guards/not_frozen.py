"""Sending for this client is not frozen."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses

GUARD_ID = "not_frozen"


def check(facts: Facts) -> Verdict:
    """A mismatch at the bank freezes a client until a controller and an advisor have looked at it."""
    if facts.is_client_frozen is None:
        return refuses(GUARD_ID, "It is not known whether sending is frozen", "Try again")
    if facts.is_client_frozen:
        return refuses(
            GUARD_ID,
            f"Sending for {facts.client_name} is frozen: {facts.frozen_reason or 'mismatch'}",
            "A controller and an advisor settle the mismatch, then release the client",
        )
    return passes(GUARD_ID, "Sending is not frozen")
