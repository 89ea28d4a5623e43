"""Taking on a sandbox's firms: people, clients, policies, connections. Run again, it changes nothing but tokens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit import SYSTEM, append
from execution.clock import Clock
from execution.errors import Forbidden, Invalid
from execution.people.memberships import was_member
from execution.service.connections import Connections
from execution.service.people import add_member
from execution.settings import Settings
from execution.store import Store, insert_if_absent
from execution.store.tables import advisor, client, person
from execution.store.tables import connection as connections
from execution.store.tables import policy as policies
from execution.tenancy.policies import write_policy
from execution.vault import Where

# (name of the account on the rail, our name for each secret → the profile's name for it)
READERS: dict[str, tuple[str, dict[str, str]]] = {
    "qbo": ("realm_id", {"refresh_token": "refresh_token"}),
    "ramp": ("business_id", {"client_id": "reader_client_id", "client_secret": "reader_client_secret"}),
    "plaid": ("item_id", {"access_token": "access_token"}),
    "stripe": ("account_id", {"api_key": "restricted_key"}),
}
EXECUTORS = {"ramp": ("business_id", {"client_id": "executor_client_id", "client_secret": "executor_client_secret"})}


class Bootstrap:
    """Fills an empty control store from a sandbox's onboarding answer."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, vault: Connections) -> None:
        self._store, self._clock, self._settings, self._vault = store, clock, settings, vault

    def run(self, onboarding: Mapping[str, Any]) -> None:
        """Takes everything on in one transaction. Forbidden outside demo mode; Invalid when no firm is named."""
        if not self._settings.is_demo:
            raise Forbidden("demo firms are taken on in demo mode only; set ROWCOL_MODE=demo")
        firms, clients = onboarding.get("firms") or [], onboarding.get("clients") or []
        if not firms:
            raise Invalid("the onboarding answer names no firm; is the sandbox up?")
        at = self._clock.now()
        with self._store.begin() as writing:
            for firm in firms:
                insert_if_absent(
                    writing,
                    advisor,
                    advisor_id=firm["advisor_id"],
                    advisor_name=firm.get("advisor_name") or firm["advisor_id"],
                    created_at=at,
                )
            added: dict[str, list[str]] = {}
            for one in clients:
                if self._client(writing, one, at):
                    added.setdefault(one["advisor_id"], []).append(_client_id(one))
            for human in onboarding.get("people") or []:
                self._person(writing, human, firms, clients, at)
            for advisor_id, names in sorted(added.items()):
                append(
                    writing,
                    advisor_id=advisor_id,
                    at=at,
                    actor=SYSTEM,
                    action="firm.bootstrapped",
                    subject_kind="advisor",
                    subject_id=advisor_id,
                    inputs={"clients": sorted(names), "mode": self._settings.mode},
                )

    def _client(self, writing: Connection, one: Mapping[str, Any], at: datetime) -> bool:
        """Adds the client or brings its connections up to date; whether it is new."""
        profile: Mapping[str, Any] = one.get("profile") or one
        advisor_id, client_id = str(one["advisor_id"]), _client_id(one)
        ramp, plaid = profile.get("ramp") or {}, profile.get("plaid") or {}
        is_new = insert_if_absent(
            writing,
            client,
            advisor_id=advisor_id,
            client_id=client_id,
            client_name=profile.get("client_name") or client_id,
            industry=profile.get("industry") or "",
            time_zone=profile.get("time_zone") or "America/New_York",
            currency_code=profile.get("currency_code") or "USD",
            advisor_mode=str(profile.get("advisor_mode") or "managed").lower(),
            payout_mode=profile.get("payout_mode") or "draft",
            ramp_entity_id=ramp.get("entity_id") or "",
            ramp_bank_account_id=ramp.get("bank_account_id") or "",
            account_id_plaid=plaid.get("operating_account_id") or "",
            created_at=at,
        )
        has_policy = writing.execute(
            sa.select(policies.c.version)
            .where(policies.c.advisor_id == advisor_id, policies.c.client_id == client_id)
            .limit(1)
        ).one_or_none()
        if has_policy is None:
            rules = {"buffer_minor": int(profile.get("buffer_minor") or 0)}
            write_policy(writing, advisor_id, client_id, rules, by="bootstrap", at=at)
        self._connect(writing, one, profile, advisor_id, client_id, at)
        return is_new

    def _connect(
        self,
        writing: Connection,
        one: Mapping[str, Any],
        profile: Mapping[str, Any],
        advisor_id: str,
        client_id: str,
        at: datetime,
    ) -> None:
        for kind, rails in (("reader", READERS), ("executor", EXECUTORS)):
            for rail, (account, names) in rails.items():
                section = profile.get(rail) or {}
                secrets = {ours: section[theirs] for ours, theirs in names.items() if section.get(theirs)}
                if len(secrets) == len(names):
                    self._keep(
                        writing, Where(advisor_id, client_id, rail, kind), secrets, section.get(account), None, at
                    )
        webhooks = one.get("webhooks") or profile.get("webhooks") or {}
        for rail, hook in webhooks.items():
            if isinstance(hook, Mapping) and hook.get("path_key"):
                where = Where(advisor_id, client_id, rail, "webhook")
                owner = (profile.get(rail) or {}).get(READERS[rail][0]) if rail in READERS else None
                self._keep(writing, where, {"secret": hook.get("secret") or ""}, owner, hook["path_key"], at)

    def _keep(
        self,
        writing: Connection,
        where: Where,
        secrets: Mapping[str, str],
        account: str | None,
        path_key: str | None,
        at: datetime,
    ) -> None:
        held = writing.execute(
            sa.select(connections).where(
                connections.c.advisor_id == where.advisor_id,
                connections.c.client_id == where.client_id,
                connections.c.rail == where.rail,
                connections.c.kind == where.kind,
            )
        ).one_or_none()
        # A token that rotated since is newer than the onboarding answer only if the sandbox did not hand it out anew.
        if held is not None and self._vault.opens_to(held, secrets):
            return
        self._vault.keep(
            writing,
            where,
            secrets,
            connection_id=f"{where.client_id}-{where.rail}",
            external_account_id=account or where.client_id,
            at=at,
            path_key=path_key,
        )

    def _person(
        self,
        writing: Connection,
        human: Mapping[str, Any],
        firms: list[Mapping[str, Any]],
        clients: list[Mapping[str, Any]],
        at: datetime,
    ) -> None:
        insert_if_absent(
            writing,
            person,
            person_id=human["person_id"],
            name=human.get("name") or human["person_id"],
            email=human.get("email") or human.get("e_mail"),
            is_demo=True,
            created_at=at,
        )
        advisor_id = human.get("advisor_id") or firms[0]["advisor_id"]
        if was_member(writing, advisor_id, human["person_id"]):
            return  # What became of their membership since is the firm's word, not the sandbox's.
        assigned = human.get("client_ids")
        if assigned is None and human.get("role") == "client_owner":
            own = sorted(
                (one.get("position", 0), _client_id(one)) for one in clients if one["advisor_id"] == advisor_id
            )
            assigned = [own[0][1]] if own else []
        add_member(
            writing,
            advisor_id=advisor_id,
            person_id=human["person_id"],
            role=human["role"],
            client_ids=list(assigned) if assigned is not None else None,
            from_at=at,
        )


def _client_id(one: Mapping[str, Any]) -> str:
    return str(one.get("client_id") or one["client_key"])
