"""What a webhook brings about: a payout is looked at now instead of in a minute, a payee is read again.

Nothing of its body is believed. The look asks Ramp, as the regular one would have done later; a hint that was lost,
doubled, late or wrong costs one look or a minute.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from execution.context import Context
from execution.domain.states import WATCHED_AT_RAIL, State
from execution.errors import Conflict, NotFound
from execution.facts.inbox_hints import Hint
from execution.payouts.payees import note_payee
from execution.payouts.rows import Row, client_row
from execution.senders.base import RailUnreachable
from execution.store import tables as t

log = logging.getLogger("execution.hinted")
ASK_AGAIN = timedelta(minutes=1)
PAYEES_A_PASS = 20  # A vendor list that is edited in bulk must not keep payouts waiting.

Payee = tuple[str, str]  # Client, vendor at Ramp.


class Hinted:
    """Takes hints in before a pass."""

    def __init__(self, context: Context, new: Callable[[], Sequence[Hint]]) -> None:
        self._c, self._new = context, new
        self._to_read: dict[Payee, datetime] = {}  # Not before.

    def take(self, standing: Sequence[Row]) -> None:
        """Makes due what the new hints point at among the payouts that stand, and reads payees again."""
        now = self._c.clock.now()
        for hint in self._new():
            if hint.event_type.startswith("vendors.") and hint.object_id:
                self._to_read.setdefault((hint.client_id, hint.object_id), now)
            elif hint.event_type.startswith(("bills.", "payments.")):
                for row in pointed_at(hint, standing):
                    self._c.next_look.pop(row["payout_id"], None)
        due = [payee for payee, not_before in self._to_read.items() if not_before <= now]
        for payee in due[:PAYEES_A_PASS]:
            del self._to_read[payee]
            try:
                self._read_again(*payee)
            except RailUnreachable as error:
                self._to_read[payee] = now + ASK_AGAIN
                log.warning("payee %s of client %s is not read again yet: %s", payee[1], payee[0], error)
            except (Conflict, NotFound) as error:
                log.warning("payee %s of client %s is left as it was: %s", payee[1], payee[0], error)

    def _read_again(self, client_id: str, vendor_id: str) -> None:
        """A payee that we know; one that we never read is read before its first payment anyhow."""
        c, p = self._c, t.payee.c
        known = sa.select(p.advisor_id).distinct().where(p.client_id == client_id, p.vendor_id_ramp == vendor_id)
        with c.store.read() as cx:
            firms: list[str] = list(cx.execute(known).scalars())
        for advisor_id in firms:
            vendor = c.rails_for({"advisor_id": advisor_id, "client_id": client_id}).vendor(vendor_id)
            if vendor is None:
                continue
            with c.store.begin("payee-change") as cx:
                # Another account than the one before is kept as a change: the payee stays frozen till a call-back.
                note_payee(
                    cx, client_row(cx, advisor_id, client_id), vendor, key=c.fingerprint_key, now=c.clock.now()
                )  # fmt: skip


def pointed_at(hint: Hint, standing: Sequence[Row]) -> list[Row]:
    """The payouts that a hint about a bill or a payment makes worth a look.

    An id that no payout knows may be the bill of a payout whose answer never came, or a payment's own id.
    """
    theirs = [row for row in standing if row["client_id"] == hint.client_id]
    named = [row for row in theirs if hint.object_id in (row["rail_bill_id"], row["rail_draft_id"])]
    if named and hint.object_id:
        return named
    may_be = {State.UNCONFIRMED} | (WATCHED_AT_RAIL if hint.event_type.startswith("payments.") else set())
    return [row for row in theirs if State(row["state"]) in may_be]
