"""A Stripe client over the official SDK that only sends GET and keeps each answer's own JSON text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import stripe

from ingestion.connections import Connection
from ingestion.errors import Forbidden, Malformed, Rejected, TokenRevoked
from ingestion.stripe.settings import StripeSettings
from ingestion.transport import Line, Slow, Unwell, parse_object, rows_of

Row = dict[str, Any]


class StripeConnection:
    """One Stripe account, read with the client's restricted key."""

    def __init__(self, connection: Connection, line: Line, settings: StripeSettings) -> None:
        self._line, self._settings = line, settings
        self._http = stripe.RequestsClient(timeout=settings.timeout_seconds)
        self._client = stripe.StripeClient(
            connection.secrets["api_key"],
            base_addresses={"api": settings.url},
            stripe_version=settings.version,
            max_network_retries=1,  # Without it the SDK never retries; our line retries above it.
            http_client=self._http,
        )

    def close(self) -> None:
        """Give the sockets back."""
        self._http.close()  # type: ignore[no-untyped-call]

    def pages(self, path: str, **filters: Any) -> Iterator[list[Row]]:
        """Pages of a list, newest first."""
        params = {**filters, "limit": self._settings.page_rows}
        while True:
            answer = self._get(path, params)
            rows = rows_of(answer.get("data"), path)
            yield rows
            if not isinstance(answer.get("has_more"), bool):
                raise Malformed(f"{path}: the answer does not say has_more, only {sorted(answer)}")
            if not answer["has_more"]:
                return
            if not rows or not isinstance(rows[-1].get("id"), str):
                raise Malformed(f"{path}: more is promised but the last record has no id to go on from")
            params["starting_after"] = rows[-1]["id"]

    def one(self, path: str) -> Row | None:
        """One object; None when Stripe no longer has it."""
        try:
            return self._get(path, {})
        except Rejected as refused:
            if "HTTP 404" in refused.cause:
                return None
            raise

    def _get(self, path: str, params: Row) -> Row:
        def ask() -> str:
            try:
                return str(self._client.raw_request("get", f"/v1/{path}", **params).body)
            except stripe.StripeError as error:
                raise _named(error, f"GET /v1/{path}") from error

        return parse_object(self._line.attempt(ask, f"GET /v1/{path}"), f"GET /v1/{path}")


def _named(error: stripe.StripeError, what: str) -> Exception:
    """The failure that a Stripe error means."""
    said = f"{what}: {str(error.user_message or error)[:200]}"
    status = error.http_status
    if isinstance(error, stripe.RateLimitError) or status == 429:
        return Slow()
    if isinstance(error, stripe.AuthenticationError):
        return TokenRevoked(f"Stripe no longer accepts the client's key ({said})")
    if isinstance(error, stripe.PermissionError):
        return Forbidden(f"the client's key lacks a permission ({said})")
    if isinstance(error, stripe.APIConnectionError) or (status is not None and status >= 500):
        return Unwell(f"{type(error).__name__} {said}")
    if isinstance(error, stripe.APIError) and (status is None or status < 400):
        return Malformed(f"an answer that is not JSON ({said})")
    return Rejected(f"HTTP {status} {said}")
