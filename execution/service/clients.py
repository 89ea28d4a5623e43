"""The firm's clients and their policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit import Actor, append
from execution.clock import Clock
from execution.domain.states import ENDED, State
from execution.errors import Conflict, Invalid
from execution.people.assignments import client_row, recheck, scoped
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service.declared import Inside, asks, open_to
from execution.service.modes import Modes
from execution.store import Store
from execution.store.tables import advisor, client, payout
from execution.tenancy.modes import Mode
from execution.tenancy.policies import current_policy, write_policy

PAYOUT_MODES = ("draft", "direct")


@dataclass(frozen=True, slots=True)
class Advisor:
    """A firm: the tenant wall."""

    advisor_id: str
    advisor_name: str
    tier: str


@dataclass(frozen=True, slots=True)
class Client:
    """A client business with the rules that screens show."""

    advisor_id: str
    client_id: str
    client_name: str
    industry: str
    time_zone: str
    currency_code: str
    advisor_mode: str
    buffer_minor: int
    readiness_minimum: int
    payout_mode: str
    is_active: bool


def _client(connection: Connection, row: sa.Row[Any], at: datetime) -> Client:
    rules = current_policy(connection, row.advisor_id, row.client_id, at).body
    return Client(
        row.advisor_id,
        row.client_id,
        row.client_name,
        row.industry,
        row.time_zone,
        row.currency_code,
        row.advisor_mode,
        rules["buffer_minor"],
        rules["readiness_minimum"],
        row.payout_mode,
        row.removed_at is None,
    )


class Clients(Modes):
    """Who is served, how closely, and under which rules."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    @open_to(Inside.PROCESS)
    def advisors(self) -> list[Advisor]:
        """Every firm (for our own processes)."""
        with self._store.read() as connection:
            rows = connection.execute(sa.select(advisor).order_by(advisor.c.advisor_id)).all()
        return [Advisor(row.advisor_id, row.advisor_name, row.tier) for row in rows]

    @open_to(Inside.PROCESS)
    def all(self) -> list[Client]:
        """Every firm's active clients (for our own processes and the operator's command line)."""
        with self._store.read() as connection:
            rows = connection.execute(
                sa.select(client).where(client.c.removed_at.is_(None)).order_by(client.c.advisor_id, client.c.client_id)
            ).all()
            return [_client(connection, row, self._clock.now()) for row in rows]

    @asks(Verb.SEE, "client")
    def list(self, principal: Principal) -> list[Client]:
        """The active clients that the person serves, by name."""
        with self._store.read() as connection:
            acting = recheck(connection, principal, Verb.SEE, self._clock.now())
            rows = connection.execute(
                scoped(acting, client).where(client.c.removed_at.is_(None)).order_by(client.c.client_name)
            ).all()
            return [_client(connection, row, self._clock.now()) for row in rows]

    @asks(Verb.SEE, "client")
    def get(self, principal: Principal, client_id: str) -> Client:
        """One client. Raises NotFound, in the same words for an absent, a removed and another firm's client."""
        with self._store.read() as connection:
            acting = recheck(connection, principal, Verb.SEE, self._clock.now())
            return _client(connection, client_row(connection, acting, client_id), self._clock.now())

    @asks(Verb.MANAGE_CLIENTS, "client")
    def add(
        self,
        principal: Principal,
        *,
        client_id: str,
        client_name: str,
        time_zone: str,
        currency_code: str = "USD",
        industry: str = "",
        advisor_mode: str = "managed",
        payout_mode: str = "draft",
        policy: Mapping[str, Any] | None = None,
    ) -> Client:
        """Takes a client on. Raises Forbidden, Invalid, or Conflict when the id is taken within the firm."""
        check_client(client_id, client_name, time_zone, currency_code, advisor_mode, payout_mode)
        at = self._clock.now()
        with self._store.begin() as connection:
            acting = recheck(connection, principal, Verb.MANAGE_CLIENTS, at)
            taken = connection.execute(
                sa.select(client.c.client_id).where(
                    client.c.advisor_id == acting.advisor_id, client.c.client_id == client_id
                )
            ).one_or_none()
            if taken is not None:
                raise Conflict(f"your firm has a client {client_id!r} already; choose another id")
            add_client(
                connection,
                Actor.of(acting, acting.via),
                acting.advisor_id,
                policy or {},
                at,
                client_id=client_id,
                client_name=client_name.strip(),
                industry=industry,
                time_zone=time_zone,
                currency_code=currency_code,
                advisor_mode=advisor_mode,
                payout_mode=payout_mode,
            )
            made = _client(connection, client_row(connection, acting, client_id, removed_too=True), at)
        return made

    @asks(Verb.MANAGE_CLIENTS, "client")
    def remove(self, principal: Principal, client_id: str) -> None:
        """Stops serving a client; its history stays. Raises Forbidden, NotFound, or Conflict while it pays."""
        at = self._clock.now()
        with self._store.begin() as connection:
            acting = recheck(connection, principal, Verb.MANAGE_CLIENTS, at)
            client_row(connection, acting, client_id)
            if live := _live_payouts(connection, acting.advisor_id, client_id):
                raise Conflict(
                    f"client {client_id} has {live} payouts that are not ended; cancel them or wait until the bank "
                    "shows them, then remove the client"
                )
            connection.execute(
                sa.update(client)
                .where(client.c.advisor_id == acting.advisor_id, client.c.client_id == client_id)
                .values(removed_at=at)
            )
            append(
                connection,
                advisor_id=acting.advisor_id,
                at=at,
                actor=Actor.of(acting, acting.via),
                action="client.removed",
                subject_kind="client",
                subject_id=client_id,
                client_id=client_id,
                from_state="active",
                to_state="removed",
            )


def _live_payouts(connection: Connection, advisor_id: str, client_id: str) -> int:
    """Payouts that somebody still has to follow: nobody would, once the client is gone."""
    over = [str(state) for state in (*ENDED, State.SETTLED)]
    query = sa.select(sa.func.count()).where(
        payout.c.advisor_id == advisor_id, payout.c.client_id == client_id, payout.c.state.not_in(over)
    )
    return int(connection.execute(query).scalar_one())


def add_client(
    connection: Connection,
    actor: Actor,
    advisor_id: str,
    policy: Mapping[str, Any],
    at: datetime,
    **columns: Any,
) -> None:
    """Writes a checked client with its first policy and the event of it, inside the caller's transaction."""
    connection.execute(sa.insert(client).values(advisor_id=advisor_id, created_at=at, **columns))
    client_id = columns["client_id"]
    rules = write_policy(connection, advisor_id, client_id, policy, by=actor.person, at=at)
    append(
        connection,
        advisor_id=advisor_id,
        at=at,
        actor=actor,
        action="client.added",
        subject_kind="client",
        subject_id=client_id,
        client_id=client_id,
        to_state="active",
        inputs={
            "client_name": columns["client_name"],
            "payout_mode": columns["payout_mode"],
            "policy_sha": rules.sha256,
        },
    )


def check_client(
    client_id: str, client_name: str, time_zone: str, currency_code: str, advisor_mode: str, payout_mode: str
) -> None:
    """Raises Invalid, naming the field and what would be right."""
    if not 1 <= len(client_id) <= 200 or not client_id.isascii() or not client_id.isprintable() or client_id == "*":
        raise Invalid("client_id: give 1 to 200 plain characters")
    if not 1 <= len(client_name.strip()) <= 200:
        raise Invalid("client_name: give 1 to 200 characters")
    if time_zone not in available_timezones():
        raise Invalid(f"time_zone: {time_zone!r} is no zone name; write for instance America/New_York")
    ZoneInfo(time_zone)
    if not (len(currency_code) == 3 and currency_code.isascii() and currency_code.isupper()):
        raise Invalid(f"currency_code: {currency_code!r} is not a code like USD")
    if advisor_mode not in tuple(Mode):
        raise Invalid(f"advisor_mode: {advisor_mode!r} must be one of {', '.join(Mode)}")
    if payout_mode not in PAYOUT_MODES:
        raise Invalid(f"payout_mode: {payout_mode!r} must be one of {', '.join(PAYOUT_MODES)}")
