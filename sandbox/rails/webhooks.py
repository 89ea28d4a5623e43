"""Webhooks: what came up on the clock is told to the targets, signed, retried with back-off, and recorded."""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson

from sandbox.clock import Clock
from sandbox.faults import FaultBoard
from sandbox.rails import signatures
from sandbox.rails.clients import Directory
from sandbox.rails.plaid import errors as plaid_errors
from sandbox.rails.ramp.events import ramp_events
from sandbox.rails.store import Change, WorldStore
from sandbox.rails.stripe.events import EVENT_KINDS, EventFeed

_ATTEMPTS = 5
_BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0)
_ANSWER_SECONDS = 10.0
_RECORDS_KEPT = 5000
_AT_ONCE = 8
# Intuit groups what changed in a company; the old format is sent when a target asks for it.
_QBO_GROUP = 50


@dataclass
class Delivery:
    """One webhook on its way to one address."""

    rail: str
    client_key: str
    url: str
    event_types: list[str]
    body: bytes
    secret: str
    headers: dict[str, str] = field(default_factory=dict)
    delivery_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    attempts: int = 0
    status: int | None = None
    outcome: str = "queued"
    error: str | None = None

    def record(self) -> dict[str, Any]:
        """What the control port shows; no secret."""
        shown = asdict(self)
        shown.pop("secret")
        shown["body"] = self.body.decode("utf-8", "replace")
        return shown


class Webhooks:
    """Builds, queues and delivers webhooks of all rails."""

    def __init__(self, store: WorldStore, directory: Directory, clock: Clock, faults: FaultBoard) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._faults = faults
        self._feed = EventFeed(store)
        self._signer = signatures.PlaidSigner(directory.seed, int(store.meta("start_at", "0") or 0))
        self.targets: dict[str, str] = {}
        self.qbo_format = "cloudevents"
        # Intuit knows one address per app; "client" gives each its own, for receivers that are tested apart.
        self.qbo_address = "client"
        self.records: deque[Delivery] = deque(maxlen=_RECORDS_KEPT)
        self._queue: asyncio.Queue[Delivery] | None = None
        self._waiting: deque[Delivery] = deque()
        self._in_flight = 0

    def public_key(self, key_id: str) -> dict[str, Any] | None:
        """Plaid's JWK when the id is ours."""
        return self._signer.public_key() if key_id == self._signer.key_id else None

    # Building

    def announce(self, changes: list[Change]) -> int:
        """Queue what the changes cause; answers how many webhooks."""
        before = len(self._waiting)
        by_client: dict[tuple[str, str], list[Change]] = {}
        for change in changes:
            if change.client_key in self._directory.clients:
                by_client.setdefault((change.rail, change.client_key), []).append(change)
        for (rail, client_key), mine in by_client.items():
            if rail == "qbo":
                self._qbo(client_key, mine)
            elif rail == "plaid":
                touched = any(change.kind == "transaction" for change in mine)
                # Plaid keeps quiet until sync was called once on the Item.
                if touched and self._store.secret("plaid", client_key, "synced"):
                    self.plaid(client_key, "SYNC_UPDATES_AVAILABLE", "TRANSACTIONS")
            elif rail == "stripe":
                self._stripe(client_key, mine)
            elif rail == "ramp":
                self._ramp(client_key, mine)
        return len(self._waiting) - before

    def _qbo(self, client_key: str, changes: list[Change]) -> None:
        realm = str(self._directory.clients[client_key].rail("qbo")["realm_id"])
        told = []
        for change in changes:
            what = "deleted" if change.is_deleted else "created" if change.version == 0 else "updated"
            stamp = datetime.fromtimestamp(change.visible_at, UTC).isoformat().replace("+00:00", "Z")
            told.append((change, what, stamp))
        for at in range(0, len(told), _QBO_GROUP):
            group = told[at : at + _QBO_GROUP]
            types = [f"qbo.{change.kind.lower()}.{what}.v1" for change, what, _ in group]
            if self.qbo_format == "cloudevents":
                payload: Any = [
                    {
                        "specversion": "1.0",
                        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{realm}|{c.kind}|{c.object_id}|{c.version}")),
                        "source": "intuit.sandbox",
                        "type": kind,
                        "datacontenttype": "application/json",
                        "time": stamp,
                        "intuitentityid": c.object_id,
                        "intuitaccountid": realm,
                        "data": {},
                    }
                    for (c, _, stamp), kind in zip(group, types, strict=True)
                ]
            else:
                words = {"created": "Create", "updated": "Update", "deleted": "Delete"}
                entities = [
                    {"name": c.kind, "id": c.object_id, "operation": words[what], "lastUpdated": stamp}
                    for c, what, stamp in group
                ]
                payload = {"eventNotifications": [{"realmId": realm, "dataChangeEvent": {"entities": entities}}]}
            self._to_target("qbo", client_key, orjson.dumps(payload), types)

    def plaid(self, client_key: str, code: str, kind: str) -> None:
        """Queue a webhook of a client's Item."""
        payload: dict[str, Any] = {
            "webhook_type": kind,
            "webhook_code": code,
            "item_id": self._directory.clients[client_key].rail("plaid")["item_id"],
            "environment": "sandbox",
        }
        if code == "SYNC_UPDATES_AVAILABLE":
            payload |= {"initial_update_complete": True, "historical_update_complete": True}
        elif code == "DEFAULT_UPDATE":
            payload |= {"new_transactions": 1}
        elif code == "ERROR":
            payload["error"] = {**plaid_errors.body_of(*plaid_errors.LOGIN_REQUIRED), "status": 400}
        self._to_target("plaid", client_key, orjson.dumps(payload), [f"{kind}.{code}"])

    def _stripe(self, client_key: str, changes: list[Change]) -> None:
        for change in changes:
            if change.kind not in EVENT_KINDS:
                continue
            before = change.version - 1 if change.version > 0 else None
            for event in self._feed.of_version(
                client_key, change.kind, change.object_id, change.version, before, change.visible_at, change.is_deleted
            ):
                self._to_target("stripe", client_key, self._feed.render(client_key, event), [event.type])

    def _ramp(self, client_key: str, changes: list[Change]) -> None:
        business = self._directory.clients[client_key].rail("ramp")["business_id"]
        for change in changes:
            for kind, object_id in ramp_events(self._store, change):
                digest = f"{client_key}|{change.kind}|{change.object_id}|{change.version}|{kind}"
                payload = {
                    "id": str(uuid.UUID(hashlib.sha256(digest.encode()).hexdigest()[:32])),
                    "type": kind,
                    "created_at": datetime.fromtimestamp(change.visible_at, UTC).isoformat().replace("+00:00", "Z"),
                    "business_id": business,
                    "object": {"id": object_id},
                }
                body = orjson.dumps(payload)
                headers = {"x-ramp-webhook-id": payload["id"]}
                self._to_target("ramp", client_key, body, [kind], headers)
                self._to_subscriptions(client_key, body, kind, headers)

    def _to_subscriptions(self, client_key: str, body: bytes, kind: str, headers: dict[str, str]) -> None:
        for key, _, value in self._store.secrets("ramp", "webhook:"):
            hook = orjson.loads(value)
            if key == client_key and hook["status"] == "active" and kind in hook["event_types"]:
                mine = {**headers, **hook["additional_headers"]}
                self._put(Delivery("ramp", client_key, hook["endpoint_url"], [kind], body, hook["secret"], mine))

    def ramp_challenge(self, client_key: str, subscription: dict[str, Any]) -> None:
        """Queue the verification request of a new subscription; it carries no event id."""
        body = orjson.dumps({"type": "webhooks.verification", "challenge": subscription["challenge"]})
        url, secret = subscription["endpoint_url"], subscription["secret"]
        headers = subscription["additional_headers"]
        self._put(Delivery("ramp", client_key, url, ["webhooks.verification"], body, secret, dict(headers)))

    def _to_target(
        self, rail: str, client_key: str, body: bytes, types: list[str], headers: dict[str, str] | None = None
    ) -> None:
        target = self.targets.get(rail)
        if not target:
            return
        if self._faults.strike(rail, client_key, target, ("webhook_lost",)):
            return
        if rail == "qbo" and self.qbo_address == "app":
            url, secret = target.rstrip("/"), self._directory.verifier_token()
        else:
            url = f"{target.rstrip('/')}/{self._directory.path_key(rail, client_key)}"
            secret = self._directory.webhook_secret(rail, client_key)
        copies = 2 if self._faults.strike(rail, client_key, target, ("webhook_twice",)) else 1
        for _ in range(copies):
            self._put(Delivery(rail, client_key, url, types, body, secret, dict(headers or {})))

    def _put(self, delivery: Delivery) -> None:
        self.records.append(delivery)
        self._waiting.append(delivery)
        if self._queue is not None:
            self._queue.put_nowait(delivery)

    # Delivering

    async def run(self) -> None:
        """Deliver for ever; cancelled when the sandbox stops."""
        self._queue = asyncio.Queue()
        for delivery in self._waiting:
            self._queue.put_nowait(delivery)
        async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, follow_redirects=False, trust_env=False) as http:
            await asyncio.gather(*(self._worker(http) for _ in range(_AT_ONCE)))

    async def _worker(self, http: httpx.AsyncClient) -> None:
        assert self._queue is not None
        while True:
            delivery = await self._queue.get()
            self._in_flight += 1
            try:
                await self._deliver(http, delivery)
            finally:
                self._in_flight -= 1
                self._waiting.remove(delivery)

    def idle(self) -> bool:
        """Whether nothing is waiting or on its way."""
        return not self._waiting and not self._in_flight

    async def _deliver(self, http: httpx.AsyncClient, delivery: Delivery) -> None:
        for attempt in range(_ATTEMPTS):
            if attempt:
                await asyncio.sleep(_BACKOFF_SECONDS[attempt - 1])
            delivery.attempts += 1
            headers = {"content-type": "application/json", **delivery.headers, **self._signed(delivery)}
            try:
                answer = await http.post(delivery.url, content=delivery.body, headers=headers)
            except httpx.HTTPError as error:
                delivery.error = f"{type(error).__name__}: {error}"
                continue
            delivery.status, delivery.error = answer.status_code, None
            if answer.status_code < 300:
                delivery.outcome = "delivered"
                return
            # 3xx and 4xx are the receiver's last word; only overload is worth another try.
            if answer.status_code < 500 and answer.status_code != 429:
                delivery.outcome = "refused"
                return
        delivery.outcome = "failed"

    def _signed(self, delivery: Delivery) -> dict[str, str]:
        at = int(time.time())
        if delivery.rail == "qbo":
            return signatures.qbo(delivery.secret, delivery.body)
        if delivery.rail == "ramp":
            return signatures.ramp(delivery.secret, delivery.body)
        if delivery.rail == "stripe":
            return signatures.stripe(delivery.secret, delivery.body, at)
        return self._signer.sign(delivery.body, at)
