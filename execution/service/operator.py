"""The machine's operator: whoever may read the key and the store at a shell takes firms and clients on.

No sign-in stands behind it, so every act is written under the operator's own role, with the account's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit import Actor, append
from execution.clock import Clock
from execution.domain.money import NotMoney, minor_from_decimal
from execution.errors import Conflict, Invalid, NotFound, RowcolError
from execution.people.persons import checked_email, checked_name, find_or_make
from execution.service import refusals
from execution.service.clients import add_client, check_client
from execution.service.connections import Connections
from execution.service.credentials import Credentials
from execution.service.declared import Inside, open_to
from execution.service.people import add_member
from execution.store import Store
from execution.store.tables import advisor, client
from execution.vault import Where

BUFFER_MAX_MINOR = 100_000_000_000  # A billion in major units: above it somebody mistyped.


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client to take on, as it was typed. `buffer`: decimal text in the client's currency."""

    advisor_id: str
    client_id: str
    client_name: str
    time_zone: str
    industry: str = ""
    currency_code: str = "USD"
    buffer: str = "0"
    payout_mode: str = "draft"
    advisor_mode: str = "managed"
    credentials: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class TakenOn:
    """What was set up: the connected rails, and the path of each rail's webhooks."""

    client_id: str
    rails: tuple[str, ...]
    webhook_paths: tuple[str, ...]


class Operator:
    """Acts of the operator. `account` is the name of the machine's account."""

    def __init__(self, store: Store, clock: Clock, vault: Connections) -> None:
        self._store, self._clock, self._vault = store, clock, vault

    @open_to(Inside.OPERATOR)
    def add_firm(self, account: str, advisor_id: str, advisor_name: str, admin_name: str, admin_email: str) -> None:
        """A new firm and its first admin, who signs in by that e-mail. Raises Invalid or Conflict."""
        check_client(advisor_id, advisor_name, "UTC", "USD", "managed", "draft")
        email = checked_email(admin_email, "admin e-mail")
        name = checked_name(admin_name.strip() or email, "admin name")
        at = self._clock.now()
        with self._store.begin() as writing:
            if writing.execute(sa.select(advisor).where(advisor.c.advisor_id == advisor_id)).first():
                raise Conflict(
                    f"there is a firm {advisor_id!r} already; leave the firm's name out to add a client to it"
                )
            writing.execute(
                sa.insert(advisor).values(advisor_id=advisor_id, advisor_name=advisor_name.strip(), created_at=at)
            )
            person_id = find_or_make(writing, name, email, at)
            add_member(
                writing, advisor_id=advisor_id, person_id=person_id, role="firm_admin", client_ids=None, from_at=at
            )
            append(
                writing, advisor_id=advisor_id, at=at, actor=Actor.operator(account), action="firm.added",
                subject_kind="advisor", subject_id=advisor_id, inputs={"admin": person_id, "admin_email": email},
            )  # fmt: skip

    @open_to(Inside.OPERATOR)
    def add_client(self, account: str, new: NewClient) -> TakenOn:
        """Takes a client on with its connections. Raises Invalid, NotFound or Conflict; each leaves an audit row."""
        try:
            return self._add(account, new)
        except RowcolError as error:
            refusals.record(
                self._store, self._clock, None, "client.add_refused", new.client_id, str(error),
                {"firm": new.advisor_id, "account": account},
                advisor_id=refusals.known_firm(self._store, new.advisor_id),
            )  # fmt: skip
            raise

    def _add(self, account: str, new: NewClient) -> TakenOn:
        check_client(
            new.client_id, new.client_name, new.time_zone, new.currency_code, new.advisor_mode, new.payout_mode
        )
        given = Credentials.checked(new.credentials)
        rules = {"buffer_minor": _buffer(new.buffer)}
        at, actor = self._clock.now(), Actor.operator(account)
        with self._store.begin() as writing:
            firms: list[str] = sorted(writing.execute(sa.select(advisor.c.advisor_id)).scalars())
            if new.advisor_id not in firms:
                known = f"known are {', '.join(firms)}" if firms else "there is none yet"
                raise NotFound(f"there is no firm {new.advisor_id[:80]!r}, {known}; give its name to make it new")
            mine = sa.and_(client.c.advisor_id == new.advisor_id, client.c.client_id == new.client_id)
            if writing.execute(sa.select(client.c.client_id).where(mine)).first():
                raise Conflict(f"firm {new.advisor_id} has a client {new.client_id!r} already; choose another id")
            add_client(
                writing, actor, new.advisor_id, rules, at,
                client_id=new.client_id, client_name=new.client_name.strip(), industry=new.industry.strip(),
                time_zone=new.time_zone, currency_code=new.currency_code, advisor_mode=new.advisor_mode,
                payout_mode=new.payout_mode, **given.accounts(),
            )  # fmt: skip
            paths = [path for rail in given.rails for path in self._connect(writing, actor, new, given, rail, at)]
        return TakenOn(new.client_id, given.rails, tuple(paths))

    def _connect(
        self, writing: Connection, actor: Actor, new: NewClient, given: Credentials, rail: str, at: datetime
    ) -> list[str]:
        owner, paths = given.owner(rail), []
        if taken := self._vault.owner_of(writing, rail, owner):
            raise Conflict(f"{rail} account {owner} is client {taken}'s already; check the credentials")
        for kind, secrets in given.secrets(rail).items():
            path_key = token_hex(16) if kind == "webhook" else None
            paths += [f"/webhooks/{rail}/{path_key}"] if path_key else []
            self._vault.keep(
                writing, Where(new.advisor_id, new.client_id, rail, kind), secrets,
                connection_id=f"{new.client_id}-{rail}", external_account_id=owner, at=at, path_key=path_key,
            )  # fmt: skip
        append(
            writing, advisor_id=new.advisor_id, client_id=new.client_id, at=at, actor=actor, action="connection.added",
            subject_kind="connection", subject_id=f"{new.client_id}-{rail}",
            inputs={"rail": rail, "account": owner, "kinds": sorted(given.secrets(rail))},
        )  # fmt: skip
        return paths


def _buffer(text: str) -> int:
    try:
        minor = minor_from_decimal(text.replace(",", "").strip())
    except NotMoney as error:
        raise Invalid(f"buffer: {error}; write for instance 25000.00") from error
    if not 0 <= minor <= BUFFER_MAX_MINOR:
        raise Invalid(f"buffer: {text} is not between 0 and {BUFFER_MAX_MINOR // 100:,}; it is in whole currency units")
    return minor
