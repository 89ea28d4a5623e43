"""How one event is bound to the one before it. Parts of fixed length, so no two rows read alike."""

from __future__ import annotations

import hashlib

ZERO = bytes(32)
DOMAIN = b"audit.v1\x00"


def link(prev: bytes, body: bytes) -> bytes:
    """SHA-256("audit.v1" ‖ 0 ‖ prev ‖ SHA-256(body)); 32 bytes."""
    if len(prev) != 32:
        raise ValueError("a link's predecessor is 32 bytes")
    return hashlib.sha256(DOMAIN + prev + hashlib.sha256(body).digest()).digest()
