"""Whether the events make sense together: each step of a payout legal, and the last one what its row says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.domain.states import State, may_follow
from execution.store.tables import payout

Broken = tuple[int, str]


class Story:
    """Follows every payout of a chain through its events."""

    def __init__(self) -> None:
        self._stands: dict[str, tuple[str, int]] = {}

    def takes(self, body: Mapping[str, Any]) -> str | None:
        """The next event; why it cannot follow, or None. Events that change no payout's state pass."""
        subject, to_state = body["subject"], body["to"]
        if subject["kind"] != "payout" or to_state is None:
            return None
        payout_id, from_state = subject["id"], body["from"]
        before = self._stands.get(payout_id)
        self._stands[payout_id] = (to_state, body["seq"])
        if before is None:
            return None if from_state is None else f"payout {payout_id} starts from {from_state}, without a beginning"
        if from_state != before[0]:
            return f"payout {payout_id} was {before[0]}, the event says {from_state}"
        if from_state == to_state:
            return None
        try:
            legal = may_follow(State(from_state), State(to_state))
        except ValueError:
            return f"payout {payout_id}: {to_state!r} is no state"
        return None if legal else f"payout {payout_id} cannot go from {from_state} to {to_state}"

    def disagrees_with(self, connection: Connection, chain_id: str) -> Broken | None:
        """The first payout whose row does not stand where its last event put it."""
        rows = connection.execute(
            sa.select(payout.c.payout_id, payout.c.state).where(payout.c.advisor_id == chain_id)
        ).all()
        for row in rows:
            last = self._stands.pop(row.payout_id, None)
            if last is None:
                return 1, f"payout {row.payout_id} is {row.state}, and no event tells of it"
            if last[0] != row.state:
                return last[1], f"payout {row.payout_id} is {row.state}, its last event says {last[0]}"
        for payout_id, (state, seq) in self._stands.items():
            return seq, f"payout {payout_id} became {state} here, and its row is gone"
        return None
