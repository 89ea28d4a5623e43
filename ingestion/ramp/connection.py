"""A Ramp client that only reads: a client-credentials token in memory, GET, and keyset paging."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from time import monotonic
from typing import Any

import httpx

from ingestion.connections import Connection
from ingestion.errors import Malformed, Rejected, TokenRevoked
from ingestion.ramp.settings import READ_SCOPES, RampSettings
from ingestion.transport import TIMEOUT, Line, parse_object, rows_of

Row = dict[str, Any]

_tokens: dict[tuple[str, str], tuple[str, float]] = {}
_guard = threading.Lock()


class RampConnection:
    """One Ramp business, read only."""

    def __init__(self, connection: Connection, line: Line, settings: RampSettings) -> None:
        self._connection, self._line, self._settings = connection, line, settings
        self._http = httpx.Client(timeout=TIMEOUT, headers={"accept": "application/json"})
        self._key = (settings.url, connection.secrets["client_id"])

    def close(self) -> None:
        """Give the sockets back."""
        self._http.close()

    def pages(self, path: str, **filters: str) -> Iterator[list[Row]]:
        """Pages of a list, following `page.next`."""
        params = {**filters, "page_size": str(self._settings.page_rows)}
        while True:
            answer = self._get(path, params)
            rows = rows_of(answer.get("data"), path)
            yield rows
            page = answer.get("page")
            if not isinstance(page, dict):
                raise Malformed(f"{path}: the answer names no page, only {sorted(answer)}")
            if not page.get("next"):
                return
            # Only the position is taken from the link: its host is the rail's word, not ours to follow.
            start = httpx.URL(page["next"]).params.get("start")
            if not start or start == params.get("start"):
                raise Malformed(f"{path}: the next page's link names no new start ({page['next']})")
            params["start"] = start

    def one(self, path: str) -> Row | None:
        """One object; None when Ramp no longer has it."""
        try:
            return self._get(path, {})
        except Rejected as refused:
            if "HTTP 404" in refused.cause:
                return None
            raise

    def _get(self, path: str, params: dict[str, str]) -> Row:
        """One read; a dead access token is renewed once."""
        for is_second_try in (False, True):
            token = self._token(renew=is_second_try)
            request = self._http.build_request(
                "GET",
                f"{self._settings.url}/developer/v1/{path}",
                params=params,
                headers={"authorization": f"Bearer {token}"},
            )
            try:
                response = self._line.send(self._http, request, f"GET {path}")
            except TokenRevoked:
                if is_second_try:
                    raise
                continue
            return parse_object(response.content, f"GET {path}")
        raise AssertionError("the second try returns or raises")

    def _token(self, *, renew: bool) -> str:
        """The business's access token: good for ten days, kept in memory only."""
        with _guard:
            held = _tokens.get(self._key)
        if held and not renew and held[1] > monotonic():
            return held[0]
        request = self._http.build_request(
            "POST",
            f"{self._settings.url}/developer/v1/token",
            data={"grant_type": "client_credentials", "scope": READ_SCOPES},
        )
        basic = httpx.BasicAuth(self._connection.secrets["client_id"], self._connection.secrets["client_secret"])
        response = self._line.send(self._http, next(basic.auth_flow(request)), "token")
        answer = parse_object(response.content, "token")
        if not isinstance(answer.get("access_token"), str):
            raise Malformed(f"token answered without an access_token: {sorted(answer)}")
        with _guard:
            _tokens[self._key] = (answer["access_token"], monotonic() + float(answer.get("expires_in", 3600)) - 60)
        return str(answer["access_token"])
