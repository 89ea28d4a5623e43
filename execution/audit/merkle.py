"""The Merkle tree over a chain's events (RFC 6962), kept as its frontier: one hash per full subtree.

The frontier's bytes are those hashes, largest subtree first; how many there are follows from the size.
"""

from __future__ import annotations

import hashlib

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf(body: bytes) -> bytes:
    """Hash of one event's bytes as a leaf."""
    return hashlib.sha256(b"\x00" + body).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(frontier: bytes, size: int, body: bytes) -> bytes:
    """The frontier after one more event; `size` counts the events before it."""
    parts = [frontier[at : at + 32] for at in range(0, len(frontier), 32)]
    if len(parts) != size.bit_count():
        raise ValueError(f"a frontier of {len(parts)} hashes does not stand for {size} events")
    new = leaf(body)
    while size & 1:
        new = _node(parts.pop(), new)
        size >>= 1
    return b"".join([*parts, new])


def root(frontier: bytes) -> bytes:
    """The tree's root hash."""
    parts = [frontier[at : at + 32] for at in range(0, len(frontier), 32)]
    if not parts:
        return EMPTY_ROOT
    found = parts.pop()
    while parts:
        found = _node(parts.pop(), found)
    return found
