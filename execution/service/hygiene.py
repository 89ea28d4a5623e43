"""The hygiene tray's commands."""

from __future__ import annotations

from datetime import date
from secrets import token_hex
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit import Actor, append
from execution.clock import Clock
from execution.errors import Conflict, Invalid, NotFound
from execution.hygiene.decisions import HygieneDecision, action_of, as_decision, checked, live_only
from execution.people.assignments import client_row, recheck, scoped
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service.declared import asks
from execution.store import Store
from execution.store.tables import client, hygiene_decision


class Hygiene:
    """Decisions about doubtful records, undo included."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    @asks(Verb.DECIDE_HYGIENE, "hygiene")
    def decide(
        self,
        principal: Principal,
        client_id: str,
        hygiene_item_id: str,
        action: str,
        reason: str,
        until_date: date | None = None,
        assignee: str | None = None,
    ) -> HygieneDecision:
        """Records a decision; the next build takes it in. Raises Forbidden, NotFound, Invalid."""
        stored = action_of(action)
        checked(stored, reason, until_date, assignee)
        if not 1 <= len(hygiene_item_id) <= 200:
            raise Invalid("hygiene_item_id: name the item by its id")
        at = self._clock.now()
        with self._store.begin() as connection:
            acting = recheck(connection, principal, Verb.DECIDE_HYGIENE, at)
            client_row(connection, acting, client_id)
            values: dict[str, Any] = {
                "decision_id": token_hex(16),
                "hygiene_item_id": hygiene_item_id,
                "action": stored,
                "reason": reason.strip(),
                "until_date": until_date,
                "assignee": assignee,
            }
            row = self._insert(connection, acting, client_id, at, values)
            self._audit(connection, acting, row, f"hygiene.{stored}", None, stored)
        return as_decision(row)

    @asks(Verb.DECIDE_HYGIENE, "hygiene")
    def undo(self, principal: Principal, decision_id: str) -> None:
        """Takes a decision back. Raises NotFound, or Conflict when it was taken back already."""
        at = self._clock.now()
        with self._store.begin() as connection:
            acting = recheck(connection, principal, Verb.DECIDE_HYGIENE, at)
            row = connection.execute(
                scoped(acting, hygiene_decision).where(
                    hygiene_decision.c.decision_id == decision_id, hygiene_decision.c.action != "undone"
                )
            ).one_or_none()
            if row is None:
                raise NotFound(f"there is no decision {decision_id[:80]!r} that you could undo")
            # The client's row is the lock: two people who undo at once take turns.
            self._lock(connection, row.advisor_id, row.client_id)
            undone = connection.execute(
                sa.select(hygiene_decision.c.decision_id).where(
                    hygiene_decision.c.advisor_id == row.advisor_id,
                    hygiene_decision.c.client_id == row.client_id,
                    hygiene_decision.c.undoes_decision_id == decision_id,
                )
            ).one_or_none()
            if undone is not None:
                raise Conflict("this decision was undone already")
            values: dict[str, Any] = {
                "decision_id": token_hex(16),
                "hygiene_item_id": row.hygiene_item_id,
                "action": "undone",
                "undoes_decision_id": decision_id,
            }
            self._insert(connection, acting, row.client_id, at, values)
            self._audit(connection, acting, row, "hygiene.undone", row.action, "undone")

    @asks(Verb.SEE, "hygiene")
    def list(self, principal: Principal, client_id: str) -> list[HygieneDecision]:
        """The live decisions of a client, newest first. Raises NotFound."""
        with self._store.read() as connection:
            acting = recheck(connection, principal, Verb.SEE, self._clock.now())
            client_row(connection, acting, client_id)
            query = live_only(scoped(acting, hygiene_decision).where(hygiene_decision.c.client_id == client_id))
            return [as_decision(row) for row in connection.execute(query).all()]

    @staticmethod
    def _lock(connection: Connection, advisor_id: str, client_id: str) -> None:
        connection.execute(
            sa.select(client.c.client_id)
            .where(client.c.advisor_id == advisor_id, client.c.client_id == client_id)
            .with_for_update()
        )

    def _insert(
        self, connection: Connection, acting: Principal, client_id: str, at: Any, values: dict[str, Any]
    ) -> sa.Row[Any]:
        self._lock(connection, acting.advisor_id, client_id)
        newest = connection.execute(
            sa.select(sa.func.max(hygiene_decision.c.position)).where(
                hygiene_decision.c.advisor_id == acting.advisor_id, hygiene_decision.c.client_id == client_id
            )
        ).scalar()
        connection.execute(
            sa.insert(hygiene_decision).values(
                advisor_id=acting.advisor_id,
                client_id=client_id,
                decided_by=acting.person_id,
                decided_by_name=acting.name,
                decided_at=at,
                position=int(newest or 0) + 1,
                **values,
            )
        )
        return connection.execute(
            sa.select(hygiene_decision).where(
                hygiene_decision.c.advisor_id == acting.advisor_id,
                hygiene_decision.c.client_id == client_id,
                hygiene_decision.c.decision_id == values["decision_id"],
            )
        ).one()

    def _audit(
        self, connection: Connection, acting: Principal, row: sa.Row[Any], action: str, was: str | None, now: str
    ) -> None:
        append(
            connection,
            advisor_id=acting.advisor_id,
            at=self._clock.now(),
            actor=Actor.of(acting, acting.via),
            action=action,
            subject_kind="hygiene_item",
            subject_id=row.hygiene_item_id,
            client_id=row.client_id,
            from_state=was,
            to_state=now,
            inputs={
                "decision_id": row.decision_id,
                "reason": row.reason,
                "until_date": row.until_date,
                "assignee": row.assignee,
            },
        )
