"""Ramp over HTTP: routes with the scope each asks for, errors, the limit of 200 calls in ten seconds."""

from __future__ import annotations

import uuid
from functools import partial

from sandbox.clock import iso
from sandbox.faults import FaultBoard
from sandbox.rails.asgi import new_id
from sandbox.rails.clients import Directory
from sandbox.rails.http import Refusal, Reply, Request, Route, Routes, dump
from sandbox.rails.limits import RollingLimit
from sandbox.rails.ramp import errors
from sandbox.rails.ramp.auth import RampAuth
from sandbox.rails.ramp.bills import Bills
from sandbox.rails.ramp.course import Course
from sandbox.rails.ramp.drafts import Drafts
from sandbox.rails.ramp.lists import Lists, belongs_to
from sandbox.rails.ramp.subscriptions import ChallengeSender, Subscriptions
from sandbox.rails.store import WorldStore
from sandbox.rails.tokens import TokenMint

_BASE = "/developer/v1"
# path: (kind, scope)
LISTED = {
    "bills": ("bill", "bills:read"),
    "vendors": ("vendor", "vendors:read"),
    "entities": ("entity", "entities:read"),
    "bank-accounts": ("bank_account", "bank_accounts:read"),
    "transactions": ("transaction", "transactions:read"),
    "transfers": ("transfer", "transfers:read"),
    "reimbursements": ("reimbursement", "reimbursements:read"),
    "users": ("user", "users:read"),
}


class RampRail:
    """The Ramp rail; see `sandbox.rails.asgi.Rail`."""

    name = "ramp"

    def __init__(
        self, store: WorldStore, directory: Directory, faults: FaultBoard, mint: TokenMint, hooks: ChallengeSender
    ) -> None:
        self._store = store
        self._directory = directory
        self._auth = RampAuth(directory, mint)
        self._lists = Lists(store, faults)
        self._limit = RollingLimit(200, 10.0)
        self.subscriptions = Subscriptions(store, hooks)
        course = Course(store, directory)
        bills = Bills(store, directory, faults, course)
        drafts = Drafts(store, directory, course, bills)
        one = self._one
        routes = [
            Route("POST", f"{_BASE}/token", self._auth.token, "none"),
            Route("POST", f"{_BASE}/token/revoke", self._auth.revoke, "none"),
            Route("GET", f"{_BASE}/business", self.business, "business:read"),
            Route("GET", f"{_BASE}/accounting/all-connections", self.connections, "accounting:read"),
            Route("GET", f"{_BASE}/bills/drafts", partial(self._list, kind="draft_bill"), "bills:read"),
            Route("POST", f"{_BASE}/bills/drafts", drafts.create, "bills:write"),
            Route("GET", f"{_BASE}/bills/drafts/{{id}}", partial(one, kind="draft_bill"), "bills:read"),
            Route("PATCH", f"{_BASE}/bills/drafts/{{id}}", drafts.edit, "bills:write"),
            Route("POST", f"{_BASE}/bills/drafts/{{id}}/submit", drafts.submit, "bills:write"),
            Route("POST", f"{_BASE}/bills/drafts/{{id}}/attachments", bills.attach, "bills:write"),
            Route("POST", f"{_BASE}/bills", bills.create, "bills:write"),
            Route("PATCH", f"{_BASE}/bills/{{id}}", bills.edit, "bills:write"),
            Route("DELETE", f"{_BASE}/bills/{{id}}", bills.archive, "bills:write"),
            Route("POST", f"{_BASE}/bills/{{id}}/hold", bills.hold, "bills:write"),
            Route("POST", f"{_BASE}/bills/{{id}}/release", bills.release, "bills:write"),
            Route("POST", f"{_BASE}/bills/{{id}}/attachments", bills.attach, "bills:write"),
            Route("GET", f"{_BASE}/webhooks", self.subscriptions.listed, "any"),
            Route("POST", f"{_BASE}/webhooks", self.subscriptions.create, "any"),
            Route("GET", f"{_BASE}/webhooks/{{id}}", self.subscriptions.one, "any"),
            Route("DELETE", f"{_BASE}/webhooks/{{id}}", self.subscriptions.delete, "any"),
            Route("POST", f"{_BASE}/webhooks/{{id}}/verify", self.subscriptions.verify, "any"),
        ]
        for part in ("contacts", "accounts"):
            kind = f"vendor_{part.removesuffix('s')}"
            path = f"{_BASE}/vendors/{{id}}/{part}"
            routes.append(Route("GET", path, partial(self._of_vendor, kind=kind), "vendors:read"))
        for path, (kind, scope) in LISTED.items():
            routes.append(Route("GET", f"{_BASE}/{path}", partial(self._list, kind=kind), scope))
            routes.append(Route("GET", f"{_BASE}/{path}/{{id}}", partial(one, kind=kind), scope))
        self.routes = Routes(routes)

    def identify(self, request: Request) -> None:
        """By bearer token; the token endpoint by the app's Basic credentials."""
        if request.path.startswith(f"{_BASE}/token"):
            app = self._auth.app_of(request)
            request.client_key = app[0] if app else None
            return
        bearer = self._auth.bearer(request)
        if bearer is not None:
            request.client_key, request.scopes = bearer

    def held_back(self, request: Request) -> Reply | None:
        """200 requests per rolling ten seconds, counted per business."""
        if request.client_key is None or self._limit.admits(request.client_key):
            return None
        return self.failure("throttled", request)

    def authorize(self, request: Request, scope: str | None) -> None:
        """A live token that carries the route's scope."""
        if scope == "none":
            return
        if request.client_key is None:
            raise Refusal(self.failure("token_revoked", request))
        if scope not in (None, "any") and scope not in request.scopes:
            message = f"Required scopes are missing from the access token: {scope}"
            raise Refusal(errors.refusal(403, "DEVELOPER_7100", message))

    def failure(self, kind: str, request: Request) -> Reply:
        """401, 429 or 500 in Ramp's words."""
        if kind == "token_revoked":
            return errors.refusal(401, "DEVELOPER_7000", "The access token is invalid, expired or revoked")
        if kind == "throttled":
            return errors.refusal(429, "DEVELOPER_7429", "Too many requests: 200 per rolling 10 seconds")
        return errors.refusal(500, "DEVELOPER_7500", "Internal server error")

    def unknown_route(self, request: Request, known_path: bool) -> Reply:
        """404, or 405 (the way a draft's DELETE is answered)."""
        if known_path:
            return errors.refusal(405, "DEVELOPER_7405", "Method not allowed")
        return errors.refusal(404, "DEVELOPER_7404", "Not found")

    def standing_headers(self, reply: Reply) -> dict[str, str]:
        """The trace id to log."""
        return {"x-trace-id": new_id().replace("-", "")}

    def _list(self, request: Request, kind: str) -> Reply:
        return self._lists.page(request, kind)

    def _one(self, request: Request, kind: str) -> Reply:
        return self._lists.one(request, kind, request.path_values["id"])

    def _of_vendor(self, request: Request, kind: str) -> Reply:
        vendor_id = request.path_values["id"]
        self._lists.one(request, "vendor", vendor_id)
        return self._lists.page(request, kind, belongs_to(vendor_id))

    def business(self, request: Request) -> Reply:
        """The business behind the token."""
        business_id = self._directory.clients[str(request.client_key)].rail("ramp")["business_id"]
        return self._lists.one(request, "business", str(business_id))

    def connections(self, request: Request) -> Reply:
        """Who holds the accounting seat."""
        client = self._directory.clients[str(request.client_key)]
        if not client.rail("ramp").get("syncs_to_qbo", True):
            return Reply(200, b'{"connections":[]}')
        linked = iso(int(self._store.meta("start_at", "0") or 0))
        connection = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"accounting-{client.client_key}")),
            "remote_provider_name": "QUICKBOOKS",
            "status": "linked",
            "is_active": True,
            "created_at": linked,
            "last_linked_at": linked,
        }
        return Reply(200, dump({"connections": [connection]}))
