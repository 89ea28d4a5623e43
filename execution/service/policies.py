"""The rules of a client: read by whoever sees the client, drafted by one person, agreed to by another."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit import Actor, append
from execution.clock import Clock
from execution.domain.policy_fields import FIELDS, PolicyField, difference
from execution.errors import Conflict, Invalid, NotFound, Refused
from execution.people.assignments import client_row
from execution.people.permissions import Verb
from execution.people.principal import Manager, Principal
from execution.service.declared import Inside, asks, open_to
from execution.service.staff_rules import asking
from execution.store import Store
from execution.store.tables import policy_draft
from execution.tenancy.policies import (
    PolicyRow,
    checked,
    current_policy,
    history,
    newest_of,
    newest_version,
    told,
    write_policy,
)

LATEST_START = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A policy that waits for a second person. `changes`: (rule, now, then) against the newest version."""

    client_id: str
    draft_id: str
    base_version: int
    changes: list[tuple[str, Any, Any]]
    reason: str
    written_by: str
    written_by_name: str
    written_at: datetime
    effective_at: datetime | None
    sha256: str


class Policies:
    """Versions, drafts and what may be set."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    @open_to(Inside.FACE)
    def fields(self) -> Sequence[PolicyField]:
        """Every rule with its default, bounds and meaning."""
        return FIELDS

    @open_to(Inside.FACE)
    def changes(self, before: PolicyRow | None, after: PolicyRow) -> list[tuple[str, Any, Any]]:
        """(rule, before, after) of each rule that differs between two versions; none for the first one."""
        return difference(before.body, after.body) if before is not None else []

    @asks(Verb.SEE, "policy")
    def in_force(self, by: Manager, client_id: str) -> PolicyRow:
        """The rules of a client now. Raises NotFound."""
        at = self._clock.now()
        with self._store.read() as connection:
            acting = acting_on(connection, by, client_id, Verb.SEE, at)
            return current_policy(connection, acting.advisor_id, client_id, at)

    @asks(Verb.SEE, "policy")
    def versions(self, by: Manager, client_id: str) -> list[PolicyRow]:
        """Every version of a client's rules, the newest first, those to come included."""
        with self._store.read() as connection:
            acting = acting_on(connection, by, client_id, Verb.SEE, self._clock.now())
            return history(connection, acting.advisor_id, client_id)

    @asks(Verb.SEE, "policy")
    def drafts(self, by: Manager, client_id: str) -> list[PolicyDraft]:
        """Drafts that wait for a second person, oldest first."""
        with self._store.read() as connection:
            acting = acting_on(connection, by, client_id, Verb.SEE, self._clock.now())
            d = policy_draft.c
            query = sa.select(policy_draft).where(
                d.advisor_id == acting.advisor_id, d.client_id == client_id, d.outcome == "waiting"
            )
            rows = connection.execute(query.order_by(d.written_at, d.draft_id)).all()
            return [shown(connection, row) for row in rows]

    @asks(Verb.EDIT_POLICY, "policy")
    def draft(
        self,
        by: Manager,
        client_id: str,
        changes: Mapping[str, Any],
        *,
        reason: str,
        effective_at: datetime | None = None,
    ) -> PolicyDraft:
        """Puts changed rules up for a second person. Without `effective_at` they begin when that person agrees.

        Raises Forbidden, NotFound, Invalid (each wrong field with its bounds), Conflict when nothing would change.
        """
        at = self._clock.now()
        check_draft(reason, effective_at, at)
        with self._store.begin("policy") as connection:
            acting = acting_on(connection, by, client_id, Verb.EDIT_POLICY, at)
            base = newest_of(connection, acting.advisor_id, [client_id])[client_id]
            return put_up(connection, acting, client_id, base, {**base.body, **changes}, reason, effective_at, at)

    @asks(Verb.APPROVE_POLICY, "policy")
    def approve_draft(self, principal: Principal, client_id: str, draft_id: str) -> PolicyRow:
        """The second person's yes: the draft becomes the next version. Raises Refused for its own author.

        Raises NotFound for a draft that does not wait, Conflict when the rules have moved on since it was written.
        """
        at = self._clock.now()
        with self._store.begin("policy") as connection:
            acting = acting_on(connection, principal, client_id, Verb.APPROVE_POLICY, at)
            row = _waiting(connection, acting, client_id, draft_id)
            if row.written_by == acting.person_id:
                raise Refused("Whoever wrote a policy may not agree to it. Ask an advisor or another firm admin")
            latest = newest_version(connection, acting.advisor_id, client_id)
            if latest != row.base_version:
                raise Conflict(
                    f"version {latest} came after version {row.base_version}, which this draft changes; draft it again"
                )
            _end(connection, row, "approved", acting.person_id, at)
            begins = row.effective_at if row.effective_at is not None and row.effective_at > at else None
            made = write_policy(connection, acting.advisor_id, client_id, json.loads(row.body), by=row.written_by,
                                at=at, approved_by=acting.person_id, effective_at=begins)  # fmt: skip
            _write_down(connection, acting, client_id, at, "policy.approved", row.base_version, made.version,
                        draft_id=draft_id, written_by=row.written_by, policy_sha=made.sha256,
                        effective_at=made.effective_at)  # fmt: skip
            return made

    @asks(Verb.EDIT_POLICY, "policy")
    def withdraw_draft(self, by: Manager, client_id: str, draft_id: str) -> None:
        """Takes a draft back. Raises NotFound for one that does not wait."""
        at = self._clock.now()
        with self._store.begin("policy") as connection:
            acting = acting_on(connection, by, client_id, Verb.EDIT_POLICY, at)
            row = _waiting(connection, acting, client_id, draft_id)
            _end(connection, row, "withdrawn", acting.person_id, at)
            _write_down(connection, acting, client_id, at, "policy.withdrawn", row.base_version, None,
                        draft_id=draft_id, written_by=row.written_by)  # fmt: skip


def check_draft(reason: str, effective_at: datetime | None, at: datetime) -> None:
    """Raises Invalid for a draft without a reason, or one that begins at no instant that it may."""
    if not reason.strip():
        raise Invalid("reason: write why the rules change; it is kept with them")
    if effective_at is not None and not at <= _instant(effective_at) <= at + LATEST_START:
        raise Invalid("effective_at: choose an instant with a time zone from now to ninety days ahead")


def put_up(
    connection: Connection, acting: Principal, client_id: str, base: PolicyRow, body: Mapping[str, Any], reason: str,
    effective_at: datetime | None, at: datetime,
) -> PolicyDraft:  # fmt: skip
    """Writes a draft of a whole body over the version that it changes. Raises Conflict when nothing would change."""
    whole = checked(body)
    if not (changed := difference(base.body, whole)):
        raise Conflict(f"these are the rules of version {base.version} already; nothing would change")
    text, sha256 = told(whole)
    draft_id = token_hex(8)
    connection.execute(
        sa.insert(policy_draft).values(
            advisor_id=acting.advisor_id, client_id=client_id, draft_id=draft_id, base_version=base.version,
            body=text, sha256=sha256, reason=reason.strip(), written_by=acting.person_id,
            written_by_name=acting.name, written_at=at, effective_at=effective_at,
        )
    )  # fmt: skip
    _write_down(connection, acting, client_id, at, "policy.drafted", base.version, None,
                draft_id=draft_id, reason=reason.strip(), policy_sha=sha256, changes=_plain(changed),
                effective_at=effective_at)  # fmt: skip
    return shown(connection, _waiting(connection, acting, client_id, draft_id))


def acting_on(connection: Connection, by: Manager, client_id: str, verb: Verb, at: datetime) -> Principal:
    """Who asks, once they serve the client. Raises Forbidden, NotFound."""
    acting = asking(connection, by, verb, at)
    client_row(connection, acting, client_id)
    return acting


def _instant(value: datetime) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Invalid("effective_at: give an instant with its time zone, like 2026-12-01T09:00:00+00:00")
    return value


def _waiting(connection: Connection, acting: Principal, client_id: str, draft_id: str) -> sa.Row[Any]:
    d = policy_draft.c
    query = sa.select(policy_draft).where(
        d.advisor_id == acting.advisor_id, d.client_id == client_id, d.draft_id == draft_id, d.outcome == "waiting"
    )
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"no draft {draft_id[:80]!r} waits for this client; it may be approved or withdrawn already")
    return row


def _end(connection: Connection, row: sa.Row[Any], outcome: str, by: str, at: datetime) -> None:
    d = policy_draft.c
    done = connection.execute(
        sa.update(policy_draft)
        .where(
            d.advisor_id == row.advisor_id, d.client_id == row.client_id, d.draft_id == row.draft_id,
            d.outcome == "waiting",
        )
        .values(outcome=outcome, ended_by=by, ended_at=at)
    )  # fmt: skip
    if done.rowcount != 1:
        raise Conflict(f"draft {row.draft_id} was answered meanwhile; look at the client's policy again")


def shown(connection: Connection, row: sa.Row[Any]) -> PolicyDraft:
    """A draft's row with what it would change."""
    versions = {one.version: one.body for one in history(connection, row.advisor_id, row.client_id)}
    changes = difference(versions.get(row.base_version, {}), json.loads(row.body))
    return PolicyDraft(
        row.client_id, row.draft_id, row.base_version, changes, row.reason, row.written_by, row.written_by_name,
        row.written_at, row.effective_at, row.sha256,
    )  # fmt: skip


def _plain(changes: list[tuple[str, Any, Any]]) -> list[dict[str, Any]]:
    return [{"rule": name, "before": before, "after": after} for name, before, after in changes]


def _write_down(
    connection: Connection, acting: Principal, client_id: str, at: datetime, action: str, before: int,
    after: int | None, **inputs: Any,
) -> None:  # fmt: skip
    append(
        connection,
        advisor_id=acting.advisor_id,
        at=at,
        actor=Actor.of(acting, acting.via),
        action=action,
        subject_kind="client",
        subject_id=client_id,
        client_id=client_id,
        from_state=str(before),
        to_state=str(after if after is not None else before),
        inputs={name: value for name, value in inputs.items() if value is not None},
    )
