"""Access tokens that carry their own claims, signed with a key of the world: they outlive a restart."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import orjson


class TokenMint:
    """Makes and reads access tokens; nobody outside needs to know what stands in them."""

    def __init__(self, seed: str) -> None:
        self._key = hashlib.sha256(f"sandbox-tokens|{seed}".encode()).digest()

    def issue(self, prefix: str, claims: dict[str, Any], expires_at: int, salt: int = 0) -> str:
        """A token with these claims that dies at `expires_at` (sandbox seconds)."""
        payload = base64.urlsafe_b64encode(orjson.dumps({**claims, "exp": expires_at, "n": salt})).decode().rstrip("=")
        return f"{prefix}{payload}.{self._sign(prefix + payload)}"

    def read(self, prefix: str, token: str, now: int) -> dict[str, Any] | None:
        """The claims of a live token of this prefix, else None."""
        if not token.startswith(prefix) or "." not in token:
            return None
        payload, _, signature = token[len(prefix) :].rpartition(".")
        if not hmac.compare_digest(signature, self._sign(prefix + payload)):
            return None
        claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return claims if claims["exp"] > now else None

    def _sign(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:40]
