"""Writing an event: in the transaction of the change it tells of, as that transaction's last act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution import failpoints
from execution.audit.actor import Actor
from execution.audit.canonical import canonical
from execution.audit.chain import ZERO, link
from execution.audit.merkle import grow
from execution.store.engine import insert_if_absent
from execution.store.tables import audit, chain_head

VERSION = 1
# Where events go that belong to no firm: a webhook to an unknown address, a sign-in by nobody.
SYSTEM_CHAIN = "system"


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an event came to stand."""

    chain_id: str
    seq: int
    hash: bytes


def append(
    connection: Connection,
    *,
    advisor_id: str,
    at: datetime,
    actor: Actor,
    action: str,
    subject_kind: str,
    subject_id: str,
    client_id: str | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
    inputs: Mapping[str, Any] | None = None,
    request_sha256: str | None = None,
    prev_state_version: int | None = None,
) -> Appended:
    """Append one event to the firm's chain; call it last, for it takes the chain's lock until the commit.

    Raises NotCanonical when the inputs hold a float or another value without one byte form.
    """
    failpoints.inside("before-audit")
    insert_if_absent(connection, chain_head, chain_id=advisor_id, seq=0, hash=ZERO, frontier=b"")
    head = connection.execute(sa.select(chain_head).where(chain_head.c.chain_id == advisor_id).with_for_update()).one()
    seq = head.seq + 1
    body = canonical(
        {
            "v": VERSION,
            "chain": advisor_id,
            "seq": seq,
            "at": at,
            "client": client_id,
            "actor": actor.as_body(),
            "action": action,
            "subject": {"kind": subject_kind, "id": subject_id},
            "from": from_state,
            "to": to_state,
            "inputs": dict(inputs or {}),
            "request_sha": request_sha256,
            "prev_state_version": prev_state_version,
        }
    )
    prev = bytes(head.hash)
    hashed = link(prev, body)
    connection.execute(
        sa.insert(audit).values(
            chain_id=advisor_id,
            seq=seq,
            client_id=client_id,
            subject_kind=subject_kind,
            subject_id=subject_id,
            body=body,
            prev=prev,
            hash=hashed,
        )
    )
    connection.execute(
        sa.update(chain_head)
        .where(chain_head.c.chain_id == advisor_id, chain_head.c.seq == head.seq)
        .values(seq=seq, hash=hashed, frontier=grow(bytes(head.frontier), head.seq, body))
    )
    return Appended(advisor_id, seq, hashed)
