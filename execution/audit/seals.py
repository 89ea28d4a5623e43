"""The signed checkpoints that the store keeps of a chain, with the leaf hashes that each sealed anew.

A signature covers the root alone; the leaf hashes beside it lead to that root or are worthless. They are what
tells, after a rewritten and re-hashed past, which event was the first to change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit.merkle import root_of
from execution.audit.note import Checkpoint, read
from execution.errors import Invalid
from execution.store.tables import checkpoint as checkpoints


@dataclass(frozen=True, slots=True)
class Seal:
    """One kept checkpoint. `claim` is None when its note does not hold; `problem` then says why."""

    size: int
    claim: Checkpoint | None
    leaves: bytes
    problem: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """What was kept out of the house: a signed note, and the leaf hashes from the first event on, if they were too."""

    claim: Checkpoint
    leaves: bytes = b""


def seals_of(connection: Connection, chain_id: str, public: bytes) -> list[Seal]:
    """A chain's kept checkpoints, smallest first, each signature checked."""
    rows = connection.execute(
        sa.select(checkpoints.c.size, checkpoints.c.note, checkpoints.c.leaves, checkpoints.c.signed_at)
        .where(checkpoints.c.chain_id == chain_id)
        .order_by(checkpoints.c.size)
    )
    return [_seal(chain_id, row.size, row.note, bytes(row.leaves or b""), row.signed_at, public) for row in rows]


def _seal(chain_id: str, size: int, note: str, leaves: bytes, signed_at: datetime | None, public: bytes) -> Seal:
    try:
        claim = read(note, public)
    except Invalid as error:
        return Seal(size, None, leaves, str(error))
    if (claim.chain_id, claim.size, claim.at or signed_at) != (chain_id, size, signed_at):
        return Seal(size, None, leaves, "the columns beside its note were altered")
    return Seal(size, claim, leaves, note=note)


class SealedLeaves:
    """The leaf hashes that a signature stands for, as far as the kept ones lead to the signed root."""

    def __init__(self, seals: Sequence[Seal], outside: Outside | None = None) -> None:
        self._known: list[bytes] = []
        claims = {seal.size: seal.claim for seal in seals if seal.claim is not None}
        heaps = [b"".join(seal.leaves for seal in seals)]
        if outside is not None:
            claims[outside.claim.size] = outside.claim
            heaps.append(outside.leaves)
        for leaves in heaps:
            heap = [leaves[at : at + 32] for at in range(0, len(leaves), 32)]
            for size in sorted(claims, reverse=True):
                if len(self._known) < size <= len(heap) and root_of(heap[:size]) == claims[size].root:
                    self._known = heap[:size]
                    break

    def first_difference(self, leaves: Sequence[bytes], after: int = 0) -> int | None:
        """The first event (counted from 1), from `after` on, whose leaf is not the sealed one; None when none is."""
        for place, (sealed, found) in enumerate(zip(self._known[after:], leaves, strict=False), start=after):
            if sealed != found:
                return place + 1
        return None
