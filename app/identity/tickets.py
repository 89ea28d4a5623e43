"""One-time tickets: how a fresh session token reaches the browser's cookie without passing through page script.

The sign-in run holds the token; the browser trades the ticket for it in one POST, within half a minute.
"""

from __future__ import annotations

import secrets
import threading
import time

COOKIE = "rowcol_session"
VALID_SECONDS = 30.0


class Tickets:
    """Tickets of this process, each good for one trade."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[str, float]] = {}

    def issue(self, token: str) -> str:
        """A new ticket for a session token."""
        ticket, now = secrets.token_hex(24), time.monotonic()
        with self._lock:
            self._tokens = {k: v for k, v in self._tokens.items() if v[1] > now}
            self._tokens[ticket] = (token, now + VALID_SECONDS)
        return ticket

    def waits(self, ticket: str) -> bool:
        """Whether a ticket is still to be traded."""
        with self._lock:
            return self._tokens.get(ticket, ("", 0.0))[1] > time.monotonic()

    def redeem(self, ticket: str) -> str | None:
        """The token behind a ticket, once; None when unknown, used or too old."""
        with self._lock:
            token, until = self._tokens.pop(ticket, (None, 0.0))
        return token if until > time.monotonic() else None


TICKETS = Tickets()
