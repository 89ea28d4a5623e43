"""Who is who on each rail: the clients of the world with their credentials, found by what a call carries."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.faults import RAILS
from sandbox.rails.store import WorldStore


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """One client of the world with its profile."""

    client_key: str
    advisor_id: str
    position: int
    profile: dict[str, Any]

    def rail(self, rail: str) -> dict[str, Any]:
        """The client's credentials and ids on a rail; empty when it does not use the rail."""
        return self.profile.get(rail) or {}


class Directory:
    """Clients by key, realm, app id, access token and API key."""

    def __init__(self, store: WorldStore) -> None:
        self._store = store
        self.seed = store.meta("seed", "0")
        self.clients: dict[str, ClientRecord] = {}
        self.by_realm: dict[str, str] = {}
        self.by_ramp_app: dict[str, tuple[str, str, str]] = {}
        self.by_plaid_token: dict[str, str] = {}
        self.by_plaid_item: dict[str, str] = {}
        self.by_stripe_key: dict[str, str] = {}
        for key, advisor, position, profile in store.rows(
            "select client_key, advisor_id, position, profile from client order by position, client_key"
        ):
            self._add(ClientRecord(key, advisor, position, orjson.loads(profile)))

    def _add(self, client: ClientRecord) -> None:
        key = client.client_key
        self.clients[key] = client
        if qbo := client.rail("qbo"):
            self.by_realm[str(qbo["realm_id"])] = key
        if ramp := client.rail("ramp"):
            self.by_ramp_app[ramp["reader_client_id"]] = (key, "reader", ramp["reader_client_secret"])
            self.by_ramp_app[ramp["executor_client_id"]] = (key, "executor", ramp["executor_client_secret"])
        if plaid := client.rail("plaid"):
            self.by_plaid_token[plaid["access_token"]] = key
            self.by_plaid_item[plaid["item_id"]] = key
        if stripe := client.rail("stripe"):
            self.by_stripe_key[stripe["restricted_key"]] = key

    def app(self, rail: str) -> tuple[str, str]:
        """(client id, client secret) of our product's own app on QBO or Plaid."""
        known = self._store.meta("app_credentials")
        if known:
            found = orjson.loads(known).get(rail)
            if found:
                return found["client_id"], found.get("client_secret") or found["secret"]
        return f"sandbox-{rail}-client-{self._derived(rail, 'app', 12)}", self._derived(rail, "app-secret", 32)

    def path_key(self, rail: str, client_key: str) -> str:
        """The last part of the address to which a client's webhooks of a rail go."""
        given = self._webhook(rail, client_key).get("path_key")
        return str(given or hashlib.sha256(f"{rail}|{client_key}".encode()).hexdigest()[:24])

    def webhook_secret(self, rail: str, client_key: str) -> str:
        """The secret that signs a client's webhooks of a rail (Plaid signs with a key pair and ignores it)."""
        given = self._webhook(rail, client_key).get("secret")
        prefix = "whsec_" if rail == "stripe" else ""
        return str(given or prefix + self._derived(f"{rail}|{client_key}", "webhook", 40))

    def verifier_token(self) -> str:
        """What signs QuickBooks' webhooks where the app has one address for all its clients."""
        return self._derived("qbo", "verifier", 40)

    def _webhook(self, rail: str, client_key: str) -> dict[str, Any]:
        profile = self.clients[client_key].profile
        section = (profile.get("webhooks") or {}).get(rail) or profile.get("webhook_secrets", {}).get(rail) or {}
        return section if isinstance(section, dict) else {"secret": section}

    def _derived(self, what: str, use: str, length: int) -> str:
        return hmac.new(self.seed.encode(), f"{use}|{what}".encode(), hashlib.sha256).hexdigest()[:length]

    def onboarding(self) -> dict[str, Any]:
        """Everything a new installation needs to connect the world's firms: clients, credentials, demo people."""
        firms = [
            {"advisor_id": advisor_id, "advisor_name": name}
            for advisor_id, name in self._store.rows("select advisor_id, advisor_name from firm order by advisor_id")
        ]
        qbo_id, qbo_secret = self.app("qbo")
        plaid_id, plaid_secret = self.app("plaid")
        return {
            "firms": firms,
            "clients": [self._client(client) for client in self.clients.values()],
            "app": {
                "qbo": {"client_id": qbo_id, "client_secret": qbo_secret, "verifier_token": self.verifier_token()},
                "plaid": {"client_id": plaid_id, "secret": plaid_secret},
            },
            "people": DEMO_PEOPLE,
        }

    def _client(self, client: ClientRecord) -> dict[str, Any]:
        key = client.client_key
        profile = dict(client.profile)
        if qbo := profile.get("qbo"):
            # The world's first token may have been rotated since: hand out the one that works.
            live = self._store.secret("qbo", key, "refresh_token") or qbo["refresh_token"]
            profile["qbo"] = {**qbo, "refresh_token": live}
        webhooks = {
            rail: {"path_key": self.path_key(rail, key), "secret": self.webhook_secret(rail, key)}
            for rail in RAILS
            if client.rail(rail)
        }
        profile["webhooks"] = webhooks
        return {
            "client_key": key,
            "client_id": key,
            "advisor_id": client.advisor_id,
            "position": client.position,
            "client_name": profile.get("client_name", key),
            "profile": profile,
            "webhooks": webhooks,
        }


DEMO_PEOPLE = [
    {"person_id": "bea", "name": "Bea Moreno", "role": "bookkeeper", "email": "bea@example.com"},
    {"person_id": "carl", "name": "Carl Osei", "role": "controller", "email": "carl@example.com"},
    {"person_id": "ada", "name": "Ada Lindqvist", "role": "advisor", "email": "ada@example.com"},
    {"person_id": "farid", "name": "Farid Haddad", "role": "firm_admin", "email": "farid@example.com"},
    {"person_id": "ana", "name": "Ana Petrov", "role": "analyst", "email": "ana@example.com"},
    {"person_id": "aud", "name": "Aud Nilsen", "role": "auditor", "email": "aud@example.com"},
    {"person_id": "olu", "name": "Olu Grant", "role": "client_owner", "email": "olu@example.com"},
]
