"""Ramp signs the raw body with the subscription's secret; no time is signed, so ids are kept for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from ingestion.inbox.errors import NotProven
from ingestion.inbox.events import Event, json_of, object_of, text_of
from ingestion.inbox.proofs.digest import is_signed

VERIFICATION = "webhooks.verification"
# Ramp tells a new secret and sends its challenge in the same moment: asked to come again, it finds the secret stored.
EARLY = "challenge_early"
# The second is the older name. Ramp's documents do not say hex or base64, so either passes.
HEADERS = ("x-ramp-signature", "x-ramp-webhook-signature")


def prove(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> list[Event]:
    """The one event of a Ramp delivery."""
    given = next((headers[name] for name in HEADERS if headers.get(name)), None)
    if given is None:
        raise NotProven("signature", "the delivery carries no X-Ramp-Signature")
    if not is_signed(body, given.removeprefix("sha256="), secrets, encodings=("hex", "base64")):
        if _is_challenge(body):
            raise NotProven(EARLY, "a new subscription's challenge came before its secret was stored here")
        raise NotProven("signature", "X-Ramp-Signature does not match the body")
    event = object_of(json_of(body), "the delivery")
    if event.get("type") == VERIFICATION:
        # Sent once to a new subscription, without an id; whoever made it answers Ramp with the challenge.
        challenge = text_of(event, "challenge", "the verification")
        key = f"challenge:{hashlib.sha256(challenge.encode()).hexdigest()}"
        return [Event(key=key, event_type=VERIFICATION, object_id=challenge, account=event.get("business_id"))]
    subject = event.get("object")
    return [
        Event(
            key=text_of(event, "id", "the delivery"),
            event_type=text_of(event, "type", "the delivery"),
            object_id=subject.get("id") if isinstance(subject, dict) else None,
            account=event.get("business_id"),
        )
    ]


def _is_challenge(body: bytes) -> bool:
    """Whether an unproven body looks like a challenge. Nothing of it is kept or believed."""
    try:
        return bool(object_of(json_of(body), "the delivery").get("type") == VERIFICATION)
    except NotProven:
        return False
