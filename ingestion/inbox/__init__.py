"""The webhook inbox: prove a delivery, store it once, then answer. A webhook is a hint to look, never a fact.

with Inbox.from_env() as inbox:
    verdict = inbox.receive("stripe", headers, raw_body, whose)
    for row in inbox.pending(): ...         # which rail and client to read again
    inbox.mark([row.event_key], "done")
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType

from ingestion.errors import UnknownRail
from ingestion.inbox.errors import InboxFull, NotProven, ProofUnavailable
from ingestion.inbox.events import Backlog, Delivery, Event, OwnedEvent, RefusalCount, RefusedAs, Subscriber, Waiting
from ingestion.inbox.group_commit import BATCH_MAX, WAITING_MAX, GroupCommit
from ingestion.inbox.plaid_keys import PlaidKeys
from ingestion.inbox.proofs import plaid, qbo, ramp, stripe
from ingestion.inbox.proofs.plaid import KeyFor
from ingestion.inbox.store import InboxStore
from ingestion.plaid.settings import PlaidSettings
from ingestion.qbo.settings import QboSettings
from ingestion.settings import Settings

__all__ = ["Inbox", "InboxFull", "ProofUnavailable", "RefusalCount", "RefusedAs", "Subscriber", "Verdict", "Waiting"]

UNKNOWN_ACCOUNT = "unknown_account"


@dataclass(frozen=True)
class Verdict:
    """What became of a delivery, and why: accepted, duplicate (known already), ignored (no client's) or rejected."""

    outcome: str
    reason: str = ""
    code: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the rail need not deliver it again."""
        return self.outcome != "rejected"


ACCEPTED = Verdict("accepted")
DUPLICATE = Verdict("duplicate", "this delivery is known already", "duplicate")
IGNORED = Verdict("ignored", "it is about no client's account", UNKNOWN_ACCOUNT)


class Inbox:
    """Deliveries of the four rails, kept in `url` until somebody has looked."""

    def __init__(
        self,
        url: str,
        *,
        plaid_key_for: KeyFor | None = None,
        app_secrets: Mapping[str, Sequence[str]] | None = None,
        batch_max: int = BATCH_MAX,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self._store = InboxStore(url)
        self._commits = GroupCommit(self._store, batch_max=batch_max, waiting_max=waiting_max)
        self._plaid_key_for, self._app_secrets = plaid_key_for, dict(app_secrets or {})

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Inbox:
        """The inbox at ROWCOL_INBOX_URL, by default data/inbox/inbox.db; Plaid's keys come from Plaid.

        ROWCOL_INBOX_BATCH: how many deliveries share a commit at most.
        """
        env = os.environ if env is None else env
        default = f"sqlite:///{Settings.from_env(env).data / 'inbox' / 'inbox.db'}"
        return cls(
            env.get("ROWCOL_INBOX_URL") or default,
            plaid_key_for=PlaidKeys(PlaidSettings.from_env(env)),
            app_secrets={"qbo": QboSettings.from_env(env).verifier_tokens},
            batch_max=int(env.get("ROWCOL_INBOX_BATCH") or BATCH_MAX),
        )

    def begin(
        self,
        rail: str,
        headers: Mapping[str, str],
        raw_body: bytes,
        whose: Subscriber,
        received_at: datetime | None = None,
    ) -> Verdict | Future[int]:
        """Prove one delivery on its raw bytes; a Verdict when it is refused, else how many events become new.

        The path said whose subscription it is; the account in the body must agree. The future is done once the
        delivery is on disk. Raises InboxFull when nobody empties the inbox, ProofUnavailable when the rail that
        holds the key is away.
        """
        arrived = received_at or datetime.now(UTC)
        try:
            events = self._prove(rail, headers, raw_body, whose.secrets, arrived)
            _check_account(rail, events, whose.external_account_id)
        except NotProven as refusal:
            return self._refused(rail, whose.client_id, refusal, arrived)
        owned = tuple(OwnedEvent.of(rail, whose, event) for event in events)
        return self._commits.put(Delivery(owned, raw_body, arrived))

    @property
    def app_rails(self) -> frozenset[str]:
        """Rails that deliver all clients to one address of the app."""
        return frozenset(self._app_secrets)

    def begin_for_app(
        self,
        rail: str,
        headers: Mapping[str, str],
        raw_body: bytes,
        subscriber_of: Callable[[str], Subscriber | None],
        received_at: datetime | None = None,
    ) -> Verdict | Future[int]:
        """As `begin`, for a rail that delivers all clients to one address of the app: the body says whose each is.

        What is about an account that is no client's (any more) is counted and left out; the rest is stored.
        """
        arrived = received_at or datetime.now(UTC)
        try:
            events = self._prove(rail, headers, raw_body, self._app_secrets.get(rail, ()), arrived)
        except NotProven as refusal:
            return self._refused(rail, "", refusal, arrived)
        owners = {account: subscriber_of(account) for account in {event.account or "" for event in events}}
        owned = []
        for event in events:
            if whose := owners[event.account or ""]:
                owned.append(OwnedEvent.of(rail, whose, event))
            else:
                self._commits.refuse(RefusedAs(rail, "", UNKNOWN_ACCOUNT), arrived)
        return self._commits.put(Delivery(tuple(owned), raw_body, arrived)) if owned else IGNORED

    def receive(
        self,
        rail: str,
        headers: Mapping[str, str],
        raw_body: bytes,
        whose: Subscriber,
        received_at: datetime | None = None,
    ) -> Verdict:
        """`begin`, and wait until the delivery is on disk."""
        return self.verdict(self.begin(rail, headers, raw_body, whose, received_at))

    @staticmethod
    def verdict(begun: Verdict | Future[int] | int) -> Verdict:
        """What a delivery that was begun became; waits for the disk."""
        if isinstance(begun, Verdict):
            return begun
        new = begun if isinstance(begun, int) else begun.result()
        return ACCEPTED if new else DUPLICATE

    def pending(self, limit: int = 10_000) -> list[Waiting]:
        """Events that wait for somebody to look, oldest first."""
        return self._store.waiting(limit)

    def challenges(self, since: datetime) -> list[Waiting]:
        """What Ramp asked since then to confirm new subscriptions; `object_id` is what to answer it."""
        return self._store.of_type("ramp", ramp.VERIFICATION, since, limit=20)

    def backlog(self) -> Backlog:
        """How many events wait for somebody to look, and since when."""
        return self._store.backlog()

    def mark(self, event_keys: Sequence[str], state: str, note: str | None = None) -> int:
        """Say that events were looked into (`done`) or cannot be (`dead`, with a note); returns how many."""
        if state not in ("done", "dead"):
            raise ValueError(f"a webhook ends as done or dead, not {state!r}")
        return self._store.mark(event_keys, state, note)

    def mark_seen(self, rail: str, client_ids: Collection[str], before: datetime, note: str | None = None) -> int:
        """Say that these clients of a rail were read again: what came about them earlier is done; returns how many."""
        return self._store.mark_seen(rail, client_ids, before, note)

    def refusals(self) -> list[tuple[RefusedAs, RefusalCount]]:
        """Refused deliveries since the inbox was made, the newest kind first."""
        self._commits.flush()
        return self._store.refusals()

    def drop_bodies(self, before: datetime) -> int:
        """Forget the bodies that came before an instant; keys stay, so an old delivery is still known."""
        return self._store.drop_bodies(before)

    def body_of(self, event_key: str) -> bytes | None:
        """The delivery that brought an event, as it came, while it is kept."""
        return self._store.body_of(event_key)

    def close(self) -> None:
        """Write what was begun and give the database connections back."""
        self._commits.close()
        self._store.close()

    def __enter__(self) -> Inbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _refused(self, rail: str, client_id: str, refusal: NotProven, at: datetime) -> Verdict:
        self._commits.refuse(RefusedAs(rail, client_id, refusal.code), at)
        return Verdict("rejected", refusal.reason, refusal.code)

    def _prove(
        self, rail: str, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], arrived: datetime
    ) -> list[Event]:
        headers = {name.lower(): value for name, value in headers.items()}
        if rail == "plaid":
            if self._plaid_key_for is None:
                raise NotProven("no_secret", "no way to ask Plaid for its keys is set up")
            return plaid.prove(headers, body, self._plaid_key_for, arrived)
        if rail not in ("ramp", "qbo", "stripe"):
            raise UnknownRail(f"{rail!r} sends no webhooks to us")
        good = [secret for secret in secrets if secret]
        if not good:
            raise NotProven("no_secret", "no webhook secret is kept for this subscription")
        if rail == "stripe":
            return stripe.prove(headers, body, good, arrived)
        return ramp.prove(headers, body, good) if rail == "ramp" else qbo.prove(headers, body, good)


def _check_account(rail: str, events: Sequence[Event], expected: str | None) -> None:
    """The account in the body must be the one that the path belongs to."""
    for event in events:
        if expected and event.account and event.account != expected:
            raise NotProven("other_account", f"the {rail} delivery names account {event.account}, not this client's")
