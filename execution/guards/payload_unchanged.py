"""What is about to be sent is what was signed, to the byte."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.verdict import Verdict, passes, refuses

GUARD_ID = "payload_unchanged"
REMEDY = "Propose the bill again; each approver then signs the new payload"


def check(facts: Facts) -> Verdict:
    """Compares the payload's hash with the stored one and with every signature's."""
    if facts.payload is None or facts.stored_payload_sha256 is None:
        return refuses(GUARD_ID, "The payload cannot be rebuilt from current facts", REMEDY)
    now = facts.payload.sha256()
    inputs = {"now": now, "stored": facts.stored_payload_sha256}
    if now != facts.stored_payload_sha256:
        return refuses(GUARD_ID, "Amount, payee, account or date differ from what was proposed", REMEDY, **inputs)
    if other := [s.name for s in facts.signatures if s.payload_sha256 != now]:
        return refuses(GUARD_ID, f"{', '.join(other)} signed another payload", REMEDY, **inputs)
    return passes(GUARD_ID, "Unchanged since it was proposed", **inputs)
