"""A payee's identity, so that a change of bank details shows without the account number being kept."""

from __future__ import annotations

import hashlib
import hmac


def payee_fingerprint(key: bytes, client_id: str, vendor_id: str, vendor_account_id: str, method: str) -> str:
    """Keyed SHA-256 over the payee's ids at Ramp, 64 hex digits. The same account gives the same text."""
    message = "\0".join(["rowcol.payee.v1", client_id, vendor_id, vendor_account_id, method])
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()
