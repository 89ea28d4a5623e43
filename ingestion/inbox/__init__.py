"""The webhook inbox: prove a delivery, store it once, then answer. A webhook is a hint to look, never a fact.

with Inbox.from_env() as inbox:
    verdict = inbox.receive("stripe", path_key, headers, raw_body, client_id=…, connection_id=…, secret=…)
    for row in inbox.pending(): ...         # which rail and client to read again
    inbox.mark([row.event_key], "done")
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType

from ingestion.errors import UnknownRail
from ingestion.inbox.errors import InboxFull, NotProven, ProofUnavailable
from ingestion.inbox.events import Event, Waiting
from ingestion.inbox.plaid_keys import PlaidKeys
from ingestion.inbox.proofs import plaid, qbo, ramp, stripe
from ingestion.inbox.proofs.plaid import KeyFor
from ingestion.inbox.store import InboxStore
from ingestion.plaid.settings import PlaidSettings
from ingestion.settings import Settings

__all__ = ["Inbox", "InboxFull", "ProofUnavailable", "Verdict", "Waiting"]

WAITING_MAX = 200_000  # Two days of a large firm's webhooks; beyond it nobody is reading and 5xx is honest.


@dataclass(frozen=True)
class Verdict:
    """What became of a delivery: accepted, duplicate (known already) or rejected, and why."""

    outcome: str
    reason: str = ""
    code: str = ""

    @property
    def is_stored(self) -> bool:
        """Whether the rail may be told that we have it."""
        return self.outcome != "rejected"


class Inbox:
    """Deliveries of the four rails, kept in `url` until somebody has looked."""

    def __init__(self, url: str, *, plaid_key_for: KeyFor | None = None) -> None:
        self._store = InboxStore(url)
        self._plaid_key_for = plaid_key_for

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Inbox:
        """The inbox at ROWCOL_INBOX_URL, by default data/inbox/inbox.db; Plaid's keys come from Plaid."""
        env = os.environ if env is None else env
        default = f"sqlite:///{Settings.from_env(env).data / 'inbox' / 'inbox.db'}"
        return cls(
            env.get("ROWCOL_INBOX_URL") or default,
            plaid_key_for=PlaidKeys(PlaidSettings.from_env(env)),
        )

    def receive(
        self,
        rail: str,
        path_key: str,
        headers: Mapping[str, str],
        raw_body: bytes,
        *,
        client_id: str,
        connection_id: str,
        secret: str | Sequence[str] | None,
        external_account_id: str | None = None,
        received_at: datetime | None = None,
    ) -> Verdict:
        """Prove one delivery on its raw bytes and store its events once.

        The path said whose subscription it is; with `external_account_id` the body must agree. Two secrets
        may be good while one is replaced. Raises InboxFull when nobody empties the inbox, ProofUnavailable when
        the rail that holds the key is away.
        """
        # The moment of arrival is the one instant that only this machine can tell.
        arrived = received_at or datetime.now(UTC)
        secrets = [secret] if isinstance(secret, str) else list(secret or ())
        lowered = {name.lower(): value for name, value in headers.items()}
        try:
            events = self._prove(rail, lowered, raw_body, secrets, arrived)
            _check_account(rail, events, external_account_id)
        except NotProven as refusal:
            self._store.refuse(rail, client_id, refusal.code, arrived)
            return Verdict("rejected", refusal.reason, refusal.code)
        if self._store.count_waiting() >= WAITING_MAX:
            raise InboxFull(f"{WAITING_MAX} webhooks wait already; deliver again later")
        new = self._store.add(rail, client_id, connection_id, events, raw_body, arrived)
        return Verdict("accepted") if new else Verdict("duplicate", "this delivery is known already", "duplicate")

    def pending(self, limit: int = 10_000) -> list[Waiting]:
        """Events that wait for somebody to look, oldest first."""
        return self._store.waiting(limit)

    def mark(self, event_keys: Sequence[str], state: str, note: str | None = None) -> int:
        """Say that events were looked into (`done`) or cannot be (`dead`, with a note); returns how many."""
        if state not in ("done", "dead"):
            raise ValueError(f"a webhook ends as done or dead, not {state!r}")
        return self._store.mark(event_keys, state, note)

    def refusals(self) -> list[tuple[str, str, str, int]]:
        """Refused deliveries so far: rail, client, code, times."""
        return self._store.refusals()

    def close(self) -> None:
        """Give the database connections back."""
        self._store.close()

    def __enter__(self) -> Inbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prove(
        self, rail: str, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], arrived: datetime
    ) -> list[Event]:
        if rail == "plaid":
            if self._plaid_key_for is None:
                raise NotProven("no_secret", "no way to ask Plaid for its keys is set up")
            return plaid.prove(headers, body, self._plaid_key_for, arrived)
        if rail not in ("ramp", "qbo", "stripe"):
            raise UnknownRail(f"{rail!r} sends no webhooks to us")
        if not any(secrets):
            raise NotProven("no_secret", "no webhook secret is kept for this subscription")
        if rail == "stripe":
            return stripe.prove(headers, body, secrets, arrived)
        return ramp.prove(headers, body, secrets) if rail == "ramp" else qbo.prove(headers, body, secrets)


def _check_account(rail: str, events: Sequence[Event], expected: str | None) -> None:
    """The account in the body must be the one that the path belongs to."""
    for event in events:
        if expected and event.account and event.account != expected:
            raise NotProven("other_account", f"the {rail} delivery names account {event.account}, not this client's")
