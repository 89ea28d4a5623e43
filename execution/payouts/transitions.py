"""One step of a payout: legal, compare-and-swap on its version, cash, custody, and the audit event last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor
from execution.domain.states import HOLDING, State, require_legal
from execution.errors import Conflict
from execution.payouts import custody, holds
from execution.payouts.journal import note
from execution.payouts.rows import Row
from execution.store import tables as t

# Compare and swap: whoever read an older version, or another state, changes nothing.
_KEY = ("advisor_id", "client_id", "payout_id", "version", "state")
_SWAP = sa.update(t.payout).where(*[t.payout.c[name] == sa.bindparam(f"was_{name}") for name in _KEY])


def _swap(cx: sa.Connection, row: Row, changed: Mapping[str, Any]) -> bool:
    return cx.execute(_SWAP, {**{f"was_{name}": row[name] for name in _KEY}, **changed}).rowcount == 1


def move(
    cx: sa.Connection,
    row: Row,
    to: State,
    *,
    actor: Actor,
    now: datetime,
    action: str,
    reason: str = "",
    inputs: Mapping[str, Any] | None = None,
    **values: Any,
) -> Row:
    """Take a locked payout to its next state; answers the new row. Raises IllegalTransition or Conflict.

    A hold ends here, in the same transaction as its reason: consumed when settled, else voided.
    """
    from_state = State(row["state"])
    require_legal(from_state, to, action)
    changed = {"state": str(to), "state_reason": reason, "version": row["version"] + 1, "updated_at": now, **values}
    if not _swap(cx, row, changed):
        raise Conflict(f"Payout {row['payout_id'][:8]} has moved on meanwhile; look at it again")
    after = {**row, **changed}
    if from_state in HOLDING and to not in HOLDING:
        kind = "consumed" if to is State.SETTLED else "voided"
        holds.end(cx, row, kind=kind, now=now, posting_id=after.get("posting_id_plaid"))
    custody.keep(cx, after, to, now, inputs or {})
    note(cx, after, actor=actor, now=now, action=action, from_state=str(from_state), to_state=str(to),
         inputs={"reason": reason, **(inputs or {})})  # fmt: skip
    return after


def amend(
    cx: sa.Connection, row: Row, *, actor: Actor, now: datetime, action: str, inputs: Mapping[str, Any], **values: Any
) -> Row:
    """Change a locked payout that keeps its state (release, a new reading of the rail)."""
    changed = {"version": row["version"] + 1, "updated_at": now, **values}
    if not _swap(cx, row, changed):
        raise Conflict(f"Payout {row['payout_id'][:8]} has moved on meanwhile; look at it again")
    after = {**row, **changed}
    note(cx, after, actor=actor, now=now, action=action, from_state=row["state"], to_state=row["state"], inputs=inputs)
    return after
