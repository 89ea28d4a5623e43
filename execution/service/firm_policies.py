"""The rules of several clients at once: what a change would do before anybody agrees, and the way back to a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.domain.policy_fields import difference
from execution.errors import Conflict, NotFound
from execution.people.assignments import scoped
from execution.people.permissions import Verb
from execution.people.principal import Manager, Principal
from execution.service.declared import asks
from execution.service.policies import Policies, PolicyDraft, acting_on, check_draft, put_up, shown
from execution.service.staff_rules import asking
from execution.store.tables import client, policy_draft
from execution.tenancy.policies import checked, history, newest_of


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change would do to one client: (rule, now, then) against its newest version; empty: nothing."""

    client_id: str
    client_name: str
    version: int
    changes: list[tuple[str, Any, Any]]


class FirmPolicies(Policies):
    """A client's rules, and the same change for many. Every draft still waits for a second person, client by client."""

    @asks(Verb.SEE, "policy")
    def waiting(self, by: Manager) -> list[PolicyDraft]:
        """The drafts that wait for a second person, of every client that the person serves, oldest first."""
        with self._store.read() as connection:
            who = asking(connection, by, Verb.SEE, self._clock.now())
            query = scoped(who, policy_draft).where(policy_draft.c.outcome == "waiting")
            rows = connection.execute(query.order_by(policy_draft.c.written_at, policy_draft.c.draft_id)).all()
            served: set[str] = set(
                connection.execute(_served(who, None).with_only_columns(client.c.client_id)).scalars()
            )
            return [shown(connection, row) for row in rows if row.client_id in served]

    @asks(Verb.SEE, "policy")
    def effect(self, by: Manager, changes: Mapping[str, Any], client_ids: Sequence[str] | None = None) -> list[Effect]:
        """What a change would do to each client (None: all that the person serves), by name; nothing is written.

        Raises Invalid (each wrong rule with its bounds), NotFound.
        """
        at = self._clock.now()
        with self._store.read() as connection:
            who = asking(connection, by, Verb.SEE, at)
            found, rows = [], _clients(connection, who, client_ids)
            bases = newest_of(connection, who.advisor_id, [row.client_id for row in rows])
            for row in rows:
                base = bases[row.client_id]
                then = checked({**base.body, **changes})
                found.append(Effect(row.client_id, row.client_name, base.version, difference(base.body, then)))
            return found

    @asks(Verb.EDIT_POLICY, "policy")
    def draft_for(
        self, by: Manager, changes: Mapping[str, Any], client_ids: Sequence[str] | None = None, *, reason: str,
        effective_at: datetime | None = None,
    ) -> list[PolicyDraft]:  # fmt: skip
        """Puts a change up for several clients (None: all), a draft for each that it would change; all or none.

        Raises Forbidden, NotFound, Invalid, Conflict when it would change nothing anywhere.
        """
        at = self._clock.now()
        check_draft(reason, effective_at, at)
        with self._store.begin("policy") as connection:
            who = asking(connection, by, Verb.EDIT_POLICY, at)
            made, rows = [], _clients(connection, who, client_ids)
            bases = newest_of(connection, who.advisor_id, [row.client_id for row in rows])
            for row in rows:
                base = bases[row.client_id]
                then = checked({**base.body, **changes})
                if difference(base.body, then):
                    made.append(put_up(connection, who, row.client_id, base, then, reason, effective_at, at))
            if not made:
                raise Conflict("these are the rules of every one of these clients already; nothing would change")
            return made

    @asks(Verb.EDIT_POLICY, "policy")
    def roll_back(
        self, by: Manager, client_id: str, version: int, *, reason: str, effective_at: datetime | None = None
    ) -> PolicyDraft:
        """Puts the rules of an earlier version up again, as a draft of a new one: history is never undone.

        Raises Forbidden, NotFound for a version that never was, Invalid, Conflict when nothing would change.
        """
        at = self._clock.now()
        check_draft(reason, effective_at, at)
        with self._store.begin("policy") as connection:
            who = acting_on(connection, by, client_id, Verb.EDIT_POLICY, at)
            versions = {one.version: one for one in history(connection, who.advisor_id, client_id)}
            if version not in versions:
                raise NotFound(f"there is no version {version} of this client's rules; they are {sorted(versions)}")
            base = newest_of(connection, who.advisor_id, [client_id])[client_id]
            said = f"back to version {version}: {reason.strip()}"
            return put_up(connection, who, client_id, base, versions[version].body, said, effective_at, at)


def _served(who: Principal, client_ids: Sequence[str] | None) -> sa.Select[Any]:
    query = scoped(who, client).where(client.c.removed_at.is_(None))
    return query if client_ids is None else query.where(client.c.client_id.in_(sorted(set(client_ids))))


def _clients(connection: Connection, who: Principal, client_ids: Sequence[str] | None) -> Sequence[sa.Row[Any]]:
    """Raises NotFound when one of those named is not served, in the words of one that does not exist."""
    rows = connection.execute(_served(who, client_ids).order_by(client.c.client_name, client.c.client_id)).all()
    if client_ids is not None and (missing := set(client_ids) - {row.client_id for row in rows}):
        raise NotFound(f"there is no client {min(missing)[:80]!r} that you serve; check the id or ask the firm admin")
    return rows
