"""What can go wrong between a rail and raw.

IngestionError
├── ConnectionFailed     one connection could not be read; the others go on
│   ├── TokenRevoked     the client's consent is gone; ask the client to reconnect
│   ├── Forbidden        the key is valid but may not read this; widen its scopes
│   ├── Throttled        the rail kept saying "slow down"; the next run tries again
│   ├── RailDown         no answer, or a 5xx, after every retry; the next run tries again
│   ├── Malformed        an answer that is not what the rail promises; nothing of it was kept
│   └── Rejected         the rail refused our question (4xx); a defect of ours or a changed rail
├── FileRefused          a file of which nothing can be used (ingestion.files)
└── UnknownRail          a rail name that this project does not load
"""

from __future__ import annotations


class IngestionError(Exception):
    """Base of every ingestion failure."""


class UnknownRail(IngestionError):
    """A rail name that this project does not load."""


class ConnectionFailed(IngestionError):
    """One connection could not be read: `cause` says what came, `remedy` what to do about it."""

    reason_code = "failed"
    remedy = "Read the rail's answer above, then run the load again."

    def __init__(self, cause: str, *, remedy: str | None = None) -> None:
        self.cause = cause
        self.remedy = remedy or type(self).remedy
        super().__init__(cause)

    def sentence(self, client_id: str, rail: str) -> str:
        """One line for a person: client, rail, cause and remedy."""
        return f"Client {client_id} on {RAIL_NAMES.get(rail, rail)}: {self.cause.rstrip('.')}. {self.remedy}"


class TokenRevoked(ConnectionFailed):
    """The rail no longer accepts this client's consent."""

    reason_code = "token_revoked"
    remedy = "Ask the client to reconnect, then run the load again; its last good data stays in use."


class Forbidden(ConnectionFailed):
    """The credentials are valid but lack a permission."""

    reason_code = "forbidden"
    remedy = "Grant the missing read permission on the rail, then run the load again."


class Throttled(ConnectionFailed):
    """The rail kept answering 429 for as long as we were willing to wait."""

    reason_code = "throttled"
    remedy = "Nothing to do: the next run continues from the last good point."


class RailDown(ConnectionFailed):
    """The rail did not answer, or answered 5xx, after every retry."""

    reason_code = "rail_down"
    remedy = "Nothing to do on our side: the next run continues from the last good point."


class Malformed(ConnectionFailed):
    """An answer that does not have the shape the rail promises."""

    reason_code = "malformed"
    remedy = "Nothing of this answer was kept; run the load again, and report it to the rail if it stays."


class Rejected(ConnectionFailed):
    """The rail refused the question itself (a 4xx that is none of the above)."""

    reason_code = "rejected"
    remedy = "The question we asked is no longer accepted; compare it with the rail's documentation."


RAIL_NAMES = {
    "qbo": "QBO",
    "ramp": "Ramp",
    "plaid": "Plaid",
    "stripe": "Stripe",
    "files": "files",
    "control": "the control store",
}
