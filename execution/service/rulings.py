"""People's rulings about identity: one is in force until it is revoked, and the next build follows it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from secrets import token_hex
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit import Actor, append
from execution.clock import Clock
from execution.errors import Conflict, Forbidden, NotFound
from execution.people.assignments import client_row, recheck
from execution.people.permissions import WHO_MAY, Verb, may
from execution.people.principal import Principal
from execution.rulings.contradictions import Standing, contradicted_by, same_as
from execution.rulings.keys import Asked, as_kept, checked, checked_reason
from execution.service.declared import asks
from execution.store import Store
from execution.store.tables import advisor, ruling, ruling_end


@dataclass(frozen=True, slots=True)
class Ruling:
    """One ruling, revoked or not. `client_id` None means every client of the firm."""

    ruling_id: str
    client_id: str | None
    subject: str
    verb: str
    left_key: str
    right_key: str
    effective_date: date
    reason: str
    decided_by: str
    decided_by_name: str
    decided_at: datetime
    revoked_at: datetime | None = None


class Rulings:
    """Joins, separations and assignments by people; revoking restores what was before."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    @asks(Verb.RULE, "ruling")
    def rule(
        self,
        principal: Principal,
        subject: str,
        verb: str,
        left_key: str,
        right_key: str,
        *,
        client_id: str | None = None,
        reason: str = "",
        effective_date: date | None = None,
    ) -> Ruling:
        """Records a ruling; builds of its effective day and later follow it.

        Raises Forbidden, NotFound, Invalid, or Conflict when a ruling in force says the same or the opposite.
        """
        at = self._clock.now()
        day = effective_date or at.date()
        asked = as_kept(Asked(subject, verb, left_key, right_key, client_id, day, reason))
        with self._store.begin() as connection:
            acting = recheck(connection, principal, Verb.RULE, at)
            _within_reach(connection, acting, client_id)
            checked(asked)
            # The firm's row is the lock: two people who rule at once take turns.
            _lock(connection, acting.advisor_id)
            _goes_with(connection, acting.advisor_id, asked)
            made = Ruling(
                token_hex(16), client_id, subject, verb, asked.left_key, asked.right_key, day, asked.reason,
                acting.person_id, acting.name, at,
            )  # fmt: skip
            row = {name: value for name, value in asdict(made).items() if name != "revoked_at"}
            connection.execute(sa.insert(ruling).values(advisor_id=acting.advisor_id, **row))
            self._audit(connection, acting, made, f"ruling.{verb}", None, "in_force", made.reason)
        return made

    @asks(Verb.RULE, "ruling")
    def revoke(self, principal: Principal, ruling_id: str, reason: str = "") -> Ruling:
        """Takes a ruling back for builds from now on. Raises Forbidden, NotFound, Invalid, or Conflict when it was."""
        at = self._clock.now()
        checked_reason(reason)
        with self._store.begin() as connection:
            acting = recheck(connection, principal, Verb.RULE, at)
            _lock(connection, acting.advisor_id)
            query = _rulings(acting).where(ruling.c.ruling_id == ruling_id)
            row = connection.execute(query).one_or_none()
            if row is None:
                raise NotFound(f"there is no ruling {ruling_id[:80]!r} that you could revoke")
            _within_reach(connection, acting, row.client_id, removed_too=True)
            if row.revoked_at is not None:
                raise Conflict("this ruling was revoked already")
            ended = {"reason": reason.strip(), "revoked_by": acting.person_id, "revoked_by_name": acting.name}
            connection.execute(
                sa.insert(ruling_end).values(advisor_id=acting.advisor_id, ruling_id=ruling_id, revoked_at=at, **ended)
            )
            self._audit(connection, acting, _as_ruling(row), "ruling.revoked", "in_force", "revoked", ended["reason"])
            return _as_ruling(connection.execute(query).one())

    @asks(Verb.SEE, "ruling")
    def list(self, principal: Principal, client_id: str, *, revoked_too: bool = False) -> list[Ruling]:
        """The rulings that concern a client, its firm's included, newest first. Raises NotFound."""
        with self._store.read() as connection:
            acting = recheck(connection, principal, Verb.SEE, self._clock.now())
            client_row(connection, acting, client_id)
            query = _rulings(acting).where(sa.or_(ruling.c.client_id == client_id, ruling.c.client_id.is_(None)))
            if not revoked_too:
                query = query.where(ruling_end.c.revoked_at.is_(None))
            query = query.order_by(ruling.c.decided_at.desc(), ruling.c.ruling_id)
            return [_as_ruling(row) for row in connection.execute(query).all()]

    def _audit(
        self,
        connection: Connection,
        acting: Principal,
        about: Ruling,
        action: str,
        was: str | None,
        now: str,
        reason: str,
    ) -> None:
        append(
            connection,
            advisor_id=acting.advisor_id,
            at=self._clock.now(),
            actor=Actor.of(acting, acting.via),
            action=action,
            subject_kind="ruling",
            subject_id=about.ruling_id,
            client_id=about.client_id,
            from_state=was,
            to_state=now,
            inputs={
                "subject": about.subject,
                "verb": about.verb,
                "left_key": about.left_key,
                "right_key": about.right_key,
                "effective_date": about.effective_date,
                "reason": reason,
            },
        )


def _within_reach(connection: Connection, acting: Principal, client_id: str | None, removed_too: bool = False) -> None:
    if client_id is not None:
        client_row(connection, acting, client_id, removed_too=removed_too)
        return
    asks = f"name a client or ask a {WHO_MAY[Verb.RULE_FOR_FIRM]}"
    if not may(acting.role, Verb.RULE_FOR_FIRM):
        raise Forbidden(f"a {acting.role.replace('_', ' ')} may not rule for the whole firm; {asks}")
    if acting.client_ids is not None:
        raise Forbidden(f"a ruling for the whole firm reaches clients that you do not serve; {asks} who serves all")


def _lock(connection: Connection, advisor_id: str) -> None:
    connection.execute(sa.select(advisor.c.advisor_id).where(advisor.c.advisor_id == advisor_id).with_for_update())


def _rulings(acting: Principal) -> sa.Select[Any]:
    """The firm's rulings with when they were revoked, inside the principal's walls."""
    both = ruling.outerjoin(
        ruling_end,
        sa.and_(ruling_end.c.advisor_id == ruling.c.advisor_id, ruling_end.c.ruling_id == ruling.c.ruling_id),
    )
    query = sa.select(ruling, ruling_end.c.revoked_at).select_from(both).where(ruling.c.advisor_id == acting.advisor_id)
    if acting.client_ids is None:
        return query
    return query.where(sa.or_(ruling.c.client_id.is_(None), ruling.c.client_id.in_(sorted(acting.client_ids))))


def _goes_with(connection: Connection, advisor_id: str, asked: Asked) -> None:
    """Raises Conflict, naming the older ruling, when one in force says the same or the opposite."""
    ended = sa.exists().where(
        ruling_end.c.advisor_id == ruling.c.advisor_id, ruling_end.c.ruling_id == ruling.c.ruling_id
    )
    rows = connection.execute(
        sa.select(ruling)
        .where(ruling.c.advisor_id == advisor_id, ruling.c.subject == asked.subject, ~ended)
        .order_by(ruling.c.decided_at, ruling.c.ruling_id)
    ).all()
    told = {
        row.ruling_id: f"ruling {row.ruling_id} of {row.decided_by_name}, {row.decided_at:%d %b %Y}" for row in rows
    }
    standing = [
        Standing(row.ruling_id, row.client_id, row.subject, row.verb, row.left_key, row.right_key) for row in rows
    ]
    if same := same_as(asked, standing):
        raise Conflict(f"this is ruled already: {told[same.ruling_id]}")
    if older := contradicted_by(asked, standing):
        raise Conflict(f"{told[older.ruling_id]} says otherwise ({older.verb}); revoke that one first")


def _as_ruling(row: sa.Row[Any]) -> Ruling:
    return Ruling(
        row.ruling_id, row.client_id, row.subject, row.verb, row.left_key, row.right_key, row.effective_date,
        row.reason, row.decided_by, row.decided_by_name, row.decided_at, row.revoked_at,
    )  # fmt: skip
