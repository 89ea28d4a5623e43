"""What the approvers were shown still holds: the bill and the payee are as they saw them."""

from __future__ import annotations

from execution.domain.facts import Facts
from execution.domain.seen import changes, sha256_of
from execution.domain.verdict import Verdict, passes, refuses

GUARD_ID = "seen_unchanged"
REMEDY = "Whoever approved looks again and approves anew"


def check(facts: Facts) -> Verdict:
    """Compares the facts behind each signature on this payload with the facts now; says which field changed."""
    signed = [s for s in facts.signatures if s.payload_sha256 == facts.stored_payload_sha256]
    now = sha256_of(facts.seen)
    inputs = {"now": now, "signed": [{"person_id": s.person_id, "snapshot_id": s.snapshot_id} for s in signed]}
    for signature in signed:
        if changed := changes(signature.seen, facts.seen):
            return refuses(
                GUARD_ID,
                f"Since {signature.name} approved it, this changed: {'; '.join(changed)}",
                REMEDY,
                **inputs,
                changed=changed,
            )
    return passes(GUARD_ID, "What the approvers saw still holds" if signed else "Nobody has approved yet", **inputs)
