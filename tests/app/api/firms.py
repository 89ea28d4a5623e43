"""Two firms behind a real control plane, snapshot and inbox, and deliveries signed the way the rails sign."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import jwt
import stripe
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.api.assembly import assemble
from execution.clock import FixedClock, SystemClock
from execution.service import ControlPlane, connect
from execution.settings import Settings
from ingestion.inbox import Inbox
from tests.app import firm
from tests.app.firm_clients import NAMES

NOW = firm.AS_OF + timedelta(hours=1)
HARBOR, OTHER = firm.ADVISOR, "other"
ROLES = ("bookkeeper", "controller", "advisor", "firm_admin", "analyst", "auditor", "client_owner")
RAILS = ("qbo", "ramp", "plaid", "stripe")
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
JWK = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key()))


def _client(client_id: str, advisor_id: str, position: int) -> dict[str, Any]:
    return {
        "client_key": client_id,
        "advisor_id": advisor_id,
        "position": position,
        "profile": {
            "client_name": NAMES[position][0],
            "time_zone": "America/New_York",
            "buffer_minor": 100_000,
            "qbo": {"realm_id": f"realm-{client_id}", "refresh_token": "refresh"},
            "ramp": {"business_id": f"biz-{client_id}", "entity_id": "e1", "bank_account_id": f"rb{position}"},
            "plaid": {"item_id": f"item-{client_id}", "access_token": "access"},
            "stripe": {"account_id": f"acct-{client_id}", "restricted_key": "rk"},
        },
        "webhooks": {rail: {"path_key": f"{rail}-{client_id}", "secret": f"secret-{rail}"} for rail in RAILS},
    }


def onboarding() -> dict[str, Any]:
    """c01 and c02 of the firm under test, c03 of another; one person per role and a stranger."""
    return {
        "firms": [{"advisor_id": HARBOR, "advisor_name": "Harbor"}, {"advisor_id": OTHER, "advisor_name": "Other"}],
        "clients": [_client("c01", HARBOR, 0), _client("c02", HARBOR, 1), _client("c03", OTHER, 2)],
        "people": [
            {"person_id": role, "name": role.title(), "role": role, "email": f"{role}@harbor.test"} for role in ROLES
        ]
        + [{"person_id": "stranger", "name": "Str", "role": "controller", "email": "s@o.test", "advisor_id": OTHER}],
    }


@dataclass
class World:
    """What a test reaches: the plane, the inbox, the API over them, and where the bytes are."""

    folder: Path
    plane: ControlPlane
    inbox: Inbox
    api: FastAPI
    http: TestClient

    @classmethod
    def open(cls, folder: Path) -> World:
        """A world of its own below an empty folder, or over a copy of one that was opened before."""
        is_new = not (folder / "published").exists()
        if is_new:
            firm.publish(folder, clients=2, docs=False)
        env = {"ROWCOL_DATA": str(folder), "ROWCOL_MODE": "demo"}
        plane = connect(Settings.from_env(env), clock=FixedClock(NOW), machine_clock=SystemClock())
        if is_new:
            plane.bootstrap_demo(onboarding())
        inbox = Inbox(f"sqlite:///{folder}/inbox/inbox.db", plaid_key_for={"k1": JWK}.get)
        api = assemble(plane, inbox)
        return cls(folder, plane, inbox, api, TestClient(api, raise_server_exceptions=False))

    def close(self) -> None:
        """Gives the stores back."""
        self.http.close()
        self.inbox.close()
        self.plane.store.dispose()

    def person(self, role: str) -> Any:
        """Somebody in a role, signed in."""
        return self.plane.people.sign_in_demo(role).principal

    def bearer(self, role: str, *, key: str | None = None) -> dict[str, str]:
        """Headers of a call by somebody in a role."""
        token = self.plane.people.sign_in_demo(role).token
        return {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})

    def approve(self, role: str, bills: Any, *, key: str = "key-00000001", client: str = "c01", **more: Any) -> Any:
        """POST approve-bills."""
        body = {"source_bill_ids": bills, "note": "due", **more}
        path = f"/advisor/{HARBOR}/clients/{client}/approve-bills"
        return self.http.post(path, json=body, headers=self.bearer(role, key=key))

    def deliver(self, rail: str, body: bytes, headers: dict[str, str], *, client: str = "c01") -> Any:
        """POST a webhook."""
        return self.http.post(f"/webhooks/{rail}/{rail}-{client}", content=body, headers=headers)

    def events(self, chain: str = HARBOR) -> list[Any]:
        """The chain's events, newest first, as its controller reads them."""
        return self.plane.audit.events(self.person("controller" if chain == HARBOR else "stranger"))

    def system_events(self) -> list[dict[str, Any]]:
        """The system chain's events, oldest first."""
        import sqlalchemy as sa

        from execution.store.tables import audit

        with self.plane.store.read() as connection:
            query = sa.select(audit.c.body).where(audit.c.chain_id == "system").order_by(audit.c.seq)
            return [json.loads(bytes(body)) for body in connection.execute(query).scalars()]

    def money(self) -> Any:
        """Everything that says where money stands: payouts and holds, row by row."""
        import sqlalchemy as sa

        with self.plane.store.read() as connection:
            tables = ("payout", "hold", "hold_end", "approval", "rail_call", "custody_link")
            return {name: connection.execute(sa.text(f"select * from {name}")).all() for name in tables}

    def edit_snapshot(self, statement: str) -> None:
        """Publishes the figures anew with a change."""
        target = self.folder / "published" / HARBOR
        count = len(list(target.glob("s*")))
        fresh = firm.publish(self.folder, f"s{count}", clients=2, docs=False)
        with duckdb.connect(str(fresh / "snapshot.duckdb")) as connection:
            connection.execute(statement)


BODIES: dict[str, Any] = {
    "ramp": {"id": "evt-1", "type": "bills.paid", "business_id": "biz-c01", "object": {"id": "bill-1"}},
    "qbo": [{"id": "ce-1", "type": "qbo.bill.updated.v1", "intuitentityid": "152", "intuitaccountid": "realm-c01"}],
    "plaid": {"webhook_type": "TRANSACTIONS", "webhook_code": "SYNC_UPDATES_AVAILABLE", "item_id": "item-c01"},
    "stripe": {"id": "evt_1", "type": "invoice.paid", "account": "acct-c01", "data": {"object": {"id": "in_9"}}},
}


def body_of(rail: str) -> bytes:
    """A delivery about client c01."""
    return json.dumps(BODIES[rail]).encode()


def signed(rail: str, body: bytes, *, age: int = 0, wrong: bool = False) -> dict[str, str]:
    """Headers as the rail sends them, `age` seconds ago."""
    secret, at = "somebody else's" if wrong else f"secret-{rail}", int(datetime.now(UTC).timestamp()) - age
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    if rail == "ramp":
        return {"X-Ramp-Signature": digest.hex()}
    if rail == "qbo":
        return {"intuit-signature": base64.b64encode(digest).decode()}
    if rail == "stripe":
        text = body.decode("latin-1")
        return {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(text, secret, timestamp=at)}
    claims = {"iat": at, "request_body_sha256": hashlib.sha256(body).hexdigest()}
    key = OTHER_KEY if wrong else KEY
    return {"Plaid-Verification": jwt.encode(claims, key, algorithm="ES256", headers={"kid": "k1"})}
