"""One way to ask a rail over HTTP: limited, counted, retried, and every failure given its name.

The official SDKs bring their own HTTP; they pass through `attempt` too, so that all four rails wait
and fail alike. The httpx rails use `send`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import orjson

from ingestion.errors import Forbidden, Malformed, RailDown, Rejected, Throttled, TokenRevoked
from ingestion.limits import PATIENCE, Patience, bucket_for
from ingestion.settings import Settings

Answer = TypeVar("Answer")
TIMEOUT = httpx.Timeout(60.0, connect=3.05)


class Slow(Exception):
    """The rail answered 429; `retry_after` seconds when it named a time."""

    def __init__(self, retry_after: float | None = None) -> None:
        super().__init__("asked to slow down")
        self.retry_after = retry_after


class Unwell(Exception):
    """The rail answered 5xx or not at all."""


class Line:
    """One connection's line to its rail: spends the allowance, counts requests, keeps patience."""

    def __init__(
        self,
        rail: str,
        connection_id: str,
        *,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.rail = rail
        self.requests_made = 0
        self._bucket = bucket_for(rail, connection_id)
        self._patience = patience or PATIENCE[rail]
        self._scale = Settings.from_env().patience_scale
        self._sleep = sleep

    def attempt(self, ask: Callable[[], Answer], what: str) -> Answer:
        """Call `ask` until it answers; Slow and Unwell are tried again, then become Throttled or RailDown."""
        wait, waited, tries = self._patience.first_wait_seconds, 0.0, 0
        while True:
            self._bucket.take()
            self.requests_made += 1
            try:
                return ask()
            except Slow as slow:
                pause = slow.retry_after if slow.retry_after is not None else wait
                pause *= self._scale
                if waited + pause > self._patience.throttled_seconds * self._scale:
                    raise Throttled(
                        f"the rail still asked to slow down after {waited:.0f} s of waiting ({what})"
                    ) from slow
                self._sleep(pause)
                waited, wait = waited + pause, wait * 2
            except Unwell as unwell:
                tries += 1
                if tries >= self._patience.down_attempts:
                    raise RailDown(f"the rail did not answer {tries} times in a row ({what}: {unwell})") from unwell
                self._sleep(0.5 * 2 ** (tries - 1) * self._scale)

    def send(self, client: httpx.Client, request: httpx.Request, what: str) -> httpx.Response:
        """Send one httpx request and return its 2xx answer; everything else is raised by name."""

        def ask() -> httpx.Response:
            try:
                response = client.send(request)
            except httpx.TransportError as error:
                raise Unwell(f"{type(error).__name__} {error}") from error
            if response.status_code == 429:
                raise Slow(retry_after(response.headers.get("retry-after")))
            if response.status_code >= 500:
                raise Unwell(f"HTTP {response.status_code}")
            return response

        response = self.attempt(ask, what)
        if response.is_success:
            return response
        raise refusal(response.status_code, response.text, what)


def refusal(status: int, body: str, what: str) -> TokenRevoked | Forbidden | Rejected:
    """The failure that a 4xx answer means."""
    short = " ".join(body.split())[:200]
    if status == 401 or "invalid_grant" in body:
        return TokenRevoked(f"the rail no longer accepts the client's sign-in ({what}: HTTP {status} {short})")
    if status == 403:
        return Forbidden(f"the key may not read this ({what}: HTTP {status} {short})")
    return Rejected(f"the rail refused the question ({what}: HTTP {status} {short})")


def retry_after(header: str | None) -> float | None:
    """Seconds of a Retry-After header; None when absent or a date."""
    return float(header) if header and header.strip().isdigit() else None


def parse_object(body: bytes | str, what: str) -> dict[str, Any]:
    """A JSON object from an answer's bytes; Malformed with an example when it is none."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        shown = body[:120] if isinstance(body, str) else body[:120].decode("utf-8", "replace")
        raise Malformed(f"{what} answered text that is not JSON ({error}; it begins {shown!r})") from error
    if not isinstance(value, dict):
        raise Malformed(f"{what} answered {type(value).__name__} in place of an object")
    return value


def rows_of(value: Any, what: str) -> list[dict[str, Any]]:
    """A list of records; Malformed with an example when it is anything else."""
    if not isinstance(value, list):
        raise Malformed(f"{what}: expected a list of records, got {type(value).__name__}")
    for row in value:
        if not isinstance(row, dict):
            raise Malformed(f"{what}: expected a record, got {str(row)[:80]!r}")
    return value
