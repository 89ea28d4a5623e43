"""The audit event of a payout: who, what, when, on which inputs. Written last in the change's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor, append
from execution.payouts.rows import Row


def note(
    cx: sa.Connection,
    row: Row,
    *,
    actor: Actor,
    now: datetime,
    action: str,
    from_state: str | None,
    to_state: str | None,
    inputs: Mapping[str, Any],
) -> None:
    """Append one event about a payout to its firm's chain."""
    append(
        cx,
        advisor_id=row["advisor_id"],
        client_id=row["client_id"],
        at=now,
        actor=actor,
        action=action,
        subject_kind="payout",
        subject_id=row["payout_id"],
        from_state=from_state,
        to_state=to_state,
        inputs={
            "amount_minor": row["amount_minor"],
            "currency_code": row["currency_code"],
            "payload_sha256": row["payload_sha256"],
            "source_bill_id": row["source_bill_id"],
            **inputs,
        },
        prev_state_version=row["version"],
    )
