"""Writing events: in the transaction of the change they tell of, as that transaction's last act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution import failpoints
from execution.audit.actor import Actor
from execution.audit.canonical import canonical
from execution.audit.chain import ZERO, link
from execution.audit.merkle import Tree, leaf
from execution.audit.rows import insert_rows
from execution.store.engine import insert_if_absent
from execution.store.tables import chain_head

VERSION = 1
# Where events go that belong to no firm: a webhook to an unknown address, a sign-in by nobody.
SYSTEM_CHAIN = "system"

_HEAD = sa.select(chain_head).where(chain_head.c.chain_id == sa.bindparam("chain")).with_for_update()
_MOVE_HEAD = sa.update(chain_head).where(
    chain_head.c.chain_id == sa.bindparam("chain"), chain_head.c.seq == sa.bindparam("before")
)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, before it has its place in a chain. `inputs` holds no floats; money is whole minor units."""

    at: datetime
    actor: Actor
    action: str
    subject_kind: str
    subject_id: str
    client_id: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    request_sha256: str | None = None
    prev_state_version: int | None = None

    def body(self, chain_id: str, seq: int) -> bytes:
        """The exact bytes that are hashed and kept."""
        return canonical(
            {
                "v": VERSION,
                "chain": chain_id,
                "seq": seq,
                "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "client": self.client_id,
                "actor": self.actor.as_body(),
                "action": self.action,
                "subject": {"kind": self.subject_kind, "id": self.subject_id},
                "from": self.from_state,
                "to": self.to_state,
                "inputs": dict(self.inputs),
                "request_sha": self.request_sha256,
                "prev_state_version": self.prev_state_version,
            }
        )


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an event came to stand."""

    chain_id: str
    seq: int
    hash: bytes


def append_all(connection: Connection, advisor_id: str, events: Sequence[Event]) -> list[Appended]:
    """Append events to the firm's chain in their order; call it last, for it takes the chain's lock until the commit.

    Each event stands in the chain exactly as if it had been appended alone. Raises NotCanonical when inputs hold a
    float or another value without one byte form.
    """
    if not events:
        return []
    failpoints.inside("before-audit")
    head = connection.execute(_HEAD, {"chain": advisor_id}).one_or_none()
    if head is None:
        insert_if_absent(connection, chain_head, chain_id=advisor_id, seq=0, hash=ZERO, frontier=b"")
        head = connection.execute(_HEAD, {"chain": advisor_id}).one()
    prev, seq = bytes(head.hash), head.seq
    tree, leaves, rows = Tree(bytes(head.frontier), seq), [], []
    for event in events:
        seq += 1
        body = event.body(advisor_id, seq)
        hashed = link(prev, body)
        rows.append((advisor_id, seq, event.client_id, event.subject_kind, event.subject_id, body, prev, hashed))
        leaves.append(leaf(body))
        prev = hashed
    tree.grow(leaves)
    insert_rows(connection, rows)
    connection.execute(
        _MOVE_HEAD, {"chain": advisor_id, "before": head.seq, "seq": seq, "hash": prev, "frontier": tree.frontier}
    )
    return [Appended(advisor_id, row[1], row[7]) for row in rows]


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
    """Append one event to the firm's chain; call it last, for it takes the chain's lock until the commit."""
    event = Event(
        at, actor, action, subject_kind, subject_id, client_id, from_state, to_state, inputs or {},
        request_sha256, prev_state_version,
    )  # fmt: skip
    return append_all(connection, advisor_id, [event])[0]
