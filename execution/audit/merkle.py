"""The Merkle tree over a chain's events (RFC 6962): its frontier, its root, and proofs that an event is in it.

The frontier's bytes hold one hash per full subtree, largest subtree first; how many there are follows from the size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()
_sha256 = hashlib.sha256


def leaf(body: bytes) -> bytes:
    """Hash of one event's bytes as a leaf."""
    return _sha256(b"\x00" + body).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return _sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows by leaves; keeps one hash per full subtree, as a counter keeps its bits."""

    def __init__(self, frontier: bytes = b"", size: int = 0) -> None:
        parts = [frontier[at : at + 32] for at in range(0, len(frontier), 32)]
        if len(parts) != size.bit_count() or len(frontier) % 32:
            raise ValueError(f"a frontier of {len(parts)} hashes does not stand for {size} events")
        levels = [level for level in range(size.bit_length()) if size >> level & 1]
        self._full = dict(zip(reversed(levels), parts, strict=True))
        self.size = size

    def grow(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes; a whole list at once is several times quicker than one by one."""
        nodes, level = list(leaves), 0
        self.size += len(nodes)
        while nodes:
            if level in self._full:
                nodes.insert(0, self._full.pop(level))
            if len(nodes) & 1:
                self._full[level] = nodes.pop()
            pairs = zip(nodes[::2], nodes[1::2], strict=True)
            nodes = [_sha256(b"\x01" + left + right).digest() for left, right in pairs]
            level += 1

    @property
    def frontier(self) -> bytes:
        """The hashes of the full subtrees, largest first."""
        return b"".join(self._full[level] for level in sorted(self._full, reverse=True))

    def root(self) -> bytes:
        """The tree's root hash."""
        found: bytes | None = None
        for level in sorted(self._full):
            found = self._full[level] if found is None else _node(self._full[level], found)
        return EMPTY_ROOT if found is None else found


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over all leaf hashes."""
    tree = Tree()
    tree.grow(leaves)
    return tree.root()


class Proofs:
    """Every level of a tree, so that many of its events can be proven; an odd last node goes up as it is."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.size = len(leaves)
        self._levels = [list(leaves)]
        while len(self._levels[-1]) > 1:
            nodes = self._levels[-1]
            above = [_node(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=False)]
            self._levels.append(above + nodes[len(above) * 2 :])

    def proof(self, place: int) -> list[bytes]:
        """The sibling hashes that lead from a leaf (counted from 0) to the root, lowest first (RFC 6962, 2.1.1)."""
        if not 0 <= place < self.size:
            raise ValueError(f"there is no leaf {place} among {self.size}")
        found = []
        for nodes in self._levels[:-1]:
            if place ^ 1 < len(nodes):
                found.append(nodes[place ^ 1])
            place >>= 1
        return found


def root_from_proof(leaf_hash: bytes, place: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that a proof leads to; equal to the signed one exactly when the event is in the tree."""
    if not 0 <= place < size:
        raise ValueError(f"there is no leaf {place} in a tree of {size}")
    found, last = leaf_hash, size - 1
    for sibling in proof:
        if last == 0:
            raise ValueError("the proof is longer than the tree is high")
        if place & 1 or place == last:
            found = _node(sibling, found)
            while not place & 1 and place:  # Levels on which this subtree stands alone have no sibling.
                place, last = place >> 1, last >> 1
        else:
            found = _node(found, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ValueError("the proof is shorter than the tree is high")
    return found
