"""The audit log's face: read it, add a refusal to it, prove it, hand it to an auditor."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor, append
from execution.audit.rows import chains, stored_rows
from execution.audit.sealing import Sealing
from execution.audit.verify import ChainReport, verify_chain
from execution.clock import Clock
from execution.errors import NotFound
from execution.people.assignments import client_row, recheck
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service import refusals
from execution.service.declared import Inside, asks, open_to
from execution.store import Store
from execution.store.tables import advisor, audit, chain_head

VERIFIER = Path(__file__).resolve().parents[1] / "audit" / "standalone_verifier.py"


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
    def export(self, principal: Principal) -> bytes:
        """A zip for an auditor: events as JSON lines, signed note, public key, and a verifier that stands alone."""
        with self._store.read() as connection:
            acting = recheck(connection, principal, Verb.EXPORT_AUDIT, self._clock.now())
        return self._export(acting.advisor_id, Actor.of(acting, acting.via))

    @open_to(Inside.OPERATOR)
    def export_at_machine(self, account: str, advisor_id: str) -> bytes:
        """The same zip for the machine's operator, written down under the account's name. Raises NotFound."""
        with self._store.read() as connection:
            ids = sa.select(advisor.c.advisor_id).order_by(advisor.c.advisor_id)
            known: list[str] = list(connection.execute(ids).scalars())
        if advisor_id not in known:
            raise NotFound(f"there is no firm {advisor_id!r}; the firms are {', '.join(known) or 'none yet'}")
        return self._export(advisor_id, Actor.operator(account))

    def _export(self, advisor_id: str, actor: Actor) -> bytes:
        with self._store.begin() as connection:
            written = append(
                connection,
                advisor_id=advisor_id,
                at=self._clock.now(),
                actor=actor,
                action="audit.exported",
                subject_kind="chain",
                subject_id=advisor_id,
            )
        note = self._sealing.note_up_to(advisor_id, written.seq)
        size = self._sealing.read(note).size
        lines = []
        with self._store.read() as connection:
            for seq, _, _, _, body, prev, hashed in stored_rows(connection, advisor_id):
                if seq > size:
                    break  # Written since; the note does not speak of it.
                hashes = {"hash": (hashed or b"").hex(), "prev": (prev or b"").hex()}
                lines.append(json.dumps({"body": base64.b64encode(body or b"").decode(), "seq": seq, **hashes}))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as pack:
            pack.writestr("events.jsonl", "\n".join(lines) + "\n")
            pack.writestr("checkpoint.note", note)
            pack.writestr("public_key.hex", (self._sealing.public() or b"").hex() + "\n")
            pack.writestr("verify.py", VERIFIER.read_text())
        return packed.getvalue()


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
