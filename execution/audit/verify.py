"""Proving a chain: every row is what was hashed, each follows the one before, the end is where the head says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit.chain import ZERO, link
from execution.audit.merkle import grow, root
from execution.audit.note import Checkpoint
from execution.audit.story import Story
from execution.store.tables import audit, chain_head


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What the check of one chain found; `first_bad_seq` and `problem` are None when it is whole."""

    chain_id: str
    events: int
    ok: bool
    first_bad_seq: int | None = None
    problem: str | None = None


class _Broken(Exception):
    def __init__(self, seq: int, problem: str) -> None:
        super().__init__(problem)
        self.seq, self.problem = seq, problem


def _bytes(stored: Any) -> bytes:
    """A stored value as bytes: an altered row may hold text where bytes belong, or nothing."""
    return stored.encode("utf-8", "surrogatepass") if isinstance(stored, str) else bytes(stored or b"")


def chains(connection: Connection) -> list[str]:
    """Every chain that has a head or an event: a chain whose head was removed is still named."""
    found: sa.ScalarResult[str] = connection.execute(
        sa.union(sa.select(audit.c.chain_id), sa.select(chain_head.c.chain_id))
    ).scalars()
    return sorted(found)


def rows_of(connection: Connection, chain_id: str) -> Iterator[sa.Row[Any]]:
    """A chain's rows in order, streamed."""
    query = sa.select(audit).where(audit.c.chain_id == chain_id).order_by(audit.c.seq)
    yield from connection.execution_options(yield_per=2000).execute(query)


def verify_chain(
    connection: Connection, chain_id: str, *, checkpoint: Checkpoint | None = None, semantic: bool = True
) -> ChainReport:
    """Checks one chain from its first event to its head, up to and past a checkpoint when one is given."""
    story = Story() if semantic else None
    prev, frontier, seq = ZERO, b"", 0
    try:
        for row in rows_of(connection, chain_id):
            seq += 1
            body = _bytes(row.body)
            if row.seq != seq:
                raise _Broken(seq, f"event {seq} is missing: event {row.seq} stands in its place")
            _check_row(row, body, prev)
            prev = _bytes(row.hash)
            frontier = grow(frontier, seq - 1, body)
            if checkpoint is not None and seq == checkpoint.size:
                _check_checkpoint(checkpoint, prev, frontier)
            if story is not None and (problem := story.takes(json.loads(body))):
                raise _Broken(seq, problem)
        _check_end(connection, chain_id, seq, prev, frontier, checkpoint)
        if story is not None and (last := story.disagrees_with(connection, chain_id)):
            raise _Broken(*last)
    except _Broken as broken:
        return ChainReport(chain_id, seq, False, broken.seq, broken.problem)
    return ChainReport(chain_id, seq, True)


def _check_row(row: sa.Row[Any], body: bytes, prev: bytes) -> None:
    if _bytes(row.prev) != prev:
        raise _Broken(row.seq, "it does not follow the event before it: one of the two was altered, moved or removed")
    if _bytes(row.hash) != link(prev, body):
        raise _Broken(row.seq, "its text or its hash was altered")
    said = json.loads(body)
    if said["chain"] != row.chain_id or said["seq"] != row.seq:
        raise _Broken(row.seq, f"it was written as event {said['seq']} of chain {said['chain']}")
    repeated = (said["client"], said["subject"]["kind"], said["subject"]["id"])
    if (row.client_id, row.subject_kind, row.subject_id) != repeated:
        raise _Broken(row.seq, "the columns beside its text were altered")


def _check_checkpoint(checkpoint: Checkpoint, head: bytes, frontier: bytes) -> None:
    if checkpoint.head != head or checkpoint.root != root(frontier):
        raise _Broken(
            checkpoint.size,
            "the signed checkpoint saw other events up to here: they were rewritten after it was signed",
        )


def _check_end(
    connection: Connection, chain_id: str, size: int, last: bytes, frontier: bytes, checkpoint: Checkpoint | None
) -> None:
    head = connection.execute(sa.select(chain_head).where(chain_head.c.chain_id == chain_id)).one_or_none()
    if head is None:
        raise _Broken(size, "the chain's head is missing")
    if head.seq != size:
        where = size + 1 if head.seq > size else head.seq + 1
        raise _Broken(where, f"the head counts {head.seq} events, the chain holds {size}: its end was cut or added to")
    if _bytes(head.hash) != last or _bytes(head.frontier) != frontier:
        raise _Broken(max(size, 1), "the head does not match the last event")
    if checkpoint is not None and checkpoint.size > size:
        raise _Broken(
            size + 1, f"a signed checkpoint saw {checkpoint.size} events, the chain holds {size}: its end was cut"
        )
