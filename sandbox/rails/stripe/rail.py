"""Stripe over HTTP: one restricted key per client, reads only."""

from __future__ import annotations

import base64
import binascii
from functools import partial
from typing import Any

import orjson

from sandbox.rails.asgi import error_reply, new_id
from sandbox.rails.clients import Directory
from sandbox.rails.http import Refusal, Reply, Request, Route, Routes
from sandbox.rails.limits import RollingLimit
from sandbox.rails.store import WorldStore
from sandbox.rails.stripe.events import Event, EventFeed
from sandbox.rails.stripe.lists import Lists, bad_request, cut, listing, missing

LISTED = {
    "customers": "customer",
    "invoices": "invoice",
    "invoice_payments": "invoice_payment",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "balance_transactions": "balance_transaction",
    "payouts": "payout",
}


class StripeRail:
    """The Stripe rail; see `sandbox.rails.asgi.Rail`."""

    name = "stripe"

    def __init__(self, store: WorldStore, directory: Directory) -> None:
        self._store = store
        self._directory = directory
        self._lists = Lists(store)
        self._feed = EventFeed(store)
        self._per_second = RollingLimit(100, 1.0)
        routes = [
            Route("GET", "/v1/account", self.account),
            Route("GET", "/v1/balance", self._lists.balance),
            Route("GET", "/v1/events", self.events),
            Route("GET", "/v1/events/{id}", self.event),
            Route("GET", "/v1/invoices/{id}/lines", self.invoice_lines),
        ]
        for name, kind in LISTED.items():
            routes.append(Route("GET", f"/v1/{name}", partial(self._list, kind=kind, url=f"/v1/{name}")))
            routes.append(Route("GET", f"/v1/{name}/{{id}}", partial(self._one, kind=kind)))
        self.routes = Routes(routes)

    def identify(self, request: Request) -> None:
        """By the API key, as bearer token or as Basic user name."""
        request.client_key = self._directory.by_stripe_key.get(_key_of(request))

    def held_back(self, request: Request) -> Reply | None:
        """100 requests a second per account."""
        if request.client_key is None or self._per_second.admits(request.client_key):
            return None
        return self.failure("throttled", request)

    def authorize(self, request: Request, scope: str | None) -> None:
        """A key of this world."""
        key = _key_of(request)
        if not key:
            raise Refusal(_error(401, "invalid_request_error", "You did not provide an API key."))
        if request.client_key is None:
            message = f"Invalid API Key provided: {key[:8]}{'*' * 12}{key[-4:]}"
            raise Refusal(_error(401, "invalid_request_error", message))

    def failure(self, kind: str, request: Request) -> Reply:
        """An expired key, the rate limit, or Stripe's own breakdown."""
        if kind == "token_revoked":
            return _error(401, "invalid_request_error", "Expired API Key provided", "api_key_expired")
        if kind == "throttled":
            return _error(429, "invalid_request_error", "Request rate limit exceeded.", "rate_limit")
        return _error(500, "api_error", "An unknown error occurred")

    def unknown_route(self, request: Request, known_path: bool) -> Reply:
        """Writes are beyond a read-only key; the rest is unknown."""
        self.authorize(request, None)
        if known_path:
            message = "The provided key does not have the required permissions for this endpoint."
            return _error(403, "invalid_request_error", message, "more_permissions_required")
        message = f"Unrecognized request URL ({request.method}: {request.path})."
        return _error(404, "invalid_request_error", message)

    def standing_headers(self, reply: Reply) -> dict[str, str]:
        """Stripe's request id and version."""
        return {"request-id": f"req_{new_id().replace('-', '')[:14]}", "stripe-version": "2026-05-27.dahlia"}

    def _list(self, request: Request, kind: str, url: str) -> Reply:
        return self._lists.page(request, kind, url)

    def _one(self, request: Request, kind: str) -> Reply:
        return self._lists.one(request, kind)

    def account(self, request: Request) -> Reply:
        """The account that the key belongs to."""
        key = str(request.client_key)
        account_id = str(self._directory.clients[key].rail("stripe")["account_id"])
        body = self._store.shown("stripe", key, "account", account_id, request.now)
        if body is None:
            raise missing("account", account_id)
        return Reply(200, body)

    def invoice_lines(self, request: Request) -> Reply:
        """All lines of an invoice."""
        object_id = request.path_values["id"]
        body = self._store.shown("stripe", str(request.client_key), "invoice", object_id, request.now)
        if body is None:
            raise missing("invoice", object_id)
        lines: list[dict[str, Any]] = (orjson.loads(body).get("lines") or {}).get("data", [])
        by_id = {line["id"]: line for line in lines}
        page, has_more = cut(request, list(by_id), "line item")
        return listing([orjson.dumps(by_id[name]) for name in page], has_more, f"/v1/invoices/{object_id}/lines")

    def events(self, request: Request) -> Reply:
        """What happened in the last 30 days, newest first."""
        events = self._feed.recent(str(request.client_key), request.now)
        wanted = request.many("types") + request.many("type")
        for name, values in request.query().items():
            if name.startswith("created"):
                events = [event for event in events if _in_span(name, event.created, values[-1])]
        if wanted:
            events = [event for event in events if _is_wanted(event, wanted)]
        by_id = {event.event_id: event for event in events}
        page, has_more = cut(request, list(by_id), "event")
        bodies = [self._feed.render(str(request.client_key), by_id[name]) for name in page]
        return listing(bodies, has_more, "/v1/events")

    def event(self, request: Request) -> Reply:
        """One event by id."""
        wanted = request.path_values["id"]
        for event in self._feed.recent(str(request.client_key), request.now):
            if event.event_id == wanted:
                return Reply(200, self._feed.render(str(request.client_key), event))
        raise missing("event", wanted)


def _is_wanted(event: Event, patterns: list[str]) -> bool:
    return any(
        event.type == pattern or (pattern.endswith("*") and event.type.startswith(pattern[:-1])) for pattern in patterns
    )


def _in_span(name: str, created: int, value: str) -> bool:
    if not value.isdigit():
        raise bad_request(f"Invalid integer: {value}", "created")
    edge = int(value)
    spans = {
        "created": created == edge,
        "created[gt]": created > edge,
        "created[gte]": created >= edge,
        "created[lt]": created < edge,
        "created[lte]": created <= edge,
    }
    if name not in spans:
        raise bad_request(f"Received unknown parameter: {name}", name, code="parameter_unknown")
    return spans[name]


def _key_of(request: Request) -> str:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return value.strip()


def _error(status: int, kind: str, message: str, code: str | None = None) -> Reply:
    error = {"type": kind, "message": message}
    if code:
        error["code"] = code
    return error_reply(status, {"error": error})
