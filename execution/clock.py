"""Two clocks: the business clock, which the sandbox may move, and the machine's own, which nobody may.

Payouts, policies and audit events live on the business clock. Sessions and leases live on the machine's:
moving the sandbox three days ahead must not sign everybody out, nor free a lease that is still held.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import httpx

from execution.errors import StaleData


class Clock(Protocol):
    """Gives the present instant, in UTC."""

    def now(self) -> datetime:
        """The present instant, tz-aware UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant by this machine."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands where it is put; for rebuilding a past moment."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it was put to."""
        return self.at


class HttpClock:
    """The clock of another process: asked each time, since it may be moved or paused between two calls."""

    def __init__(self, url: str, timeout_seconds: float = 5.0) -> None:
        self._url = url
        self._client = httpx.Client(timeout=timeout_seconds, follow_redirects=False, trust_env=False)

    def now(self) -> datetime:
        """The present instant there; raises StaleData when it cannot be had, for no guard may guess the time."""
        try:
            answer = self._client.get(self._url)
            answer.raise_for_status()
            return datetime.fromisoformat(answer.json()["now"]).astimezone(UTC)
        except (httpx.HTTPError, KeyError, ValueError, TypeError) as error:
            raise StaleData(f"the clock at {self._url} gives no time ({error}); start it, then try again") from error


def clock_for(url: str | None) -> Clock:
    """The business clock: the machine's own unless a URL names another."""
    return HttpClock(url) if url else SystemClock()
