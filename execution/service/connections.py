"""Connections: each client's access to each rail, sealed; opened only for the process it is meant for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.clock import Clock
from execution.errors import Conflict, Forbidden, NotFound
from execution.service.declared import Inside, open_to
from execution.store import Store
from execution.store.tables import client
from execution.store.tables import connection as connections
from execution.vault import Identity, KeyRing, Sealed, Where
from execution.vault.identity import MAY_OPEN
from execution.vault.seal import seal, unseal

# Longer than a token grant takes, short enough that a killed loader does not block the next run.
LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One client's connection on one rail, opened. Secrets never show."""

    advisor_id: str
    client_id: str
    rail: str
    connection_id: str
    external_account_id: str
    secrets: Mapping[str, str] = field(repr=False)


class Connections:
    """Reads and keeps connection secrets."""

    def __init__(self, store: Store, ring: KeyRing, machine_clock: Clock) -> None:
        self._store, self._ring, self._machine = store, ring, machine_clock

    @open_to(Inside.PROCESS)
    def for_ingestion(
        self, rails: Sequence[str] | None = None, client_ids: Sequence[str] | None = None
    ) -> list[ConnectionRow]:
        """Every active client's reader connections, opened for the loader."""
        query = self._live("reader")
        if rails is not None:
            query = query.where(connections.c.rail.in_(list(rails)))
        if client_ids is not None:
            query = query.where(connections.c.client_id.in_(list(client_ids)))
        with self._store.read() as reading:
            rows = reading.execute(query.order_by(connections.c.client_id, connections.c.rail)).all()
        return [self._opened(row) for row in rows]

    @open_to(Inside.PROCESS)
    def open(self, identity: Identity, advisor_id: str, client_id: str, rail: str, kind: str) -> ConnectionRow:
        """One connection for one of our processes. Forbidden when its kind is not for that process."""
        if identity not in MAY_OPEN.get(kind, frozenset()):
            raise Forbidden(f"the {identity} process may not open {kind} secrets of {rail}")
        with self._store.read() as reading:
            row = reading.execute(
                self._live(kind).where(
                    connections.c.advisor_id == advisor_id,
                    connections.c.client_id == client_id,
                    connections.c.rail == rail,
                )
            ).one_or_none()
        if row is None:
            raise NotFound(f"client {client_id} has no {kind} connection on {rail}; connect it first")
        return self._opened(row)

    @open_to(Inside.PROCESS)
    def webhooks(self) -> list[tuple[str, ConnectionRow]]:
        """Each live subscription with the path that its rail delivers to, opened for the receiver."""
        with self._store.read() as reading:
            rows = reading.execute(self._live("webhook").where(connections.c.path_key.is_not(None))).all()
        return [(row.path_key, self._opened(row)) for row in rows]

    @open_to(Inside.PROCESS)
    def accounts(self, rail: str) -> list[ConnectionRow]:
        """Every account of a rail that is read, for a rail that tells of all to one address. No secret is opened."""
        with self._store.read() as reading:
            rows = reading.execute(self._live("reader").where(connections.c.rail == rail)).all()
        return [
            ConnectionRow(row.advisor_id, row.client_id, rail, row.connection_id, row.external_account_id, {})
            for row in rows
        ]

    @open_to(Inside.OPERATOR)
    def webhook_paths(self) -> list[tuple[str, str, str, str]]:
        """Where each rail delivers: (firm, client, rail, path key), for the operator. No secret is opened."""
        with self._store.read() as reading:
            rows = reading.execute(self._live("webhook").where(connections.c.path_key.is_not(None))).all()
        return sorted((row.advisor_id, row.client_id, row.rail, row.path_key) for row in rows)

    @open_to(Inside.PROCESS)
    def token_store(self) -> TokenStore:
        """Where the loader leases and rotates tokens."""
        return TokenStore(self._store, self._ring, self._machine)

    @open_to(Inside.PROCESS)
    def keep(
        self,
        writing: Connection,
        where: Where,
        secrets: Mapping[str, str],
        *,
        connection_id: str,
        external_account_id: str,
        at: datetime,
        path_key: str | None = None,
    ) -> None:
        """Writes a connection new or anew, inside the caller's transaction."""
        sealed = seal(self._ring, where, secrets)
        key = _is(where)
        values: dict[str, Any] = {
            "connection_id": connection_id,
            "external_account_id": external_account_id,
            "token_ct": sealed.ciphertext,
            "dek_wrapped": sealed.dek_wrapped,
            "kek_id": sealed.kek_id,
            # Credentials that were replaced by hand are not gone back to.
            "previous_ct": None,
            "previous_dek": None,
            "previous_kek_id": None,
            "path_key": path_key,
            "state": "live",
            "updated_at": at,
        }
        done = writing.execute(
            sa.update(connections).where(key).values(**values, token_version=connections.c.token_version + 1)
        )
        if done.rowcount == 0:
            writing.execute(
                sa.insert(connections).values(
                    advisor_id=where.advisor_id,
                    client_id=where.client_id,
                    rail=where.rail,
                    kind=where.kind,
                    **values,
                )
            )

    @staticmethod
    @open_to(Inside.PROCESS)
    def owner_of(reading: Connection, rail: str, external_account_id: str) -> str | None:
        """The active client whose account on the rail this is already."""
        rows: Any = reading.execute(
            Connections._live("reader").where(
                connections.c.rail == rail, connections.c.external_account_id == external_account_id
            )
        ).first()
        return str(rows.client_id) if rows is not None else None

    @open_to(Inside.PROCESS)
    def opens_to(self, row: sa.Row[Any], secrets: Mapping[str, str]) -> bool:
        """Whether a stored connection holds exactly these secrets already."""
        return dict(self._opened(row).secrets) == dict(secrets)

    @staticmethod
    def _live(kind: str) -> sa.Select[Any]:
        return (
            sa.select(connections)
            .join(
                client,
                sa.and_(client.c.advisor_id == connections.c.advisor_id, client.c.client_id == connections.c.client_id),
            )
            .where(connections.c.kind == kind, connections.c.state == "live", client.c.removed_at.is_(None))
        )

    def _opened(self, row: sa.Row[Any]) -> ConnectionRow:
        where = Where(row.advisor_id, row.client_id, row.rail, row.kind)
        secrets = unseal(self._ring, where, Sealed(row.token_ct, row.dek_wrapped, row.kek_id))
        return ConnectionRow(
            row.advisor_id, row.client_id, row.rail, row.connection_id, row.external_account_id, secrets
        )


class TokenStore:
    """Rotating tokens: leased by one holder at a time, written before they are used, the one before kept."""

    def __init__(self, store: Store, ring: KeyRing, machine_clock: Clock) -> None:
        self._store, self._ring, self._machine = store, ring, machine_clock
        self._held: dict[tuple[str, str, str], tuple[str, int]] = {}

    @contextmanager
    def lease(self, connection: Any) -> Iterator[Mapping[str, str]]:
        """The newest secrets, for this holder alone. Conflict when somebody else holds them, NotFound when none."""
        where = Where(connection.advisor_id, connection.client_id, connection.rail, "reader")
        key = (where.advisor_id, where.client_id, where.rail)
        holder, at = token_hex(16), self._machine.now()
        with self._store.begin() as writing:
            taken = writing.execute(
                sa.update(connections)
                .where(_is(where), sa.or_(connections.c.lease_until.is_(None), connections.c.lease_until <= at))
                .values(lease_owner=holder, lease_until=at + LEASE)
            )
            row = writing.execute(sa.select(connections).where(_is(where))).one_or_none()
            if row is None:
                raise NotFound(f"client {where.client_id} has no connection on {where.rail}; connect it first")
            if taken.rowcount == 0:
                raise Conflict(
                    f"another run is renewing the {where.rail} token of client {where.client_id}; "
                    "it ends within two minutes, then run again"
                )
        self._held[key] = (holder, row.token_version)
        try:
            yield unseal(self._ring, where, Sealed(row.token_ct, row.dek_wrapped, row.kek_id))
        finally:
            self._held.pop(key, None)
            with self._store.begin() as writing:
                writing.execute(
                    sa.update(connections)
                    .where(_is(where), connections.c.lease_owner == holder)
                    .values(lease_owner=None, lease_until=None)
                )

    def store(self, connection: Any, secrets: Mapping[str, str]) -> None:
        """Writes rotated secrets durably. Conflict when the lease ran out and somebody else rotated them."""
        where = Where(connection.advisor_id, connection.client_id, connection.rail, "reader")
        key = (where.advisor_id, where.client_id, where.rail)
        if key not in self._held:
            raise Conflict(f"the {where.rail} token of client {where.client_id} is not leased; lease it, then store")
        holder, version = self._held[key]
        sealed = seal(self._ring, where, secrets)
        with self._store.begin("token-refresh") as writing:
            done = writing.execute(
                sa.update(connections)
                .where(_is(where), connections.c.token_version == version, connections.c.lease_owner == holder)
                .values(
                    previous_ct=connections.c.token_ct,
                    previous_dek=connections.c.dek_wrapped,
                    previous_kek_id=connections.c.kek_id,
                    token_ct=sealed.ciphertext,
                    dek_wrapped=sealed.dek_wrapped,
                    kek_id=sealed.kek_id,
                    token_version=version + 1,
                    updated_at=self._machine.now(),
                )
            )
            if done.rowcount != 1:
                raise Conflict(
                    f"the {where.rail} token of client {where.client_id} was renewed by another run meanwhile"
                )
        self._held[key] = (holder, version + 1)


def _is(where: Where) -> sa.ColumnElement[bool]:
    return sa.and_(
        connections.c.advisor_id == where.advisor_id,
        connections.c.client_id == where.client_id,
        connections.c.rail == where.rail,
        connections.c.kind == where.kind,
    )
