"""Break-glass permits of a payout: asked by one person, confirmed by another, gone after a day at most."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import sqlalchemy as sa

from execution.domain.permits import Permit
from execution.payouts.rows import Row
from execution.store import tables as t


def permits_by_payout(
    cx: sa.Connection, client: Row, now: datetime, payout_id: str | None = None
) -> dict[str, tuple[Permit, ...]]:
    """Those that two people gave, nobody took back and no clock ended: of one payout, or of all of a client's.

    Whether one covers a refusal is the domain's rule.
    """
    p = t.permit.c
    query = sa.select(
        p.payout_id, p.permit_id, p.guard_id, p.amount_minor, p.asked_by, p.confirmed_by, p.expires_at
    ).where(
        p.advisor_id == client["advisor_id"],
        p.client_id == client["client_id"],
        p.revoked_at.is_(None),
        p.expires_at > now,
    )  # fmt: skip
    if payout_id is not None:
        query = query.where(p.payout_id == payout_id)
    found: dict[str, tuple[Permit, ...]] = defaultdict(tuple)
    for row in cx.execute(query):
        found[row.payout_id] += (
            Permit(row.permit_id, row.guard_id, row.amount_minor, row.asked_by, row.confirmed_by, row.expires_at),
        )
    return found
