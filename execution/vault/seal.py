"""AES-256-GCM, a key per row wrapped by the key-encryption key; a row moved to another client does not open."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from execution.errors import Invalid
from execution.vault.keys import KeyRing
from execution.vault.secrets import Secrets

VERSION = "rowcol.seal.v2"
# In the first form the key's id was bound into the token too, so that a new key meant touching every token.
FIRST = "rowcol.seal.v1"
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Where:
    """The row that a secret belongs to; bound into the seal."""

    advisor_id: str
    client_id: str
    rail: str
    kind: str

    def bound(self, *more: str, version: str = VERSION) -> bytes:
        """The associated data: length-prefixed, so no two rows read alike."""
        parts = [version, self.advisor_id, self.client_id, self.rail, self.kind, *more]
        return b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is stored."""

    ciphertext: bytes
    dek_wrapped: bytes
    kek_id: str


def seal(ring: KeyRing, where: Where, secrets: Mapping[str, str]) -> Sealed:
    """Seals secrets for a row under a key of their own, and that key under the ring's newest."""
    kek_id, kek = ring.newest()
    dek = AESGCM.generate_key(256)
    body = json.dumps(dict(secrets), sort_keys=True).encode()
    return Sealed(_encrypt(dek, body, where.bound()), _encrypt(kek, dek, where.bound(kek_id)), kek_id)


def unseal(ring: KeyRing, where: Where, sealed: Sealed) -> Secrets:
    """Opens them. Invalid when the row was altered, moved from another client, or sealed by a foreign key."""
    for version in (VERSION, FIRST):
        more = () if version == VERSION else (sealed.kek_id,)
        try:
            dek = _unwrap(ring, where, sealed, version)
            return Secrets(json.loads(_decrypt(dek, sealed.ciphertext, where.bound(*more, version=version))))
        except InvalidTag:
            continue
    raise Invalid(
        f"the {where.rail} connection of client {where.client_id} does not open: its row was altered or moved; "
        "connect the client anew"
    )


def rewrap(ring: KeyRing, where: Where, sealed: Sealed) -> Sealed:
    """The same token under the ring's newest key; its bytes are touched only in the first form. Raises Invalid."""
    try:
        dek = _unwrap(ring, where, sealed, VERSION)
    except InvalidTag:
        return seal(ring, where, unseal(ring, where, sealed))
    kek_id, kek = ring.newest()
    return Sealed(sealed.ciphertext, _encrypt(kek, dek, where.bound(kek_id)), kek_id)


def _unwrap(ring: KeyRing, where: Where, sealed: Sealed, version: str) -> bytes:
    return _decrypt(ring.key(sealed.kek_id), sealed.dek_wrapped, where.bound(sealed.kek_id, version=version))


def _encrypt(key: bytes, body: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, body, bound)


def _decrypt(key: bytes, body: bytes, bound: bytes) -> bytes:
    return AESGCM(key).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], bound)
