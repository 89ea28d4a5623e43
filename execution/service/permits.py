"""Break-glass: two people let one payout past one guard for a while, loudly. Some guards nobody lifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor
from execution.domain.bands import SECOND_SIGNERS
from execution.domain.permits import LIFE_LONGEST, LIFTABLE
from execution.domain.states import BEFORE_SENDING
from execution.errors import Conflict, Invalid, NotFound, Refused
from execution.guards import ALL
from execution.payouts.rows import Row
from execution.payouts.transitions import amend
from execution.people.assignments import recheck
from execution.people.fresh import sign_in_of
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service.declared import Inside, asks, open_to
from execution.service.desk import Desk
from execution.store import tables as t

WAITS = timedelta(hours=24)  # A request nobody confirms lapses.
LONGEST_MINUTES = int(LIFE_LONGEST.total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class PermitView:
    """A permit as it stands. state asked | in force | expired | lapsed | revoked. Amount in minor units."""

    client_id: str
    payout_id: str
    permit_id: str
    guard_id: str
    amount_minor: int
    reason: str
    life_minutes: int
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    confirmed_by: str | None
    confirmed_by_name: str
    expires_at: datetime | None
    state: str


class Permits(Desk):
    """Asking for a permit, confirming it, taking it back."""

    @asks(Verb.SEE, "permit")
    def of_payout(self, principal: Principal, payout_id: str) -> Sequence[PermitView]:
        """Every permit that was ever asked for a payout, the newest first."""
        now = self._clock.now()
        with self._store.read() as cx:
            row, _ = self._payout(cx, principal, payout_id, Verb.SEE, now)
            p = t.permit.c
            mine = sa.select(t.permit).where(p.advisor_id == row["advisor_id"], p.payout_id == payout_id)
            return [_view(one, now) for one in cx.execute(mine.order_by(p.asked_at.desc())).mappings()]

    @asks(Verb.SEE, "permit")
    def open(self, principal: Principal) -> Sequence[PermitView]:
        """What is asked for or in force now among the clients that the person serves, the newest first."""
        now = self._clock.now()
        with self._store.read() as cx:
            person = recheck(cx, principal, Verb.SEE, now)
            return _open(cx, now, person.advisor_id, person.client_ids)

    @open_to(Inside.PROCESS)
    def open_anywhere(self) -> Sequence[PermitView]:
        """The same for every firm, for the machine's status and for digests."""
        with self._store.read() as cx:
            return _open(cx, self._clock.now(), None, None)

    @asks(Verb.BREAK_GLASS, "permit")
    def request(
        self, principal: Principal, payout_id: str, guard_id: str, *, reason: str, life_minutes: int = LONGEST_MINUTES
    ) -> PermitView:
        """Ask that a guard's refusal becomes a warning for this payout; nothing changes until another person confirms.

        Raises Refused for a guard that nobody lifts, Invalid, NotFound, Conflict.
        """
        if guard_id not in ALL:
            raise Invalid(f"guard_id: there is no guard {guard_id[:80]!r}; liftable are {', '.join(sorted(LIFTABLE))}")
        if guard_id not in LIFTABLE:
            raise Refused(f"Nobody lifts the guard {guard_id}. Do what its remedy says; a permit cannot")
        if len(reason.strip()) < 10:
            raise Invalid("reason: write in a sentence why this payment may pass; every approver reads it")
        if not 1 <= life_minutes <= LONGEST_MINUTES:
            raise Invalid(f"life_minutes: a permit lives 1 to {LONGEST_MINUTES} minutes")
        now = self._clock.now()
        with self._store.begin() as cx:
            row, person = self._payout(cx, principal, payout_id, Verb.BREAK_GLASS, now)
            _open_for(row)
            if any(one.guard_id == guard_id for one in _open(cx, now, row["advisor_id"], None, payout_id)):
                raise Conflict(
                    f"A permit past {guard_id} is asked for or in force for payout {payout_id[:8]} already; confirm "
                    "or take back that one"
                )
            values: dict[str, Any] = {
                "advisor_id": row["advisor_id"], "client_id": row["client_id"], "permit_id": token_hex(8),
                "payout_id": payout_id, "guard_id": guard_id, "amount_minor": row["amount_minor"],
                "reason": reason.strip(), "life_minutes": life_minutes, "asked_by": person.person_id,
                "asked_by_name": person.name, "asked_role": person.role, "asked_at": now,
            }  # fmt: skip
            cx.execute(sa.insert(t.permit).values(**values))
            told = {name: values[name] for name in ("permit_id", "guard_id", "reason", "life_minutes")}
            _write_down(cx, row, person, now, "permit.asked", told)
            return _find(cx, row, values["permit_id"], now)

    @asks(Verb.BREAK_GLASS, "permit")
    def confirm(self, principal: Principal, payout_id: str, permit_id: str) -> PermitView:
        """The second person's yes; the permit's clock starts. One of the two is an advisor or a firm admin.

        Raises Refused for the person who asked and for the payout's preparer.
        """
        now = self._clock.now()
        with self._store.begin() as cx:
            row, person = self._payout(cx, principal, payout_id, Verb.BREAK_GLASS, now)
            if (sign_in := sign_in_of(cx, person, self._machine.now())) is not None:
                sign_in.require_fresh("confirm a permit")
            asked = _find(cx, row, permit_id, now)
            if asked.state != "asked":
                raise Conflict(f"Permit {permit_id[:8]} of payout {payout_id[:8]} is {asked.state}; ask for a new one")
            _open_for(row)
            if person.person_id == asked.asked_by:
                raise Refused("Whoever asks for a permit may not confirm it. Ask a colleague")
            if row["preparer_id"] in (person.person_id, asked.asked_by):
                raise Refused("Whoever prepared the payout takes no part in a permit for it. Ask a colleague")
            if row["amount_minor"] != asked.amount_minor:
                raise Conflict(
                    f"Payout {payout_id[:8]} has another amount than permit {permit_id[:8]} was asked for; ask for a "
                    "new one"
                )
            p = t.permit.c
            role: str = cx.execute(sa.select(p.asked_role).where(_is(row, permit_id))).scalar_one()
            if not {role, person.role} & SECOND_SIGNERS:
                raise Refused(
                    "One of the two who give a permit is an advisor or a firm admin. Ask one of them to confirm it"
                )
            ends = now + timedelta(minutes=asked.life_minutes)
            done = cx.execute(
                sa.update(t.permit)
                .where(_is(row, permit_id), p.confirmed_by.is_(None), p.revoked_at.is_(None))
                .values(confirmed_by=person.person_id, confirmed_by_name=person.name, confirmed_at=now, expires_at=ends)
            )
            if done.rowcount != 1:
                raise Conflict(f"Permit {permit_id[:8]} was answered meanwhile; look at payout {payout_id[:8]} again")
            _write_down(cx, row, person, now, "permit.given", {
                "permit_id": permit_id, "guard_id": asked.guard_id, "reason": asked.reason,
                "asked_by": asked.asked_by, "expires_at": ends.isoformat()})  # fmt: skip
            return _find(cx, row, permit_id, now)

    @asks(Verb.BREAK_GLASS, "permit")
    def revoke(self, principal: Principal, payout_id: str, permit_id: str) -> PermitView:
        """Take a request or a permit back; the guard refuses again from now on. One person is enough for that."""
        now = self._clock.now()
        with self._store.begin() as cx:
            row, person = self._payout(cx, principal, payout_id, Verb.BREAK_GLASS, now)
            found = _find(cx, row, permit_id, now)
            if found.state not in ("asked", "in force"):
                raise Conflict(
                    f"Permit {permit_id[:8]} of payout {payout_id[:8]} is {found.state} already; nothing is left to do"
                )
            cx.execute(
                sa.update(t.permit)
                .where(_is(row, permit_id), t.permit.c.revoked_at.is_(None))
                .values(revoked_by=person.person_id, revoked_at=now)
            )
            told = {"permit_id": permit_id, "guard_id": found.guard_id, "was": found.state}
            _write_down(cx, row, person, now, "permit.revoked", told)
            return _find(cx, row, permit_id, now)

    @open_to(Inside.FACE)
    def liftable(self) -> Sequence[str]:
        """The guards that a permit can let a payout past."""
        return sorted(LIFTABLE)


def _open_for(row: Row) -> None:
    if row["state"] not in BEFORE_SENDING:
        raise Conflict(f"Payout {row['payout_id'][:8]} is {row['state']}; a permit helps only before it is sent")


def _is(row: Row, permit_id: str) -> sa.ColumnElement[bool]:
    p = t.permit.c
    return sa.and_(p.advisor_id == row["advisor_id"], p.client_id == row["client_id"],
                   p.payout_id == row["payout_id"], p.permit_id == permit_id)  # fmt: skip


def _find(cx: sa.Connection, row: Row, permit_id: str, now: datetime) -> PermitView:
    found = cx.execute(sa.select(t.permit).where(_is(row, permit_id))).mappings().first()
    if found is None:
        raise NotFound(f"there is no permit {permit_id[:80]!r} of this payout; look at the payout again")
    return _view(found, now)


def _open(
    cx: sa.Connection, now: datetime, advisor_id: str | None, client_ids: frozenset[str] | None,
    payout_id: str | None = None,
) -> list[PermitView]:  # fmt: skip
    p = t.permit.c
    query = sa.select(t.permit).where(p.revoked_at.is_(None))
    if advisor_id is not None:
        query = query.where(p.advisor_id == advisor_id)
    if client_ids is not None:
        query = query.where(p.client_id.in_(sorted(client_ids)))
    if payout_id is not None:
        query = query.where(p.payout_id == payout_id)
    views = [_view(row, now) for row in cx.execute(query.order_by(p.asked_at.desc())).mappings()]
    return [one for one in views if one.state in ("asked", "in force")]


def _view(row: Any, now: datetime) -> PermitView:
    given = {name: row[name] for name in PermitView.__slots__ if name != "state"}
    return PermitView(**given, state=_state(row, now))


def _state(row: Any, now: datetime) -> str:
    if row["revoked_at"] is not None:
        return "revoked"
    if row["confirmed_by"] is None:
        return "asked" if now < row["asked_at"] + WAITS else "lapsed"
    return "in force" if now < row["expires_at"] else "expired"


def _write_down(
    cx: sa.Connection, row: Row, person: Principal, now: datetime, action: str, inputs: dict[str, Any]
) -> None:
    # The payout's version goes up: an executor that has just judged it judges it anew.
    amend(cx, row, actor=Actor.of(person, person.via), now=now, action=action, inputs=inputs)
