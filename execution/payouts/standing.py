"""What the store says of a client and one of its accounts at this moment, in one statement."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from execution.payouts.rows import Row
from execution.store import tables as t


@dataclass(frozen=True, slots=True)
class Standing:
    """Holds and others' payments on the account in minor units; the client's brakes; the chain's last instant."""

    held_minor: int
    foreign_minor: int
    is_first_payout: bool
    frozen_reason: str | None
    is_halted: bool
    last_audit_at: datetime | None


def _statement() -> sa.Select[Any]:
    a, p, f, h = t.account_cash.c, t.payout.c, t.client_freeze.c, t.halt.c
    advisor_id: sa.BindParameter[str] = sa.bindparam("advisor_id")
    client_id: sa.BindParameter[str] = sa.bindparam("client_id")
    account = (a.advisor_id == advisor_id, a.client_id == client_id, a.account_id_plaid == sa.bindparam("account_id"))
    parts = {
        # The figure that the reserving statement itself compares with; each hold moves both in one transaction.
        "held": sa.select(a.held_minor).where(*account),
        "foreign": sa.select(a.foreign_minor).where(*account),
        "sent": sa.select(p.payout_id)
        .where(p.advisor_id == advisor_id, p.client_id == client_id, p.sent_at.is_not(None))
        .limit(1),
        "frozen": sa.select(f.reason)
        .where(f.advisor_id == advisor_id, f.client_id == client_id, f.released_at.is_(None))
        .limit(1),
        "halted": sa.select(h.halt_id)
        .where(h.advisor_id == advisor_id, h.client_id == client_id, h.ended_at.is_(None))
        .limit(1),
        "body": sa.select(t.audit.c.body)
        .where(t.audit.c.chain_id == advisor_id)
        .order_by(t.audit.c.seq.desc())
        .limit(1),
    }
    return sa.select(*(query.scalar_subquery().label(name) for name, query in parts.items()))


_STANDING = _statement()


def standing_of(cx: sa.Connection, client: Row, account_id_plaid: str) -> Standing:
    """Read it; an account that was never reserved from holds nothing."""
    values = {"advisor_id": client["advisor_id"], "client_id": client["client_id"], "account_id": account_id_plaid}
    found = cx.execute(_STANDING, values).one()
    newest = json.loads(bytes(found.body))["at"] if found.body is not None else None
    return Standing(
        held_minor=int(found.held or 0),
        foreign_minor=int(found.foreign or 0),
        is_first_payout=found.sent is None,
        frozen_reason=found.frozen,
        is_halted=found.halted is not None,
        last_audit_at=datetime.fromisoformat(newest) if newest is not None else None,
    )
