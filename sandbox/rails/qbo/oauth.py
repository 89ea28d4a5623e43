"""QBO's token endpoint. Every refresh answers with a new refresh token and an access token for an hour.

The token that was just replaced stays good until its successor has been used once, so a caller that lost the answer
can ask again; after that it is dead, and a caller that did not store the latest token has to reconnect.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets

from sandbox.rails.asgi import error_reply
from sandbox.rails.clients import Directory
from sandbox.rails.http import Reply, Request, dump
from sandbox.rails.store import WorldStore
from sandbox.rails.tokens import TokenMint

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 8_726_400
ACCESS_PREFIX = "eyJhbGciOiJkaXIi."


class QboOAuth:
    """Issues and reads QBO tokens."""

    def __init__(self, store: WorldStore, directory: Directory, mint: TokenMint) -> None:
        self._store = store
        self._directory = directory
        self._mint = mint

    def client_of(self, access_token: str, now: int) -> str | None:
        """Whose access token this is, when it still lives."""
        claims = self._mint.read(ACCESS_PREFIX, access_token, now)
        return None if claims is None else str(claims["c"])

    def token(self, request: Request) -> Reply:
        """POST /oauth2/v1/tokens/bearer with grant_type=refresh_token."""
        if not self._is_our_app(request.headers.get("authorization", "")):
            return error_reply(401, {"error": "invalid_client"})
        form = request.form()
        if form.get("grant_type") != "refresh_token":
            return error_reply(400, {"error": "unsupported_grant_type"})
        client_key = self.holder(form.get("refresh_token", ""))
        if client_key is None:
            return error_reply(400, {"error": "invalid_grant", "error_description": "Token invalid"})
        given = form["refresh_token"]
        live = self._live(client_key)
        if given == live:
            # Using the successor is what kills its predecessor.
            fresh = f"RT1-{secrets.token_urlsafe(24)}"
            self._store.set_secret("qbo", client_key, "refresh_token_before", live)
            self._store.set_secret("qbo", client_key, "refresh_token", fresh)
        else:
            fresh = live
        access = self._mint.issue(
            ACCESS_PREFIX, {"c": client_key}, request.now + ACCESS_SECONDS, salt=secrets.randbits(32)
        )
        body = {
            "token_type": "bearer",
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "refresh_token": fresh,
            "x_refresh_token_expires_in": REFRESH_SECONDS,
        }
        if request.headers.get("x-include-refresh-token-hard-expires-in") == "true":
            body["x_refresh_token_hard_expires_in"] = 157_680_000
        return Reply(200, dump(body))

    def holder(self, refresh_token: str) -> str | None:
        """Whose refresh token this is, when it is the live one or the one just before it."""
        for client_key in self._directory.by_realm.values():
            known = (self._live(client_key), self._store.secret("qbo", client_key, "refresh_token_before"))
            if refresh_token and refresh_token in known:
                return client_key
        return None

    def _live(self, client_key: str) -> str:
        rotated = self._store.secret("qbo", client_key, "refresh_token")
        return rotated or str(self._directory.clients[client_key].rail("qbo")["refresh_token"])

    def _is_our_app(self, authorization: str) -> bool:
        try:
            kind, _, encoded = authorization.partition(" ")
            given = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        return kind.lower() == "basic" and hmac.compare_digest(given, ":".join(self._directory.app("qbo")))
