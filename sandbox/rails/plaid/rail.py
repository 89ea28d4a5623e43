"""Plaid over HTTP: every call is a POST with JSON; the access token says whose Item it is."""

from __future__ import annotations

import hmac
import uuid
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson

from sandbox.faults import FaultBoard
from sandbox.rails.asgi import new_id
from sandbox.rails.clients import ClientRecord, Directory
from sandbox.rails.http import Refusal, Reply, Request, Route, Routes, dump
from sandbox.rails.plaid import errors
from sandbox.rails.plaid.balances import accounts, running
from sandbox.rails.plaid.sync import ADDED, MODIFIED, REMOVED, Cursor, SyncLoops, read_cursor, write_cursor
from sandbox.rails.store import WorldStore

_PUBLIC_TOKEN_SECONDS = 1800
_COUNT_DEFAULT, _COUNT_MAX = 100, 500
# Plaid looks at a bank one to four times a day; the sandbox takes four.
_POLL_SECONDS = 6 * 3600
# The one call that asks the bank itself; the others answer from what Plaid has kept.
_LIVE = "/accounts/balance/get"
_UNTOLD = b'"running_balance":null'
_FIREABLE = {
    "DEFAULT_UPDATE",
    "SYNC_UPDATES_AVAILABLE",
    "RECURRING_TRANSACTIONS_UPDATE",
    "NEW_ACCOUNTS_AVAILABLE",
    "LOGIN_REPAIRED",
    "PENDING_DISCONNECT",
    "USER_PERMISSION_REVOKED",
    "USER_ACCOUNT_REVOKED",
    "ERROR",
}


class PlaidHooks(Protocol):
    """What the rail needs of the webhook sender."""

    def plaid(self, client_key: str, code: str, kind: str) -> None:
        """Queue a webhook of an Item."""

    def public_key(self, key_id: str) -> dict[str, Any] | None:
        """The JWK of a signing key."""


class PlaidRail:
    """The Plaid rail; see `sandbox.rails.asgi.Rail`."""

    name = "plaid"

    def __init__(self, store: WorldStore, directory: Directory, faults: FaultBoard, hooks: PlaidHooks) -> None:
        self._store = store
        self._directory = directory
        self._faults = faults
        self._hooks = hooks
        self._loops = SyncLoops(store)
        self._public_tokens: dict[str, tuple[str, int]] = {}
        item = "item"
        self.routes = Routes(
            [
                Route("POST", "/transactions/sync", self.sync, item),
                Route("POST", "/accounts/get", self.accounts, item),
                Route("POST", "/accounts/balance/get", self.accounts, item),
                Route("POST", "/item/get", self.item, item),
                Route("POST", "/item/remove", self.remove, "item_any_state"),
                Route("POST", "/institutions/get_by_id", self.institution),
                Route("POST", "/sandbox/public_token/create", self.create_public_token),
                Route("POST", "/item/public_token/exchange", self.exchange),
                Route("POST", "/sandbox/item/fire_webhook", self.fire_webhook, item),
                Route("POST", "/sandbox/item/reset_login", self.reset_login, "item_any_state"),
                Route("POST", "/webhook_verification_key/get", self.verification_key),
            ]
        )

    def identify(self, request: Request) -> None:
        """By the access token in the body."""
        try:
            request.parsed = request.json()
        except orjson.JSONDecodeError:
            request.parsed = None
        if isinstance(request.parsed, dict):
            request.client_key = self._directory.by_plaid_token.get(str(request.parsed.get("access_token")))

    def held_back(self, request: Request) -> Reply | None:
        """Plaid's per-Item limits are left to the `throttled` fault."""
        return None

    def authorize(self, request: Request, scope: str | None) -> None:
        """Our app's keys, then an Item that is there and (for reads) in a good state."""
        if not isinstance(request.parsed, dict):
            raise Refusal(errors.refusal("INVALID_REQUEST", "INVALID_BODY", "body could not be parsed as JSON"))
        self._check_app(request)
        if scope is None:
            return
        token = request.parsed.get("access_token")
        if not token:
            message = "the following required fields are missing: access_token"
            raise Refusal(errors.refusal("INVALID_REQUEST", "MISSING_FIELDS", message))
        if request.client_key is None or self._store.secret("plaid", request.client_key, "removed"):
            message = "provided access token is in an invalid format or does not belong to an Item"
            raise Refusal(errors.refusal("INVALID_INPUT", "INVALID_ACCESS_TOKEN", message))
        if scope == "item" and self._store.secret("plaid", request.client_key, "login_required"):
            raise Refusal(errors.refusal(*errors.LOGIN_REQUIRED))

    def _check_app(self, request: Request) -> None:
        given = (
            request.headers.get("plaid-client-id") or str(request.parsed.get("client_id", "")),
            request.headers.get("plaid-secret") or str(request.parsed.get("secret", "")),
        )
        if not hmac.compare_digest("|".join(given).encode(), "|".join(self._directory.app("plaid")).encode()):
            raise Refusal(errors.refusal("INVALID_INPUT", "INVALID_API_KEYS", "invalid client_id or secret provided"))

    def failure(self, kind: str, request: Request) -> Reply:
        """ITEM_LOGIN_REQUIRED, a rate limit, or Plaid's own breakdown."""
        if kind == "token_revoked":
            return errors.refusal(*errors.LOGIN_REQUIRED)
        if kind == "throttled":
            code = "TRANSACTIONS_SYNC_LIMIT" if request.path == "/transactions/sync" else "RATE_LIMIT"
            return errors.refusal("RATE_LIMIT_EXCEEDED", code, "rate limit exceeded for this item", status=429)
        return errors.refusal("API_ERROR", "INTERNAL_SERVER_ERROR", "an unexpected error occurred", status=500)

    def unknown_route(self, request: Request, known_path: bool) -> Reply:
        """Plaid answers an unknown path with NOT_FOUND."""
        return errors.refusal("INVALID_REQUEST", "NOT_FOUND", "not found", status=404)

    def standing_headers(self, reply: Reply) -> dict[str, str]:
        """Plaid's request id stands in the body."""
        return {"plaid-version": "2020-09-14"}

    def _client(self, request: Request) -> ClientRecord:
        return self._directory.clients[str(request.client_key)]

    def sync(self, request: Request) -> Reply:
        """Added, modified and removed transactions since a cursor."""
        asked, client = request.parsed, self._client(request)
        now = self._seen_until(client, request.now)
        count = asked.get("count", _COUNT_DEFAULT)
        if not isinstance(count, int) or not 1 <= count <= _COUNT_MAX:
            raise errors.invalid_field(f"count must be between 1 and {_COUNT_MAX}")
        options = asked.get("options") or {}
        account_id = options.get("account_id") or ""
        item_id = str(client.rail("plaid")["item_id"])
        text = asked.get("cursor") or ""
        cursor = read_cursor(text, item_id, account_id)
        self._store_once(client.client_key, "synced")
        in_loop = cursor.position > 0
        if in_loop and self._faults.strike("plaid", client.client_key, request.path, ("mutation_during_paging",)):
            message = "Underlying transaction data changed since last page was fetched. Please restart pagination."
            raise Refusal(errors.refusal("TRANSACTIONS_ERROR", "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION", message))
        horizon = cursor.horizon if in_loop else now
        steps = self._loops.steps(client.client_key, account_id, cursor.since, horizon, now)
        end = min(cursor.position + count, len(steps))
        has_more = end < len(steps)
        if has_more:
            next_cursor = write_cursor(Cursor(cursor.since, horizon, end), item_id, account_id)
        elif steps or not text:
            next_cursor = write_cursor(Cursor(horizon, horizon, 0), item_id, account_id)
        else:
            # Nothing came up: the caller's cursor is as good as a new one.
            next_cursor = text
        page = steps[cursor.position : end]
        keep_text = bool(options.get("include_original_description"))
        parts = [
            b'{"accounts":' + dump(accounts(self._store, client, now)),
            b'"added":[' + self._rows(client, page, ADDED, keep_text, now) + b"]",
            b'"modified":[' + self._rows(client, page, MODIFIED, keep_text, now) + b"]",
            b'"removed":'
            + dump(
                [
                    {"transaction_id": step.transaction_id, "account_id": step.account_id}
                    for step in page
                    if step.what == REMOVED
                ]
            ),
            b'"next_cursor":' + dump(next_cursor),
            b'"has_more":' + dump(has_more),
            b'"transactions_update_status":"HISTORICAL_UPDATE_COMPLETE"',
            b'"request_id":"' + new_id()[:15].encode() + b'"}',
        ]
        return Reply(200, b",".join(parts))

    def _rows(self, client: ClientRecord, page: list[Any], what: str, keep_text: bool, now: int) -> bytes:
        keys = [(step.transaction_id, step.version) for step in page if step.what == what]
        bodies = self._store.bodies("plaid", client.client_key, "transaction", keys)
        told = running(self._store, client, now)
        if told:
            bodies = [
                body.replace(_UNTOLD, b'"running_balance":%s' % dump(told[key] / 100)) if key in told else body
                for (key, _), body in zip(keys, bodies, strict=True)
            ]
        if not keep_text:
            bodies = [dump({**orjson.loads(body), "original_description": None}) for body in bodies]
        return b",".join(bodies)

    def _store_once(self, client_key: str, name: str) -> None:
        if self._store.secret("plaid", client_key, name) is None:
            self._store.set_secret("plaid", client_key, name, "1")

    def accounts(self, request: Request) -> Reply:
        """Accounts with balances; the sandbox has no slow cache, so both paths are of this second."""
        client = self._client(request)
        until = self._seen_until(client, request.now)
        if request.path == _LIVE and until < request.now:
            raise Refusal(errors.refusal(*errors.LOGIN_REQUIRED))
        found = accounts(self._store, client, until)
        wanted = (request.parsed.get("options") or {}).get("account_ids")
        if wanted:
            unknown = set(wanted) - {account["account_id"] for account in found}
            if unknown:
                message = f"failed to find requested account ID: {sorted(unknown)[0]}"
                raise Refusal(errors.refusal("INVALID_INPUT", "INVALID_ACCOUNT_ID", message))
            found = [account for account in found if account["account_id"] in wanted]
        return _reply(accounts=found, item=self._item(request))

    def _seen_until(self, client: ClientRecord, now: int) -> int:
        """Up to when the Item knows its bank: a login that the world broke holds it there until it is repaired."""
        broke = client.rail("plaid").get("login_required_at")
        if broke is None or now < broke or self._store.secret("plaid", client.client_key, "login_repaired"):
            return now
        return int(broke)

    def _item(self, request: Request) -> dict[str, Any]:
        key = str(request.client_key)
        item_id = str(self._client(request).rail("plaid")["item_id"])
        body = self._store.shown("plaid", key, "item", item_id, request.now)
        found: dict[str, Any] = orjson.loads(body) if body else {"item_id": item_id}
        if self._seen_until(self._client(request), request.now) == request.now:
            return {**found, "error": None, "status": None} if "status" in found else found
        return {**found, "error": {**errors.body_of(*errors.LOGIN_REQUIRED), "status": 400}}

    def item(self, request: Request) -> Reply:
        """The Item and when Plaid last reached its bank."""
        body = self._item(request)
        # A world may plant a stale bank: the Item's own body then says when it was last reached.
        planted = body.pop("status", None)
        polled = datetime.fromtimestamp(request.now - request.now % _POLL_SECONDS, UTC)
        stamp = polled.isoformat().replace("+00:00", "Z")
        status = planted or {
            "investments": None,
            "transactions": {"last_successful_update": stamp, "last_failed_update": None},
            "last_webhook": None,
        }
        return _reply(item=body, status=status)

    def remove(self, request: Request) -> Reply:
        """Ends the Item: its access token is dead from now on."""
        self._store.set_secret("plaid", str(request.client_key), "removed", "1")
        return _reply()

    def institution(self, request: Request) -> Reply:
        """One bank."""
        wanted = request.parsed.get("institution_id")
        for client in self._directory.clients.values():
            if client.rail("plaid").get("institution_id") == wanted:
                body = self._store.shown("plaid", client.client_key, "institution", str(wanted), request.now)
                if body is not None:
                    return Reply(200, b'{"institution":%s,"request_id":"%s"}' % (body, new_id()[:15].encode()))
        message = "invalid institution_id provided"
        raise Refusal(errors.refusal("INVALID_INPUT", "INVALID_INSTITUTION", message))

    def create_public_token(self, request: Request) -> Reply:
        """A public token for a client's Item: of the client named as override_username, else the bank's first."""
        wanted = request.parsed.get("institution_id")
        if not wanted or not request.parsed.get("initial_products"):
            message = "the following required fields are missing: institution_id, initial_products"
            raise Refusal(errors.refusal("INVALID_REQUEST", "MISSING_FIELDS", message))
        name = (request.parsed.get("options") or {}).get("override_username")
        for client in self._directory.clients.values():
            mine = client.rail("plaid")
            if mine.get("institution_id") == wanted and name in (None, "user_good", client.client_key):
                token = f"public-sandbox-{uuid.uuid4()}"
                self._public_tokens[token] = (client.client_key, request.now + _PUBLIC_TOKEN_SECONDS)
                return _reply(public_token=token)
        raise Refusal(errors.refusal("INVALID_INPUT", "INVALID_INSTITUTION", "invalid institution_id provided"))

    def exchange(self, request: Request) -> Reply:
        """The access token behind a public token; also what a client does to come back after /item/remove."""
        client_key, dies_at = self._public_tokens.pop(str(request.parsed.get("public_token")), ("", 0))
        if dies_at <= request.now:
            message = "provided public token is expired or unknown. Public tokens expire 30 minutes after creation"
            raise Refusal(errors.refusal("INVALID_INPUT", "INVALID_PUBLIC_TOKEN", message))
        self._store.set_secret("plaid", client_key, "removed", None)
        self._store.set_secret("plaid", client_key, "login_required", None)
        self._store.set_secret("plaid", client_key, "login_repaired", "1")
        mine = self._directory.clients[client_key].rail("plaid")
        return _reply(access_token=mine["access_token"], item_id=mine["item_id"])

    def fire_webhook(self, request: Request) -> Reply:
        """Send one of the Item's webhooks now."""
        code = str(request.parsed.get("webhook_code"))
        if code not in _FIREABLE:
            raise errors.invalid_field(f"webhook_code {code} cannot be fired")
        transactions = code in ("DEFAULT_UPDATE", "SYNC_UPDATES_AVAILABLE", "RECURRING_TRANSACTIONS_UPDATE")
        self._hooks.plaid(str(request.client_key), code, "TRANSACTIONS" if transactions else "ITEM")
        return _reply(webhook_fired=True)

    def reset_login(self, request: Request) -> Reply:
        """Break the Item's login until it is linked anew (or repaired at the control port)."""
        self._store.set_secret("plaid", str(request.client_key), "login_required", "1")
        self._hooks.plaid(str(request.client_key), "ERROR", "ITEM")
        return _reply(reset_login=True)

    def verification_key(self, request: Request) -> Reply:
        """The public half of the key that signed a webhook."""
        key = self._hooks.public_key(str(request.parsed.get("key_id")))
        if key is None:
            message = "invalid key_id provided. note that key_ids are specific to Plaid environments"
            raise Refusal(errors.refusal("INVALID_INPUT", "INVALID_WEBHOOK_VERIFICATION_KEY_ID", message))
        return _reply(key=key)


def _reply(**fields: Any) -> Reply:
    return Reply(200, dump({**fields, "request_id": new_id()[:15]}))
