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

VERSION = "rowcol.seal.v1"
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Where:
    """The row that a secret belongs to; bound into the seal."""

    advisor_id: str
    client_id: str
    rail: str
    kind: str

    def bound(self, kek_id: str) -> bytes:
        """The associated data: length-prefixed, so no two rows read alike."""
        parts = [VERSION, self.advisor_id, self.client_id, self.rail, self.kind, kek_id]
        return b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is stored."""

    ciphertext: bytes
    dek_wrapped: bytes
    kek_id: str


def seal(ring: KeyRing, where: Where, secrets: Mapping[str, str]) -> Sealed:
    """Seals secrets for a row under a key of their own."""
    kek_id = ring.newest_id
    bound = where.bound(kek_id)
    dek = AESGCM.generate_key(256)
    body = json.dumps(dict(secrets), sort_keys=True).encode()
    return Sealed(_encrypt(dek, body, bound), _encrypt(ring.key(kek_id), dek, bound), kek_id)


def unseal(ring: KeyRing, where: Where, sealed: Sealed) -> Secrets:
    """Opens them. Invalid when the row was altered, moved from another client, or sealed by a foreign key."""
    bound = where.bound(sealed.kek_id)
    try:
        dek = _decrypt(ring.key(sealed.kek_id), sealed.dek_wrapped, bound)
        return Secrets(json.loads(_decrypt(dek, sealed.ciphertext, bound)))
    except InvalidTag:
        raise Invalid(
            f"the {where.rail} connection of client {where.client_id} does not open: its row was altered or moved; "
            "connect the client anew"
        ) from None


def _encrypt(key: bytes, body: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, body, bound)


def _decrypt(key: bytes, body: bytes, bound: bytes) -> bytes:
    return AESGCM(key).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], bound)
