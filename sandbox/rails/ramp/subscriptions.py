"""Ramp's webhook subscriptions: made by API, silent until the challenge is answered."""

from __future__ import annotations

import secrets
import uuid
from typing import Any, Protocol

import orjson

from sandbox.clock import iso
from sandbox.rails.http import Reply, Request, dump
from sandbox.rails.ramp import errors
from sandbox.rails.ramp.checks import json_body
from sandbox.rails.store import WorldStore

_PREFIX = "webhook:"


class ChallengeSender(Protocol):
    """What the subscriptions need of the webhook sender."""

    def ramp_challenge(self, client_key: str, subscription: dict[str, Any]) -> None:
        """Queue the verification request of a new subscription."""


class Subscriptions:
    """GET, POST, DELETE /webhooks and the verification."""

    def __init__(self, store: WorldStore, hooks: ChallengeSender) -> None:
        self._store = store
        self._hooks = hooks

    def of_client(self, client_key: str) -> list[dict[str, Any]]:
        """A business's subscriptions, secrets included."""
        rows = self._store.secrets("ramp", _PREFIX)
        return [orjson.loads(value) for key, _, value in rows if key == client_key]

    def listed(self, request: Request) -> Reply:
        """All subscriptions, without secrets."""
        return Reply(200, dump([_public(hook) for hook in self.of_client(str(request.client_key))]))

    def create(self, request: Request) -> Reply:
        """A subscription pending verification; its secret is told here and never again."""
        given = json_body(request)
        url, types = given.get("endpoint_url"), given.get("event_types")
        problems: dict[str, list[str]] = {}
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            problems["endpoint_url"] = ["Not a valid URL."]
        if not isinstance(types, list) or not types:
            problems["event_types"] = ["Missing data for required field."]
        if len(given.get("additional_headers") or {}) > 5:
            problems["additional_headers"] = ["At most 5 headers."]
        if problems:
            raise errors.invalid(problems)
        key = str(request.client_key)
        hook = {
            "id": str(uuid.uuid4()),
            "endpoint_url": url,
            "event_types": types,
            "additional_headers": given.get("additional_headers") or {},
            "status": "pending_verification",
            "secret": secrets.token_hex(32),
            "challenge": secrets.token_urlsafe(24),
            "created_at": iso(request.now),
            "updated_at": iso(request.now),
        }
        self._keep(key, hook)
        self._hooks.ramp_challenge(key, hook)
        return Reply(201, dump({name: value for name, value in hook.items() if name != "challenge"}))

    def _keep(self, client_key: str, hook: dict[str, Any]) -> None:
        self._store.set_secret("ramp", client_key, _PREFIX + hook["id"], orjson.dumps(hook).decode())

    def _find(self, request: Request) -> dict[str, Any]:
        wanted = request.path_values["id"]
        text = self._store.secret("ramp", str(request.client_key), _PREFIX + wanted)
        if text is None:
            raise errors.not_found("Webhook subscription", wanted)
        found: dict[str, Any] = orjson.loads(text)
        return found

    def one(self, request: Request) -> Reply:
        """One subscription, without its secret."""
        return Reply(200, dump(_public(self._find(request))))

    def verify(self, request: Request) -> Reply:
        """Active once the challenge that was sent comes back."""
        hook = self._find(request)
        if json_body(request).get("challenge") != hook["challenge"]:
            raise errors.invalid({"challenge": ["The challenge does not match."]})
        self._keep(str(request.client_key), {**hook, "status": "active", "updated_at": iso(request.now)})
        return Reply(200, dump({"success": True}))

    def delete(self, request: Request) -> Reply:
        """End a subscription."""
        hook = self._find(request)
        self._store.set_secret("ramp", str(request.client_key), _PREFIX + hook["id"], None)
        return Reply(204)


def _public(hook: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in hook.items() if name not in ("secret", "challenge")}
