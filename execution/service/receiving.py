"""The receiver's face: whose webhook an address is, which secrets sign it, and a row for what was refused.

It reaches nothing else: no payout, no person, no token of a rail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from execution.audit import Actor, append
from execution.clock import Clock, SystemClock, clock_for
from execution.errors import Invalid, NotFound
from execution.service import refusals
from execution.service.connections import ConnectionRow, Connections
from execution.service.declared import Inside, open_to
from execution.settings import Settings
from execution.store import Store
from execution.store.migrate import ready
from execution.vault import Where
from execution.vault.sources import key_ring

# A rail goes on signing with the old secret for up to a day after the new one was made.
OLD_SECRET_GOOD_FOR = timedelta(days=3)
SECRET_MIN = 8


@dataclass(frozen=True, slots=True)
class Subscription:
    """Whose deliveries an address takes. `path_key` is None for what a rail delivers to the app's one address."""

    rail: str
    path_key: str | None
    advisor_id: str
    client_id: str
    connection_id: str
    external_account_id: str
    secrets: tuple[str, ...] = field(default=(), repr=False)


class Receiving:
    """What the receiver may ask of the control plane."""

    def __init__(self, store: Store, clock: Clock, machine_clock: Clock, vault: Connections) -> None:
        self._store, self._clock, self._machine, self._vault = store, clock, machine_clock, vault

    @open_to(Inside.PROCESS)
    def subscriptions(self) -> list[Subscription]:
        """Every live address: one for each connection with a webhook secret, and each QBO account by its realm."""
        now = self._machine.now()
        by_path = [_subscription(row, path_key, now) for path_key, row in self._vault.webhooks()]
        return by_path + [_subscription(row, None, now) for row in self._vault.accounts("qbo")]

    @open_to(Inside.PROCESS)
    def refused(
        self,
        code: str,
        subject: str,
        reason: str,
        told: Mapping[str, Any],
        advisor_id: str | None = None,
        client_id: str | None = None,
    ) -> None:
        """Leaves one row in the firm's chain, or in the system's where no firm is known."""
        refusals.record(
            self._store, self._clock, None, f"webhook.{code}", subject, reason, told,
            advisor_id=advisor_id, client_id=client_id,
        )  # fmt: skip

    @open_to(Inside.OPERATOR)
    def replace_secret(self, account: str, advisor_id: str, client_id: str, rail: str, secret: str) -> None:
        """A new webhook secret; the one before stays good for three days. The address stays. Raises Invalid, NotFound.

        `account`: the machine's account, under whose name the act is written.
        """
        if len(secret.strip()) < SECRET_MIN or not secret.strip().isprintable():
            raise Invalid(f"a webhook secret is one line of at least {SECRET_MIN} letters; copy it from the rail")
        found = [
            (path_key, row)
            for path_key, row in self._vault.webhooks()
            if (row.advisor_id, row.client_id, row.rail) == (advisor_id, client_id, rail)
        ]
        if not found:
            raise NotFound(f"client {client_id} of {advisor_id} has no {rail} webhook; connect the rail with one first")
        [(path_key, row)] = found
        kept = {
            "secret": secret.strip(),
            "previous_secret": row.secrets.get("secret", ""),
            "replaced_at": self._machine.now().isoformat(),
        }
        with self._store.begin() as writing:
            self._vault.keep(
                writing, Where(advisor_id, client_id, rail, "webhook"), kept, connection_id=row.connection_id,
                external_account_id=row.external_account_id, at=self._clock.now(), path_key=path_key,
            )  # fmt: skip
            append(
                writing, advisor_id=advisor_id, client_id=client_id, at=self._clock.now(),
                actor=Actor.operator(account), action="webhook.secret_replaced", subject_kind="connection",
                subject_id=row.connection_id, inputs={"rail": rail},
            )  # fmt: skip


def _subscription(row: ConnectionRow, path_key: str | None, now: datetime) -> Subscription:
    return Subscription(
        row.rail, path_key, row.advisor_id, row.client_id, row.connection_id, row.external_account_id,
        tuple(_good(row.secrets, now)),
    )  # fmt: skip


def _good(secrets: Mapping[str, str], now: datetime) -> Iterator[str]:
    if secrets.get("secret"):
        yield secrets["secret"]
    replaced_at, previous = secrets.get("replaced_at"), secrets.get("previous_secret")
    if previous and replaced_at and now - datetime.fromisoformat(replaced_at) < OLD_SECRET_GOOD_FOR:
        yield previous


def receiving(settings: Settings | None = None) -> Receiving:
    """Opens the control store for the receiver alone. Raises as `connect` does."""
    settings = settings or Settings.from_env()
    ready(settings.control_url)
    store, machine = Store(settings.control_url), SystemClock()
    vault = Connections(store, key_ring(settings), machine)
    return Receiving(store, clock_for(settings.clock_url), machine, vault)
