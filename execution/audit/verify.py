"""Proving a chain: each row is what was hashed, each follows the one before, checkpoints hold, the end is there.

The first bad event is named. A past that was rewritten and re-hashed follows from itself: only the checkpoints tell,
and the leaf hashes that they sealed name the event that changed first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit.body import columns_agree
from execution.audit.chain import DOMAIN, ZERO
from execution.audit.merkle import Tree
from execution.audit.rows import StoredRow, stored_chunks
from execution.audit.seals import Outside, Seal, SealedLeaves
from execution.audit.story import Story
from execution.store.tables import chain_head


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What the check of one chain found; `first_bad_seq` and `problem` are None when it is whole."""

    chain_id: str
    events: int
    ok: bool
    first_bad_seq: int | None = None
    problem: str | None = None
    sealed: int = 0


class _Broken(Exception):
    def __init__(self, seq: int, problem: str) -> None:
        super().__init__(problem)
        self.seq, self.problem = seq, problem


REWRITTEN = "the signed checkpoint saw another event here: it was rewritten after it was signed"


def verify_chain(
    connection: Connection,
    chain_id: str,
    *,
    seals: Sequence[Seal] = (),
    outside: Outside | None = None,
    semantic: bool = True,
) -> ChainReport:
    """Checks one chain from its first event to its head, against its kept seals and what was kept elsewhere."""
    walk = _Walk(connection, chain_id, seals, outside, Story(connection, chain_id) if semantic else None)
    try:
        walk.whole()
    except _Broken as broken:
        return ChainReport(chain_id, walk.tree.size, False, broken.seq, broken.problem, walk.sealed)
    return ChainReport(chain_id, walk.tree.size, True, sealed=walk.sealed)


class _Walk:
    """One pass over a chain."""

    def __init__(
        self, connection: Connection, chain_id: str, seals: Sequence[Seal], outside: Outside | None, story: Story | None
    ) -> None:
        self._connection, self._chain_id, self._chain = connection, chain_id, chain_id.encode()
        self._seals, self._outside, self._story = list(seals), outside, story
        claims = [seal.claim for seal in seals if seal.claim is not None] + ([outside.claim] if outside else [])
        self._claims = sorted(claims, key=lambda claim: claim.size)
        self._leaves_of = {seal.size: seal.leaves for seal in seals if seal.claim and seal.claim.at}
        self.tree = Tree()
        self.sealed = 0  # Up to here a kept checkpoint was found to hold.
        self._since: list[bytes] = []  # Leaves after it.
        self._bad_leaf: int | None = None
        self._prev = ZERO

    def whole(self) -> None:
        """Raises _Broken, naming the first bad event."""
        try:
            for chunk in stored_chunks(self._connection, self._chain_id):
                self._take(chunk)
            self._check_end()
        except _Broken as broken:
            # What a signature stands for may show that an earlier event was changed, and the rest bent to fit.
            first = self._first_rewritten()
            if first is not None and first < broken.seq:
                raise _Broken(first, REWRITTEN) from None
            raise
        self._check_seals()
        if self._story is not None and (last := self._story.ends()):
            raise _Broken(*last)

    def _take(self, rows: list[StoredRow]) -> None:
        leaves: list[bytes] = []
        prev, size, story, chain = self._prev, self.tree.size, self._story, self._chain
        stop = next((claim.size for claim in self._claims if claim.size > size), -1)
        try:
            for seq, client_id, kind, subject, body, prev_stored, hash_stored in rows:
                size += 1
                if seq != size:
                    raise _Broken(size, f"event {size} is missing: event {seq} stands in its place")
                if prev_stored != prev:
                    raise _Broken(
                        size, "it does not follow the event before it: one of the two was altered, moved or removed"
                    )
                if body is None or hash_stored != sha256(DOMAIN + prev + sha256(body).digest()).digest():
                    raise _Broken(size, "its text or its hash was altered")
                if not columns_agree(body, chain, seq, client_id, kind, subject):
                    raise _Broken(size, _why_not(body, self._chain_id, size))
                prev = hash_stored
                leaves.append(sha256(b"\x00" + body).digest())
                if story is not None and kind == b"payout" and (problem := story.takes(body)):
                    raise _Broken(size, problem)
                if size == stop:
                    self._grow(leaves)
                    self._check_claims(size, prev)
                    leaves = []
                    stop = next((claim.size for claim in self._claims if claim.size > size), -1)
        finally:
            self._grow(leaves)
            self._prev = prev

    def _grow(self, leaves: list[bytes]) -> None:
        self.tree.grow(leaves)
        self._since += leaves

    def _check_claims(self, size: int, head: bytes) -> None:
        for claim in self._claims:
            if claim.size == size and (claim.head != head or claim.root != self.tree.root()):
                if (first := self._first_rewritten()) is not None:
                    raise _Broken(first, REWRITTEN)
                raise _Broken(
                    self.sealed + 1,
                    f"the signed checkpoint saw other events from here on, up to {size}: they were rewritten after it "
                    "was signed, and the leaf hashes that would name the first are gone",
                )
        if size not in self._leaves_of:
            return  # Only a note from outside speaks here.
        found = b"".join(self._since)
        if self._bad_leaf is None and found != (kept := self._leaves_of[size]):
            place = next(
                (at for at in range(0, len(found), 32) if found[at : at + 32] != kept[at : at + 32]), len(found)
            )
            self._bad_leaf = self.sealed + min(place // 32 + 1, len(self._since))
        self.sealed, self._since = size, []

    def _first_rewritten(self) -> int | None:
        """The first event since the last good checkpoint that is not the one a signature stands for."""
        return SealedLeaves(self._seals, self._outside).first_difference(self._since, self.sealed)

    def _check_end(self) -> None:
        size = self.tree.size
        last = self._claims[-1] if self._claims else None
        if last is not None and last.size > size:
            raise _Broken(
                size + 1, f"a signed checkpoint saw {last.size} events, the chain holds {size}: its end was cut"
            )
        head = self._connection.execute(
            sa.select(chain_head).where(chain_head.c.chain_id == self._chain_id)
        ).one_or_none()
        if head is None:
            raise _Broken(size, "the chain's head is missing")
        if head.seq != size:
            where = size + 1 if head.seq > size else head.seq + 1
            raise _Broken(
                where, f"the head counts {head.seq} events, the chain holds {size}: its end was cut or added to"
            )
        if (_stored(head.hash), _stored(head.frontier)) != (self._prev, self.tree.frontier):
            raise _Broken(max(size, 1), "the head does not match the last event")

    def _check_seals(self) -> None:
        """The kept checkpoints themselves: each note signed, none missing, each with the leaf hashes that it sealed."""
        for seal in self._seals:
            if seal.claim is None:
                raise _Broken(seal.size, f"the checkpoint kept of {seal.size} events is bad: {seal.problem}")
        if self._bad_leaf is not None:
            raise _Broken(
                self._bad_leaf, "its leaf hash beside the checkpoint was altered, or a checkpoint before it is gone"
            )
        if self._outside is not None and self._outside.claim.size not in {seal.size for seal in self._seals}:
            size = self._outside.claim.size
            raise _Broken(size, f"the checkpoint of {size} events is no longer kept here")


def _stored(value: object) -> bytes:
    """A stored value as bytes: an altered row may hold text where bytes belong, or nothing."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value or b"")  # type: ignore[call-overload]


def _why_not(body: bytes, chain_id: str, seq: int) -> str:
    said = json.loads(body)
    if (said["chain"], said["seq"]) != (chain_id, seq):
        return f"it was written as event {said['seq']} of chain {said['chain']}"
    return "the columns beside its text were altered"
