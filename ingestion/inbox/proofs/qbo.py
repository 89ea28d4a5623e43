"""QBO signs the raw body with the app's verifier token, in the old format and in CloudEvents alike."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from ingestion.inbox.errors import NotProven
from ingestion.inbox.events import Event, json_of, object_of, text_of
from ingestion.inbox.proofs.digest import is_signed


def prove(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> list[Event]:
    """The events of a QBO delivery: an array is CloudEvents, an object the old format."""
    given = headers.get("intuit-signature")
    if not given:
        raise NotProven("signature", "the delivery carries no intuit-signature")
    if not is_signed(body, given, secrets, encodings=("base64",)):
        raise NotProven("signature", "intuit-signature does not match the body")
    value = json_of(body)
    events = _cloud_events(value) if isinstance(value, list) else _old_events(object_of(value, "the delivery"))
    if not events:
        raise NotProven("malformed", "the delivery names no event")
    return events


def _cloud_events(values: list[Any]) -> list[Event]:
    events = []
    for value in values:
        event = object_of(value, "a CloudEvent")
        events.append(
            Event(
                key=text_of(event, "id", "a CloudEvent"),
                event_type=text_of(event, "type", "a CloudEvent"),
                object_id=event.get("intuitentityid"),
                account=text_of(event, "intuitaccountid", "a CloudEvent"),
            )
        )
    return events


def _old_events(delivery: dict[str, Any]) -> list[Event]:
    """The old format has no ids: what happened to what, where and when is the key."""
    events = []
    notifications = delivery.get("eventNotifications")
    if not isinstance(notifications, list):
        raise NotProven("malformed", "the delivery carries no eventNotifications")
    for value in notifications:
        notification = object_of(value, "a notification")
        realm = text_of(notification, "realmId", "a notification")
        changed = object_of(notification.get("dataChangeEvent"), "dataChangeEvent").get("entities")
        for entity_value in changed if isinstance(changed, list) else []:
            entity = object_of(entity_value, "an entity")
            name, operation = text_of(entity, "name", "an entity"), text_of(entity, "operation", "an entity")
            object_id, at = text_of(entity, "id", "an entity"), str(entity.get("lastUpdated", ""))
            parts = "\x1f".join((realm, name, object_id, operation, at))
            events.append(
                Event(
                    key=hashlib.sha256(parts.encode()).hexdigest(),
                    event_type=f"qbo.{name.lower()}.{operation.lower()}",
                    object_id=object_id,
                    account=realm,
                )
            )
    return events
