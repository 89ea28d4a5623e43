"""How each rail signs its webhooks. Signing time is real time: receivers' libraries compare with their own clock."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

# Order of the P-256 group; a private key is a number below it.
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def ramp(secret: str, body: bytes) -> dict[str, str]:
    """Lower-case hex HMAC-SHA256 of the raw body."""
    return {"x-ramp-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def qbo(secret: str, body: bytes) -> dict[str, str]:
    """Base64 HMAC-SHA256 of the raw body."""
    return {"intuit-signature": base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()}


def stripe(secret: str, body: bytes, at: int) -> dict[str, str]:
    """`t=…,v1=…` over `t.body`."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={at},v1={digest}"}


class PlaidSigner:
    """Plaid's ES256 key; the same world has the same key."""

    def __init__(self, seed: str, created_at: int) -> None:
        number = int.from_bytes(hashlib.sha512(f"plaid-webhook-key|{seed}".encode()).digest(), "big")
        self._key = ec.derive_private_key(number % (_P256_ORDER - 1) + 1, ec.SECP256R1())
        self.key_id = hashlib.sha256(f"plaid-webhook-kid|{seed}".encode()).hexdigest()[:32]
        self._created_at = created_at

    def sign(self, body: bytes, at: int) -> dict[str, str]:
        """The Plaid-Verification header: a JWT with the body's SHA-256."""
        claims = {"iat": at, "request_body_sha256": hashlib.sha256(body).hexdigest()}
        token = jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": self.key_id})
        return {"plaid-verification": token}

    def public_key(self) -> dict[str, Any]:
        """The JWK that /webhook_verification_key/get hands out."""
        numbers = self._key.public_key().public_numbers()

        def text(number: int) -> str:
            return base64.urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")

        return {
            "alg": "ES256",
            "crv": "P-256",
            "kid": self.key_id,
            "kty": "EC",
            "use": "sig",
            "x": text(numbers.x),
            "y": text(numbers.y),
            "created_at": self._created_at,
            "expired_at": None,
        }
