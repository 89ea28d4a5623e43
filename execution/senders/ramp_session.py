"""One client business's connection to Ramp: a token, reads over all pages, and single shots without a retry."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from execution import egress
from execution.senders.base import RailUnreachable

API = "/developer/v1"
SCOPES = "bills:read bills:write vendors:read entities:read bank_accounts:read"
READ_PAYEES = "bills:read vendors:read"
# Ramp gives up at 60 seconds and answers 504; wait for that answer.
REPLY_TIMEOUT_SECONDS = 75.0
PAGES_MAX = 10_000


class RampSession:
    """Holds the token of one business. Reads may be repeated; `send` goes out exactly once."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        timeout: float = REPLY_TIMEOUT_SECONDS,
        scopes: str = SCOPES,
        on_sent: Callable[[], None] | None = None,
    ) -> None:
        """`on_sent` is called when the last byte of a `send` is out and its answer still to come."""
        self._credentials = (client_id, client_secret)
        self._scopes, self._on_sent = scopes, on_sent
        self._token: str | None = None
        self._token_until = 0.0
        self.last_date: datetime | None = None
        # Redirects off: a POST that is sent on elsewhere is a POST we no longer know anything of.
        self._http = egress.client(base_url, timeout=httpx.Timeout(timeout, connect=10.0, pool=10.0))

    def __repr__(self) -> str:
        return f"RampSession({self._http.base_url})"

    def close(self) -> None:
        """Give the connection back."""
        self._http.close()

    def authorize(self) -> None:
        """Have a token that lives another minute. Raises RailUnreachable when Ramp gives none."""
        if self._token is not None and time.monotonic() < self._token_until:
            return
        try:
            response = self._http.post(
                f"{API}/token", auth=self._credentials, data={"grant_type": "client_credentials", "scope": self._scopes}
            )
            body = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise RailUnreachable("ramp", f"no token ({type(error).__name__})") from error
        if response.status_code != 200 or not isinstance(body, dict) or not body.get("access_token"):
            raise RailUnreachable("ramp", f"no token (status {response.status_code}); reconnect Ramp")
        self._refuse_unfit(body.get("scope"))
        self._token = str(body["access_token"])
        self._token_until = time.monotonic() + float(body.get("expires_in", 600)) - 60.0

    def _refuse_unfit(self, granted: Any) -> None:
        """A token that may do more than pay is not used: whoever steals it could make a payee first."""
        if not isinstance(granted, str):
            return  # Ramp checks every call's scope by itself.
        held, asked = set(granted.split()), set(self._scopes.split())
        if more := sorted(one for one in held - asked if one.endswith(":write")):
            raise RailUnreachable("ramp", f"the token may {', '.join(more)}; take that scope from the app in Ramp")
        if lacking := sorted(asked - held):
            raise RailUnreachable("ramp", f"the token lacks {', '.join(lacking)}; give the app that scope in Ramp")

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Read one path; None for 404. Raises RailUnreachable for anything that is not an answer.

        A token that Ramp no longer takes (it lives ten days, or was revoked) is renewed once.
        """
        response = self._read(path, params)
        if response.status_code == 401:
            self._token = None
            response = self._read(path, params)
        if response.status_code == 404:
            return None
        if response.status_code == 401:
            self._token = None
        if response.status_code != 200:
            raise RailUnreachable("ramp", f"GET {path} answered {response.status_code}")
        try:
            return response.json()
        except ValueError as error:
            raise RailUnreachable("ramp", f"GET {path} answered a cut body") from error

    def _read(self, path: str, params: Mapping[str, str] | None) -> httpx.Response:
        self.authorize()
        try:
            response = self._http.get(f"{API}{path}", params=dict(params or {}), headers=self._headers())
        except httpx.HTTPError as error:
            raise RailUnreachable("ramp", f"GET {path} failed ({type(error).__name__})") from error
        self._note_date(response)
        return response

    def all_rows(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Each row of all pages. Raises RailUnreachable when a page is missing: half a search is none."""
        query = {"page_size": "100", **(params or {})}
        for _ in range(PAGES_MAX):
            page = self.get(path, query)
            if not isinstance(page, dict) or not isinstance(page.get("data"), list):
                raise RailUnreachable("ramp", f"GET {path} answered no list")
            yield from page["data"]
            following = (page.get("page") or {}).get("next")
            if not following:
                return
            # Only the cursor is taken over, so that our own filters stay whatever the link says.
            start = parse_qs(urlsplit(str(following)).query).get("start")
            if not start or start[0] == query.get("start"):
                raise RailUnreachable("ramp", f"GET {path}: the next page has no cursor")
            query["start"] = start[0]
        raise RailUnreachable("ramp", f"GET {path} has no end")

    def send(self, method: str, path: str, body: bytes) -> httpx.Response:
        """One request, once. Raises httpx's own errors: their class tells "never sent" from "unknown"."""
        headers = {**self._headers(), "content-type": "application/json"}
        response = self._http.request(
            method, f"{API}{path}", content=body, headers=headers, extensions={"trace": self._traced}
        )
        self._note_date(response)
        if response.status_code == 401:
            # Not sent again here: the reply is the caller's to judge. The next attempt asks for a fresh token.
            self._token = None
        return response

    def _traced(self, event: str, _: Any) -> None:
        if self._on_sent is not None and event == "http11.send_request_body.complete":
            self._on_sent()

    def skew_seconds(self, now: datetime) -> int | None:
        """How far our clock is ahead of Ramp's `Date` of the last answer; None before the first."""
        return None if self.last_date is None else round((now - self.last_date).total_seconds())

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}", "accept": "application/json"}

    def _note_date(self, response: httpx.Response) -> None:
        text = response.headers.get("date")
        if text:
            try:
                self.last_date = parsedate_to_datetime(text).astimezone(UTC)
            except ValueError:
                self.last_date = None
