"""Ramp's token endpoint: each client has a reader app and an executor app with scopes of their own."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets

from sandbox.rails.asgi import error_reply
from sandbox.rails.clients import Directory
from sandbox.rails.http import Reply, Request, dump
from sandbox.rails.tokens import TokenMint

TOKEN_PREFIX = "ramp_business_tok_"
TOKEN_SECONDS = 864_000

READER_SCOPES = frozenset(
    [
        "bills:read",
        "vendors:read",
        "entities:read",
        "bank_accounts:read",
        "business:read",
        "transactions:read",
        "transfers:read",
        "reimbursements:read",
        "repayments:read",
        "cashbacks:read",
        "statements:read",
        "receipts:read",
        "users:read",
        "accounting:read",
    ]
)
# Never vendors:write beside bills:write: such a token could make a payee and pay it alone.
EXECUTOR_SCOPES = frozenset(
    ["bills:write", "bills:read", "entities:read", "vendors:read", "bank_accounts:read", "accounting:read"]
)


class RampAuth:
    """Issues and reads Ramp app tokens."""

    def __init__(self, directory: Directory, mint: TokenMint) -> None:
        self._directory = directory
        self._mint = mint

    def token(self, request: Request) -> Reply:
        """POST /developer/v1/token; without `scope` the token can do nothing."""
        app = self.app_of(request)
        if app is None:
            return error_reply(401, {"error": "invalid_client", "error_description": "client authentication failed"})
        client_key, role = app
        form = request.form()
        if form.get("grant_type") != "client_credentials":
            return error_reply(400, {"error": "unsupported_grant_type"})
        asked = frozenset((form.get("scope") or "").split())
        allowed = READER_SCOPES if role == "reader" else EXECUTOR_SCOPES
        if beyond := sorted(asked - allowed):
            text = f"The requested scope is not configured on the app: {' '.join(beyond)}"
            return error_reply(400, {"error": "invalid_scope", "error_description": text})
        claims = {"c": client_key, "s": sorted(asked), "r": role}
        token = self._mint.issue(TOKEN_PREFIX, claims, request.now + TOKEN_SECONDS, salt=secrets.randbits(32))
        body = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": " ".join(sorted(asked)),
        }
        return Reply(200, dump(body))

    def revoke(self, request: Request) -> Reply:
        """POST /developer/v1/token/revoke; the sandbox's tokens live out their days, the answer is Ramp's."""
        return Reply(200, b"{}")

    def app_of(self, request: Request) -> tuple[str, str] | None:
        """(client, reader or executor) of the Basic credentials."""
        kind, _, encoded = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            app_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        found = self._directory.by_ramp_app.get(app_id)
        if found is None or not hmac.compare_digest(secret, found[2]):
            return None
        return found[0], found[1]

    def bearer(self, request: Request) -> tuple[str, frozenset[str]] | None:
        """(client, scopes) of a live token."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        claims = self._mint.read(TOKEN_PREFIX, token, request.now)
        return None if claims is None else (str(claims["c"]), frozenset(claims["s"]))
