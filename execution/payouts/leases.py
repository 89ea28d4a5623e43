"""Who may take a payout to the wire now. Several executors may run; one that was killed is taken over from.

A lease is a promise in the payout's row that nobody else touches the payout until a time. Its end is judged by the
store's clock, the same for every executor. The holder trusts only its own monotonic clock, counted from before it
asked, so that a stopped or jumping clock shortens a lease and never lengthens it. What a late holder writes is caught
by the row's version and by `attempt`, which numbers the sends.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_hex

import sqlalchemy as sa

from execution.payouts.rows import Row
from execution.store import Store, key_of, keyed
from execution.store import tables as t

# The longest call: 75 s for Ramp's answer and 10 to connect, before it the same once more for a token.
CALL_SECONDS = 180.0
# With less than a call left the wire is not touched: the answer could come after somebody else took over.
LIFE = timedelta(seconds=300)

_P, _KEY = t.payout.c, ("advisor_id", "client_id", "payout_id")
_TAKE = sa.update(t.payout).where(
    *keyed(t.payout, *_KEY, "version"),
    sa.or_(
        _P.lease_owner.is_(None),
        _P.lease_owner == sa.bindparam("own"),
        _P.lease_owner == sa.bindparam("dead"),  # Nobody's, where the owner is not known to be dead.
        _P.lease_until < sa.bindparam("now"),
    ),
)
_FREE = sa.update(t.payout).where(*keyed(t.payout, "lease_owner"))
_END = _FREE.where(*keyed(t.payout, *_KEY))
_NOBODY = {"lease_owner": None, "lease_until": None}


def owner_here() -> str:
    """A name for this process that no other will ever have."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{token_hex(4)}"


class Leases:
    """The leases of one executor process. `is_dead` tells of an owner that certainly runs no more."""

    def __init__(
        self,
        store: Store,
        owner: str | None = None,
        *,
        is_dead: Callable[[str], bool] = lambda owner: False,
        monotonic: Callable[[], float] = time.monotonic,
        store_now: Callable[[sa.Connection], datetime] | None = None,
    ) -> None:
        self.owner = owner or owner_here()
        self._store, self._is_dead, self._monotonic = store, is_dead, monotonic
        self._store_now = store_now or store.instant
        self._until: dict[str, float] = {}  # Payout → the end of our lease, monotonic.

    def take(self, row: Row) -> bool:
        """Have the payout to ourselves for a while; False when another executor has it."""
        if self.seconds_left(row) > CALL_SECONDS and row["lease_owner"] == self.owner:
            return True
        with self._store.begin("lease") as cx:
            return self.take_in(cx, row)

    def take_in(self, cx: sa.Connection, row: Row) -> bool:
        """The same inside a transaction that goes on with the payout. Its version stays: nothing of it changes."""
        asked_at, now = self._monotonic(), self._store_now(cx)
        dead = row["lease_owner"] if row["lease_owner"] and self._is_dead(row["lease_owner"]) else None
        lease = {"lease_owner": self.owner, "lease_until": now + LIFE}
        whose = {"own": self.owner, "dead": dead, "now": now}
        if cx.execute(_TAKE, {**key_of(row, *_KEY, "version"), **whose, **lease}).rowcount != 1:
            return False
        self._until[row["payout_id"]] = asked_at + LIFE.total_seconds()
        return True

    def seconds_left(self, row: Row) -> float:
        """How long the payout is certainly ours, by this process's own clock; 0 or less when it is not."""
        return self._until.get(row["payout_id"], 0.0) - self._monotonic()

    def covers_a_call(self, row: Row) -> bool:
        """Whether our lease outlives the longest call that could begin now."""
        return self.seconds_left(row) > CALL_SECONDS

    def is_elsewhere(self, cx: sa.Connection, row: Row) -> bool:
        """Whether another executor, as far as anybody can tell, is at work on the payout."""
        owner, until = row["lease_owner"], row["lease_until"]
        if not owner or owner == self.owner or until is None or self._is_dead(owner):
            return False
        return bool(until >= self._store_now(cx))

    def end(self, cx: sa.Connection, row: Row) -> None:
        """The call is over, or its caller is: whoever comes next may go on at once. Ends the lease that `row` names."""
        self._until.pop(row["payout_id"], None)
        cx.execute(_END, {**key_of(row, *_KEY, "lease_owner"), **_NOBODY})

    def free(self, cx: sa.Connection, owner: str) -> None:
        """The owner certainly runs no more: nothing is its any longer."""
        cx.execute(_FREE, {"of_lease_owner": owner, **_NOBODY})
