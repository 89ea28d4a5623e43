"""Stripe signs time and body. The SDK checks the signature; the age is checked here, on both sides.

The SDK's own age check looks at this machine's clock and lets a time in the future pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import stripe

from ingestion.inbox.errors import NotProven
from ingestion.inbox.events import Event, json_of, object_of, text_of

TOLERANCE_SECONDS = 300


def prove(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], received_at: datetime) -> list[Event]:
    """The one event of a Stripe delivery; accounts share an id space, so the account is part of the key."""
    header = headers.get("stripe-signature", "")
    # The SDK compares texts, which Python refuses for other letters than ASCII.
    if not header.isascii() or not any(_is_signed(header, body, secret) for secret in secrets):
        raise NotProven("signature", "Stripe-Signature does not match the body")
    signed_at = int(next(part[2:] for part in header.split(",") if part.startswith("t=")))
    age = received_at.timestamp() - signed_at
    if abs(age) > TOLERANCE_SECONDS:
        raise NotProven("stale", f"Stripe-Signature is {age:.0f} s old; {TOLERANCE_SECONDS} s are accepted")
    event = object_of(json_of(body), "the delivery")
    data = event.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    account = event.get("account")
    return [
        Event(
            key=f"{text_of(event, 'id', 'the delivery')}:{account or ''}",
            event_type=text_of(event, "type", "the delivery"),
            object_id=subject.get("id") if isinstance(subject, dict) else None,
            account=account,
        )
    ]


def _is_signed(header: str, body: bytes, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, header, secret)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True
