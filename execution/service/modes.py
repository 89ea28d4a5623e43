"""A client's advisor mode: read by whoever serves the client, set by an advisor or a firm admin, in the audit log."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from execution.audit import Actor, append
from execution.clock import Clock
from execution.errors import Conflict, Invalid
from execution.people.assignments import client_row, recheck, scoped
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service.declared import asks
from execution.store import Store
from execution.store.tables import client
from execution.tenancy.modes import AdvisorMode, Mode, mode_of

REASON_MAX = 500


class Modes:
    """How closely each client is led."""

    _store: Store
    _clock: Clock

    @asks(Verb.SEE, "client")
    def mode_of(self, principal: Principal, client_id: str) -> AdvisorMode:
        """A client's mode as it is now: the published figures show it with their next build. Raises NotFound."""
        with self._store.read() as connection:
            who = recheck(connection, principal, Verb.SEE, self._clock.now())
            return mode_of(client_row(connection, who, client_id).advisor_mode)

    @asks(Verb.SEE, "client")
    def modes(self, principal: Principal) -> Mapping[str, AdvisorMode]:
        """The mode of each active client that the person serves, by client id; one query for all of them."""
        with self._store.read() as connection:
            who = recheck(connection, principal, Verb.SEE, self._clock.now())
            query = scoped(who, client).where(client.c.removed_at.is_(None))
            rows = connection.execute(query.with_only_columns(client.c.client_id, client.c.advisor_mode))
            return {row.client_id: mode_of(row.advisor_mode) for row in rows}

    @asks(Verb.SET_MODE, "client")
    def set_mode(self, principal: Principal, client_id: str, mode: str, reason: str = "") -> AdvisorMode:
        """Leads a client more or less closely from now on. Raises Forbidden, Invalid, NotFound, Conflict."""
        if mode not in tuple(Mode):
            raise Invalid(f"mode: {mode[:80]!r} is none; choose one of {', '.join(Mode)}")
        if len(reason) > REASON_MAX:
            raise Invalid(f"reason: give at most {REASON_MAX} characters")
        at = self._clock.now()
        with self._store.begin() as connection:
            who = recheck(connection, principal, Verb.SET_MODE, at)
            row = client_row(connection, who, client_id)
            if row.advisor_mode == mode:
                raise Conflict(f"{row.client_name} is in {mode} mode already")
            connection.execute(
                sa.update(client)
                .where(client.c.advisor_id == who.advisor_id, client.c.client_id == client_id)
                .values(advisor_mode=mode)
            )
            append(
                connection, advisor_id=who.advisor_id, at=at, actor=Actor.of(who, who.via), action="client.mode_set",
                subject_kind="client", subject_id=client_id, client_id=client_id, from_state=row.advisor_mode,
                to_state=mode, inputs={"reason": reason.strip()} if reason.strip() else {},
            )  # fmt: skip
        return mode_of(mode)
