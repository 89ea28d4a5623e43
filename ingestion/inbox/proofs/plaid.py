"""Plaid signs a JWT that holds the body's hash. The key comes from Plaid's API by its id, never from the JWT."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import jwt

from ingestion.inbox.errors import NotProven
from ingestion.inbox.events import Event, json_of, object_of, text_of

TOLERANCE_SECONDS = 300
KeyFor = Callable[[str], Mapping[str, Any] | None]
"""The public key (JWK) of a key id; None when Plaid knows no such key or it has expired."""


def prove(headers: Mapping[str, str], body: bytes, key_for: KeyFor, received_at: datetime) -> list[Event]:
    """The one event of a Plaid delivery; its key is the JWT's hash, because bodies repeat by right."""
    token = headers.get("plaid-verification")
    if not token:
        raise NotProven("signature", "the delivery carries no Plaid-Verification")
    claims = _claims(token, key_for)
    issued_at = claims.get("iat")
    if not isinstance(issued_at, int | float):
        raise NotProven("signature", "Plaid-Verification names no time")
    age = received_at.timestamp() - issued_at
    if abs(age) > TOLERANCE_SECONDS:
        raise NotProven("stale", f"Plaid-Verification is {age:.0f} s old; {TOLERANCE_SECONDS} s are accepted")
    digest = hashlib.sha256(body).hexdigest()
    if not hmac.compare_digest(digest.encode(), str(claims.get("request_body_sha256", "")).encode()):
        raise NotProven("signature", "Plaid-Verification is about another body")
    event = object_of(json_of(body), "the delivery")
    kind, code = text_of(event, "webhook_type", "the delivery"), text_of(event, "webhook_code", "the delivery")
    return [
        Event(
            key=hashlib.sha256(token.encode()).hexdigest(),
            event_type=f"{kind}.{code}",
            object_id=event.get("item_id"),
            account=event.get("item_id"),
        )
    ]


def _claims(token: str, key_for: KeyFor) -> dict[str, Any]:
    try:
        head = jwt.get_unverified_header(token)
        if head.get("alg") != "ES256" or not isinstance(head.get("kid"), str):
            raise NotProven("signature", "Plaid-Verification is not an ES256 token with a key id")
        key = key_for(head["kid"])
        if key is None:
            raise NotProven("signature", "Plaid knows no valid key of that id")
        # Time is judged by our own two-sided check above, on the receive time and not on this machine's clock.
        options: Any = {"require": ["iat"], "verify_iat": False, "verify_exp": False, "verify_nbf": False}
        return jwt.decode(token, jwt.PyJWK(dict(key)).key, algorithms=["ES256"], options=options)
    except jwt.PyJWTError as error:
        raise NotProven("signature", f"Plaid-Verification does not verify ({type(error).__name__})") from error
