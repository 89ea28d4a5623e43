"""What can go wrong at the inbox.

InboxError
├── NotProven    the delivery does not prove that it comes from the rail, or is stale; nothing is stored
├── ProofUnavailable  the key to prove it with cannot be had just now; answer 5xx
└── InboxFull    too much waits already; answer 5xx, the rail delivers again later
"""

from __future__ import annotations


class InboxError(Exception):
    """Base of every inbox failure."""


class NotProven(InboxError):
    """A delivery that is refused; `code`: signature, stale, malformed, other_account, no_secret, challenge_early."""

    def __init__(self, code: str, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)


class InboxFull(InboxError):
    """More deliveries wait than the inbox is meant to hold."""


class ProofUnavailable(InboxError):
    """The delivery can neither be believed nor refused: the rail that holds the key is away."""
