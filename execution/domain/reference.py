"""The name a payout has everywhere: derived, so that a restored database finds its own bill at Ramp again."""

from __future__ import annotations

import hashlib

REFERENCE_VERSION = "rowcol.payout.v1"


def payout_id_for(advisor_id: str, client_id: str, rail: str, source_bill_id: str, generation: int) -> str:
    """32 hex digits; the payout's id with us and its `remote_id` at Ramp.

    Amount and payee stay out on purpose: a changed body meets the same reference and is refused,
    instead of becoming a second payment.
    """
    parts = (REFERENCE_VERSION, advisor_id, client_id, rail, source_bill_id, str(generation))
    if any("\0" in part for part in parts):
        raise ValueError("an id of a payout holds a NUL byte")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
