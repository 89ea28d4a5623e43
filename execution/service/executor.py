"""The executor as its operator sees it: for whom it holds still and why, what is overdue, and the word to go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from execution.audit import Actor
from execution.clock import Clock
from execution.errors import Conflict, Invalid, NotFound
from execution.payouts import halts
from execution.people.principal import AtMachine
from execution.service.declared import Inside, open_to
from execution.store import Store
from execution.store import tables as t


@dataclass(frozen=True, slots=True)
class Halt:
    """A client that nothing is sent for. `scanned_at` is empty until Ramp was looked through from end to end."""

    advisor_id: str
    client_id: str
    cause: str
    began_at: datetime
    scanned_at: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class DriftLine:
    """Something at Ramp that the store did not know as it is; open until a person closed it."""

    advisor_id: str
    client_id: str
    kind: str
    record_id: str
    sentence: str
    needs_person: bool
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Overdue:
    """A link in a payout's chain of custody that is open past its time, and who has to close it."""

    advisor_id: str
    client_id: str
    payout_id: str
    state: str
    state_reason: str
    link: str
    owner: str
    due_at: datetime


class ExecutorDesk:
    """Read by `rowcol status`, acted on by `rowcol executor resume`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    @open_to(Inside.OPERATOR)
    def halts(self) -> list[Halt]:
        """Every client that the executor holds still for."""
        with self._store.read() as cx:
            return [
                Halt(row["advisor_id"], row["client_id"], row["cause"], row["began_at"], row["scanned_at"],
                     len(halts.open_drift(cx, row)))
                for row in halts.open_halts(cx)
            ]  # fmt: skip

    @open_to(Inside.OPERATOR)
    def drift(self) -> list[DriftLine]:
        """Every line that no person has closed yet, those that wait for one first."""
        d = t.rail_drift
        query = (
            sa.select(d).where(d.c.closed_at.is_(None)).order_by(d.c.needs_person.desc(), d.c.found_at, d.c.drift_id)
        )
        with self._store.read() as cx:
            return [
                DriftLine(row["advisor_id"], row["client_id"], row["kind"], row["record_id"], row["sentence"],
                          row["needs_person"], row["found_at"])
                for row in cx.execute(query).mappings()
            ]  # fmt: skip

    @open_to(Inside.OPERATOR)
    def overdue(self) -> list[Overdue]:
        """What stands past its time, longest first: no payout waits for somebody without being named."""
        p, c = t.payout, t.custody_link
        same = sa.and_(c.c.advisor_id == p.c.advisor_id, c.c.client_id == p.c.client_id,
                       c.c.payout_id == p.c.payout_id)  # fmt: skip
        query = (
            sa.select(
                p.c.advisor_id,
                p.c.client_id,
                p.c.payout_id,
                p.c.state,
                p.c.state_reason,
                c.c.link,
                c.c.owner,
                c.c.due_at,
            )
            .select_from(p.join(c, same))
            .where(c.c.closed_at.is_(None), c.c.due_at < self._clock.now())
            .order_by(c.c.due_at, p.c.payout_id)
        )
        with self._store.read() as cx:
            return [Overdue(**row) for row in cx.execute(query).mappings()]

    @open_to(Inside.OPERATOR, about="executor")
    def resume(self, by: AtMachine, client_id: str, reason: str) -> int:
        """A person compared the open lines with Ramp: send again for the client. How many lines that closed.

        Raises Conflict before Ramp was looked through, NotFound when the client is not halted.
        """
        if not reason.strip():
            raise Invalid("Write what you compared and found; the reason is kept")
        with self._store.begin() as cx:
            halt = halts.lock_halt(cx, {"advisor_id": by.advisor_id, "client_id": client_id})
            if halt is None:
                raise NotFound(f"The executor is not halted for client {client_id} of firm {by.advisor_id}")
            if halt["scanned_at"] is None:
                raise Conflict(
                    f"Ramp has not been looked through for {client_id} since the halt; the executor does it as soon as "
                    "Ramp answers. Look at its log if it does not"
                )
            lines = halts.open_drift(cx, halt)
            halts.resume(cx, halt, Actor.operator(by.account), self._clock.now(), reason.strip())
            return len(lines)
