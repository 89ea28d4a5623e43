"""Break-glass permits of a payout: asked by one person, confirmed by another, gone after a day at most."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import sqlalchemy as sa

from execution.domain.permits import Permit
from execution.payouts.rows import Row
from execution.store import tables as t

_p = t.permit.c
_LIVE = sa.select(
    _p.payout_id, _p.permit_id, _p.guard_id, _p.amount_minor, _p.asked_by, _p.confirmed_by, _p.expires_at
).where(
    _p.advisor_id == sa.bindparam("advisor_id"),
    _p.client_id == sa.bindparam("client_id"),
    _p.revoked_at.is_(None),
    _p.expires_at > sa.bindparam("now"),
)  # fmt: skip
_LIVE_OF_ONE = _LIVE.where(_p.payout_id == sa.bindparam("payout_id"))


def permits_by_payout(
    cx: sa.Connection, client: Row, now: datetime, payout_id: str | None = None
) -> dict[str, tuple[Permit, ...]]:
    """Those that two people gave, nobody took back and no clock ended: of one payout, or of all of a client's.

    Whether one covers a refusal is the domain's rule.
    """
    values = {"advisor_id": client["advisor_id"], "client_id": client["client_id"], "now": now}
    query = _LIVE if payout_id is None else _LIVE_OF_ONE
    found: dict[str, tuple[Permit, ...]] = defaultdict(tuple)
    for row in cx.execute(query, values if payout_id is None else {**values, "payout_id": payout_id}):
        found[row.payout_id] += (
            Permit(row.permit_id, row.guard_id, row.amount_minor, row.asked_by, row.confirmed_by, row.expires_at),
        )
    return found
