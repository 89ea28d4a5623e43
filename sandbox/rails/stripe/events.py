"""Stripe's events, derived from the versions of a client's objects; 30 days are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.rails.store import WorldStore

API_VERSION = "2026-05-27.dahlia"
KEPT_SECONDS = 30 * 86_400
EVENT_KINDS = ("customer", "invoice", "invoice_payment", "charge", "refund", "dispute", "payout")


@dataclass(frozen=True, slots=True)
class Event:
    """One event; the body is rendered from the version it describes."""

    event_id: str
    created: int
    type: str
    kind: str
    object_id: str
    version: int


def types_of(kind: str, body: dict[str, Any], before: dict[str, Any] | None, *, deleted: bool) -> Iterator[str]:
    """The event types that one new version of an object causes."""
    status = body.get("status")
    changed = before is None or before.get("status") != status
    if kind == "customer":
        yield "customer.deleted" if deleted else "customer.created" if before is None else "customer.updated"
    elif kind == "invoice":
        yield from _invoice(status, before, changed=changed, deleted=deleted)
    elif kind == "invoice_payment":
        if status == "paid" and changed:
            yield "invoice_payment.paid"
    elif kind == "charge":
        if before is None:
            yield "charge.failed" if status == "failed" else "charge.succeeded"
        elif body.get("amount_refunded") != before.get("amount_refunded"):
            yield "charge.refunded"
        else:
            yield "charge.updated"
    elif kind == "refund":
        failed = status == "failed" and changed
        yield "refund.created" if before is None else "refund.failed" if failed else "refund.updated"
    elif kind == "dispute":
        closed = status in ("won", "lost") and changed
        yield (
            "charge.dispute.created"
            if before is None
            else ("charge.dispute.closed" if closed else "charge.dispute.updated")
        )
    elif kind == "payout":
        yield from _payout(status, body, before, changed=changed)


def _invoice(status: Any, before: dict[str, Any] | None, *, changed: bool, deleted: bool) -> Iterator[str]:
    ends = {"paid": "invoice.paid", "void": "invoice.voided", "uncollectible": "invoice.marked_uncollectible"}
    if deleted:
        yield "invoice.deleted"
        return
    if before is None:
        yield "invoice.created"
        if status != "draft":
            yield "invoice.finalized"
    elif before.get("status") == "draft" and status != "draft":
        yield "invoice.finalized"
    elif not (changed and status in ends):
        yield "invoice.updated"
    if changed and status in ends:
        yield ends[status]


def _payout(status: Any, body: dict[str, Any], before: dict[str, Any] | None, *, changed: bool) -> Iterator[str]:
    ends = {"paid": "payout.paid", "failed": "payout.failed", "canceled": "payout.canceled"}
    reconciled = body.get("reconciliation_status") == "completed"
    newly = reconciled and (before is None or before.get("reconciliation_status") != "completed")
    if before is None:
        yield "payout.created"
    elif not (changed and status in ends) and not newly:
        yield "payout.updated"
    if changed and status in ends:
        yield ends[status]
    if newly:
        yield "payout.reconciliation_completed"


class EventFeed:
    """A client's events."""

    def __init__(self, store: WorldStore) -> None:
        self._store = store

    def recent(self, client_key: str, now: int) -> list[Event]:
        """Events of the last 30 days, newest first."""
        found: list[Event] = []
        for kind in EVENT_KINDS:
            index = self._store.index("stripe", client_key, kind, now)
            events: list[Event] | None = index.derived.get("events")
            if events is None:
                events = list(self._derive(client_key, kind, index.history, now))
                index.derived["events"] = events
            found.extend(event for event in events if event.created > now - KEPT_SECONDS)
        found.sort(key=lambda event: (-event.created, event.event_id))
        return found

    def _derive(self, client_key: str, kind: str, history: dict[str, Any], now: int) -> Iterator[Event]:
        for object_id, past in history.items():
            for at, version in enumerate(past):
                if version.visible_at > now - KEPT_SECONDS:
                    before = past[at - 1].version if at else None
                    yield from self.of_version(
                        client_key, kind, object_id, version.version, before, version.visible_at, version.is_deleted
                    )

    def of_version(
        self,
        client_key: str,
        kind: str,
        object_id: str,
        version: int,
        before: int | None,
        created: int,
        deleted: bool,
    ) -> Iterator[Event]:
        """The events that one version causes."""
        body = orjson.loads(self._store.body("stripe", client_key, kind, object_id, version) or b"{}")
        earlier = None
        if before is not None:
            earlier = orjson.loads(self._store.body("stripe", client_key, kind, object_id, before))
        for name in types_of(kind, body, earlier, deleted=deleted):
            digest = hashlib.sha256(f"{client_key}|{object_id}|{version}|{name}".encode()).hexdigest()[:24]
            yield Event(f"evt_{digest}", created, name, kind, object_id, version)

    def render(self, client_key: str, event: Event) -> bytes:
        """The event as JSON."""
        body = self._store.body("stripe", client_key, event.kind, event.object_id, event.version)
        return (
            b'{"id":"%s","object":"event","api_version":"%s","created":%d,"data":{"object":%s},"livemode":false,'
            b'"pending_webhooks":1,"request":{"id":null,"idempotency_key":null},"type":"%s"}'
            % (event.event_id.encode(), API_VERSION.encode(), event.created, body, event.type.encode())
        )
