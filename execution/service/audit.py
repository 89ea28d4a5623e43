"""The audit log's face: read it, add a refusal to it, prove it, hand it to an auditor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit import Actor, append
from execution.audit.rows import chains
from execution.audit.sealing import Sealing
from execution.audit.verify import ChainReport, verify_chain
from execution.clock import Clock
from execution.errors import Forbidden, NotFound
from execution.evidence import Scope, pack
from execution.evidence.pack import Sealed, proof_of
from execution.people.assignments import client_row, recheck
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service import refusals
from execution.service.declared import Inside, asks, open_to
from execution.store import Store
from execution.store.tables import advisor, audit, chain_head, payout


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One event as people read it; `hash` in hex."""

    seq: int
    at: datetime
    actor_name: str
    actor_role: str
    action: str
    subject_kind: str
    subject_id: str
    from_state: str | None
    to_state: str | None
    inputs: dict[str, Any]
    hash: str
    client_id: str | None = None


class Audit:
    """Reads and proves the audit chains."""

    def __init__(self, store: Store, clock: Clock, sealing: Sealing) -> None:
        self._store, self._clock, self._sealing = store, clock, sealing

    @asks(Verb.SEE_AUDIT, "audit")
    def events(
        self,
        principal: Principal,
        client_id: str | None = None,
        subject_id: str | None = None,
        limit: int = 200,
        before_seq: int | None = None,
    ) -> list[AuditEvent]:
        """The newest events that the person may read. Raises Forbidden, or NotFound for a client not served."""
        with self._store.read() as connection:
            acting = recheck(connection, principal, Verb.SEE_AUDIT, self._clock.now())
            query = sa.select(audit).where(audit.c.chain_id == acting.advisor_id)
            if acting.client_ids is not None:
                query = query.where(audit.c.client_id.in_(sorted(acting.client_ids)))
            if client_id is not None:
                client_row(connection, acting, client_id, removed_too=True)
                query = query.where(audit.c.client_id == client_id)
            if subject_id is not None:
                query = query.where(audit.c.subject_id == subject_id)
            if before_seq is not None:
                query = query.where(audit.c.seq < before_seq)
            rows = connection.execute(query.order_by(audit.c.seq.desc()).limit(max(1, min(limit, 100_000)))).all()
        return [_event(row) for row in rows]

    @open_to(Inside.FACE)
    def record_refusal(
        self,
        principal: Principal | None,
        action: str,
        subject: str,
        reason: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        advisor_id: str | None = None,
        client_id: str | None = None,
    ) -> None:
        """Leaves a row for a call that was refused, whatever its input held.

        Without a person it goes to the firm that it concerns (`advisor_id`), else to the system chain.
        """
        refusals.record(
            self._store, self._clock, principal, action, subject, reason, inputs,
            advisor_id=advisor_id, client_id=client_id,
        )  # fmt: skip

    @open_to(Inside.PROCESS)
    def verify(
        self, advisor_id: str | None = None, checkpoint: Path | None = None, semantic: bool = True
    ) -> list[ChainReport]:
        """Checks one firm's chain or all, against the checkpoints kept here and those kept elsewhere.

        `checkpoint` is a note's file or the folder of notes. Raises Invalid, NotFound.
        """
        given = {one.claim.chain_id: one for one in self._sealing.outside(checkpoint, advisor_id)} if checkpoint else {}
        with self._store.read() as connection:
            known = sorted({*chains(connection), *given})
            wanted = [advisor_id] if advisor_id is not None else sorted(given) or known
            if advisor_id is not None and advisor_id not in known:
                raise NotFound(
                    f"there is no audit chain {advisor_id!r}; the chains are {', '.join(known) or 'none yet'}"
                )
            return [
                verify_chain(
                    connection, chain_id, seals=self._sealing.kept(connection, chain_id),
                    outside=given.get(chain_id), semantic=semantic,
                )
                for chain_id in wanted
            ]  # fmt: skip

    @open_to(Inside.PROCESS)
    def checkpoint(self, advisor_id: str) -> str:
        """A signed note of how far the firm's chain has come; send it out of the house. Raises NotFound, Conflict."""
        return self._sealing.note_up_to(advisor_id, self._size(advisor_id))

    def _size(self, chain_id: str) -> int:
        with self._store.read() as connection:
            found = connection.execute(sa.select(chain_head.c.seq).where(chain_head.c.chain_id == chain_id)).scalar()
        if found is None:
            raise NotFound(f"the firm {chain_id!r} has no audit events yet")
        return int(found)

    @asks(Verb.EXPORT_AUDIT, "audit")
    def export(
        self,
        principal: Principal,
        *,
        payout_id: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> bytes:
        """A zip for an auditor: of the whole log, of one payout, or of the days from `since` to `until` (UTC).

        Raises Invalid, NotFound for a payout out of reach or days without an event, Conflict when no signer answers.
        """
        scope = Scope(payout_id, since, until)
        with self._store.read() as connection:
            acting = recheck(connection, principal, Verb.EXPORT_AUDIT, self._clock.now())
            if acting.client_ids is not None and payout_id is None:
                raise Forbidden(
                    "the log of the whole firm tells of clients that you do not serve; take the pack of one payout, or "
                    "ask the firm admin for a role over all clients"
                )
            client_id = _client_of(connection, acting.advisor_id, scope)
            if client_id is not None and not acting.serves(client_id):
                raise _no_payout(scope)
        return self._export(acting.advisor_id, Actor.of(acting, acting.via), scope)

    @open_to(Inside.OPERATOR)
    def export_at_machine(
        self,
        account: str,
        advisor_id: str,
        *,
        payout_id: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> bytes:
        """The same zip for the machine's operator, written down under the account's name. Raises NotFound."""
        scope = Scope(payout_id, since, until)
        with self._store.read() as connection:
            ids = sa.select(advisor.c.advisor_id).order_by(advisor.c.advisor_id)
            known: list[str] = list(connection.execute(ids).scalars())
            if advisor_id not in known:
                raise NotFound(f"there is no firm {advisor_id!r}; the firms are {', '.join(known) or 'none yet'}")
            _client_of(connection, advisor_id, scope)
        return self._export(advisor_id, Actor.operator(account), scope)

    def _export(self, advisor_id: str, actor: Actor, scope: Scope) -> bytes:
        with self._store.begin() as connection:
            written = append(
                connection,
                advisor_id=advisor_id,
                at=self._clock.now(),
                actor=actor,
                action="audit.exported",
                subject_kind="chain",
                subject_id=advisor_id,
                inputs=scope.as_body(),
            )
        note = self._sealing.note_up_to(advisor_id, written.seq)
        sealed = Sealed(note, self._sealing.read(note), self._sealing.public() or b"")
        with self._store.read() as connection:
            return pack(connection, advisor_id, scope, sealed)

    @open_to(Inside.PROCESS)
    def prove(self, advisor_id: str, seq: int) -> dict[str, Any]:
        """One event with the hashes that lead from it to a signed root: shown to somebody who may see no other event.

        Raises NotFound, and Conflict when no signer answers.
        """
        size = self._size(advisor_id)
        if not 1 <= seq <= size:
            raise NotFound(f"the log of {advisor_id} has events 1 to {size}, and none numbered {seq}")
        note = self._sealing.note_up_to(advisor_id, seq)
        claim = self._sealing.read(note)
        with self._store.read() as connection:
            return proof_of(connection, advisor_id, seq, Sealed(note, claim, self._sealing.public() or b""))


def _no_payout(scope: Scope) -> NotFound:
    """Of another firm, of a client that is not served, or of nobody: all read alike."""
    return NotFound(f"there is no payout {str(scope.payout_id)[:40]!r}; `rowcol audit export` takes its whole id")


def _client_of(connection: Connection, advisor_id: str, scope: Scope) -> str | None:
    """The client of the scope's payout, None for another scope. Raises NotFound."""
    if scope.payout_id is None:
        return None
    query = sa.select(payout.c.client_id).where(
        payout.c.advisor_id == advisor_id, payout.c.payout_id == scope.payout_id
    )
    found: str | None = connection.execute(query).scalars().first()
    if found is None:
        raise _no_payout(scope)
    return found


def _event(row: sa.Row[Any]) -> AuditEvent:
    body = json.loads(bytes(row.body))
    return AuditEvent(
        row.seq,
        datetime.fromisoformat(body["at"]),
        body["actor"]["name"],
        body["actor"]["role"],
        body["action"],
        body["subject"]["kind"],
        body["subject"]["id"],
        body["from"],
        body["to"],
        body["inputs"],
        bytes(row.hash).hex(),
        body["client"],
    )
