"""What every part of the payout service stands on: the clock, the store, and the caller's walls."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor
from execution.clock import Clock, SystemClock
from execution.errors import NotFound, StaleData
from execution.facts.snapshot import NoSnapshot, Snapshot, open_snapshot
from execution.payouts import deciding, views
from execution.payouts.rows import Row, client_row, lock_payout
from execution.payouts.surroundings import Surroundings
from execution.people.assignments import recheck
from execution.people.fresh import sign_in_of
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service import nonces
from execution.service.next_steps import shown
from execution.settings import Settings
from execution.store import Store, keyed
from execution.store import tables as t

# What takes a payout further; what looks at it or stops it is possible for a client that was removed, too.
GOES_ON = frozenset({Verb.APPROVE, Verb.RELEASE, Verb.BREAK_GLASS, Verb.REISSUE})
_CLIENT_OF = sa.select(t.payout.c.client_id).where(*keyed(t.payout, "advisor_id", "payout_id"))


class Desk:
    """Opens a firm's snapshot, a client and a payout for a caller who may see them."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, machine: Clock | None = None) -> None:
        self._store, self._clock, self._settings = store, clock, settings
        self._machine = machine or SystemClock()  # Sessions live on the machine's clock.

    @contextmanager
    def _snapshot(self, advisor_id: str) -> Iterator[Snapshot]:
        try:
            with open_snapshot(self._settings.data, advisor_id) as snapshot:
                yield snapshot
        except NoSnapshot as error:
            raise StaleData(f"{error}; run a load and publish first") from error

    def _read_ahead(self, advisor_id: str, client_id: str | None = None, *, payout_id: str | None = None) -> None:
        """Take the client's figures into memory before the writers' lock is taken: a cold file may take seconds."""
        if client_id is None:
            with self._store.read() as cx:
                asked = {"of_advisor_id": advisor_id, "of_payout_id": payout_id}
                client_id = cx.execute(_CLIENT_OF, asked).scalars().first()
        if client_id is not None:
            with self._snapshot(advisor_id) as snapshot:
                snapshot.read_ahead(client_id)

    def _client(self, cx: sa.Connection, principal: Principal, client_id: str, verb: Verb, now: datetime) -> Row:
        person = recheck(cx, principal, verb, now)
        if not person.serves(client_id):
            raise NotFound(f"There is no client {client_id} that you serve; choose one from the portfolio")
        return client_row(cx, person.advisor_id, client_id)

    def _payout(
        self, cx: sa.Connection, principal: Principal, payout_id: str, verb: Verb, now: datetime
    ) -> tuple[Row, Principal]:
        person = recheck(cx, principal, verb, now)
        row = lock_payout(cx, person.advisor_id, payout_id)
        if not person.serves(row["client_id"]):
            raise NotFound(f"There is no payout {payout_id[:8]}; open the Decision console for the current list")
        if verb in GOES_ON:
            client_row(cx, person.advisor_id, row["client_id"])  # Raises NotFound for a client that was removed.
        return row, person

    def _shown(self, cx: sa.Connection, rows: Iterable[Row]) -> list[views.Payout]:
        """Payouts as views, with their next step."""
        return shown(cx, rows, self._clock.now())

    def _repeats(self, cx: sa.Connection, person: Principal, once: str | None, act: str, **request: Any) -> bool:
        """Whether this very act was done under the key `once` before; then it is answered with what stands now."""
        return not nonces.is_first(cx, person, once, act, self._clock.now(), **request)

    def _sign(
        self, cx: sa.Connection, snapshot: Snapshot, row: Row, person: Principal, sha: str, reason: str, now: datetime,
        seen_sha256: str | None = None,
    ) -> Row:  # fmt: skip
        around = Surroundings(cx, snapshot, client_row(cx, row["advisor_id"], row["client_id"]), now, few=True)
        session = hashlib.sha256(person.session_id.encode()).hexdigest() if person.session_id else None
        return deciding.approve(
            around, row, person, payload_sha256=sha, reason=reason, actor=Actor.of(person, person.via),
            seen_sha256=seen_sha256, session_hash=session, sign_in=sign_in_of(cx, person, self._machine.now()),
        )  # fmt: skip


def open_bill(around: Surroundings, source_bill_id: str) -> dict[str, Any]:
    """An open bill of the client. Raises NotFound."""
    bill = around.bills.get(source_bill_id)
    if bill is None:
        raise NotFound(f"Bill {source_bill_id} is not among the open bills; it may be paid or deleted")
    return bill
