"""HMAC-SHA256 compared in constant time, in either encoding, under any of the secrets of a rotation."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence


def is_signed(body: bytes, given: str, secrets: Sequence[str], *, encodings: Sequence[str]) -> bool:
    """Whether `given` is the body's HMAC-SHA256 under one of the secrets, as `hex` or `base64`."""
    matches = False
    for secret in secrets:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        for encoding in encodings:
            expected = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
            # No early way out: the time taken must not tell which one matched.
            matches |= hmac.compare_digest(expected.encode(), given.strip().encode())
    return matches
