"""Chains of custody as people follow them: which links are open, whose they are, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from execution.clock import Clock
from execution.domain.custody import Link
from execution.errors import NotFound
from execution.people.assignments import recheck
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service.declared import asks
from execution.store import Store
from execution.store import tables as t


@dataclass(frozen=True, slots=True)
class CustodyLink:
    """One link of one payout. Amount in minor units; `closed_at` is set exactly when evidence closes it."""

    client_id: str
    payout_id: str
    source_bill_id: str
    vendor_name: str
    amount_minor: int
    currency_code: str
    state: str
    link: str
    owner: str
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    evidence_id: str | None
    evidence: dict[str, Any]
    finding: str | None
    finding_text: str
    next_action: str
    found_at: datetime | None


class Custody:
    """Reads; the executor alone writes links."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    @asks(Verb.SEE, "custody")
    def links(
        self, principal: Principal, client_id: str | None = None, closed_too: bool = False
    ) -> Sequence[CustodyLink]:
        """Links within the person's reach that are open or broken, broken ones first, then by what is due soonest.

        With `closed_too` the closed ones follow. Raises NotFound for a client out of reach.
        """
        c, p = t.custody_link.c, t.payout.c
        with self._store.read() as cx:
            person = recheck(cx, principal, Verb.SEE, self._clock.now())
            if client_id is not None and not person.serves(client_id):
                raise NotFound(f"There is no client {client_id} that you serve; choose one from the portfolio")
            on = sa.and_(c.advisor_id == p.advisor_id, c.client_id == p.client_id, c.payout_id == p.payout_id)
            columns = [(t.payout if f.name in p and f.name not in c else t.custody_link).c[f.name] for f in _SHOWN]
            query = sa.select(*columns).join(t.payout, on).where(c.advisor_id == person.advisor_id)
            if client_id is not None:
                query = query.where(c.client_id == client_id)
            elif person.client_ids is not None:
                query = query.where(c.client_id.in_(sorted(person.client_ids)))
            if not closed_too:
                query = query.where(sa.or_(c.closed_at.is_(None), c.finding.is_not(None)))
            rows = [CustodyLink(**row) for row in cx.execute(query).mappings()]
        return sorted(rows, key=_urgency)


_SHOWN = fields(CustodyLink)
_PLACES = [str(link) for link in Link]


def _urgency(link: CustodyLink) -> tuple[Any, ...]:
    is_broken = link.finding is not None and link.finding != "unread"
    due = link.due_at or link.closed_at or link.opened_at
    return (not is_broken, link.closed_at is not None, due, link.payout_id, _PLACES.index(link.link))
