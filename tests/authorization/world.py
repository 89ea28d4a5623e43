"""Two firms with records on both sides of every wall, and people in every role on one side of it.

    harbor   c01 (served by everybody)   c02 (by firm admins alone)   c03 (served once, then removed)
    other    c04, with people and records of its own

A call that writes is undone by putting the store's file back, so that every question meets the same world.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import sqlalchemy as sa

from execution.clock import FixedClock
from execution.people import Principal
from execution.people.api_tokens import token_id
from execution.people.permissions import HUMAN_ROLES
from execution.people.sessions import short_id
from execution.service import ControlPlane, connect
from execution.settings import Settings
from execution.store.tables import audit, client, membership, payout
from tests.app import firm

NOW = firm.AS_OF + timedelta(hours=1)
HARBOR, OTHER = firm.ADVISOR, "other"
OWN, COLLEAGUES, REMOVED, FOREIGN, ABSENT = "c01", "c02", "c03", "c04", "c99"
# A person per role; whoever is not a firm admin serves c01 and (until it was removed) c03.
SERVED = (OWN, REMOVED)


@dataclass(frozen=True, slots=True)
class Records:
    """One of everything that a call can name, on one side of a wall."""

    advisor_id: str
    client_id: str
    source_bill_id: str
    payout_id: str
    payload_sha256: str
    vendor_id_ramp: str
    decision_id: str
    ruling_id: str
    person_id: str
    request_id: str
    token_id: str
    recurring_id: str
    batch_id: str
    vendor_id_qbo: str
    draft_id: str
    permit_id: str
    scenario_id: str
    session_id: str
    tier_request_id: str


def _client(client_id: str, advisor_id: str, position: int) -> dict[str, Any]:
    ids = {"entity_id": "e1", "bank_account_id": f"rb{position}", "business_id": f"biz-{client_id}"}
    profile = {"client_name": f"Client {client_id}", "time_zone": "America/New_York", "buffer_minor": 100_000}
    hook = {"ramp": {"path_key": f"ramp-{client_id}", "secret": "hook"}}
    return {"client_key": client_id, "advisor_id": advisor_id, "profile": profile | {"ramp": ids}, "webhooks": hook}


def _onboarding() -> dict[str, Any]:
    people = [
        {"person_id": role, "name": role.title(), "role": role, "client_ids": None if role == "firm_admin" else SERVED}
        for role in HUMAN_ROLES
    ]
    for name, role in (("second_admin", "firm_admin"), ("setter", "bookkeeper")):
        people.append({"person_id": name, "name": name.title(), "role": role, "client_ids": None})
    for role in ("bookkeeper", "controller", "firm_admin"):
        people.append({"person_id": f"other_{role}", "name": role, "role": role, "advisor_id": OTHER})
    return {
        "firms": [{"advisor_id": HARBOR, "advisor_name": "Harbor"}, {"advisor_id": OTHER, "advisor_name": "Other"}],
        "clients": [_client(f"c0{n + 1}", OTHER if n == 3 else HARBOR, n) for n in range(4)],
        "people": [one | {"email": f"{one['person_id']}@{one.get('advisor_id', HARBOR)}.test"} for one in people],
    }


class Walls:
    """The world, its people by role, and the records of each client."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for advisor_id in (HARBOR, OTHER):
            firm.publish(folder, "s20261123T0600", clients=4, docs=False, advisor_id=advisor_id, shift=-5)
            firm.publish(folder, clients=4, docs=False, advisor_id=advisor_id)
        settings = Settings.from_env({"ROWCOL_DATA": str(folder), "ROWCOL_MODE": "demo"})
        self.plane: ControlPlane = connect(settings, clock=FixedClock(NOW), machine_clock=FixedClock(NOW))
        self.plane.bootstrap_demo(_onboarding())
        self.records = {one: self._records(one) for one in (OWN, COLLEAGUES, REMOVED, FOREIGN)}
        self.records[ABSENT] = Records(
            HARBOR, ABSENT, "qbo:999", token_hex(16), token_hex(32), "rv99", token_hex(16), token_hex(16), token_hex(8),
            token_hex(8), token_hex(6), token_hex(16), token_hex(16), "q99",
            token_hex(8), token_hex(8), token_hex(16), token_hex(6), token_hex(8),
        )  # fmt: skip
        with self.plane.store.begin() as cx:
            cx.execute(sa.update(client).where(client.c.client_id == REMOVED).values(removed_at=NOW))
        self.people = {role: self._signed_in(role) for role in HUMAN_ROLES}
        self._tokens = {name: self.plane.people.sign_in_demo(name).token for name in HUMAN_ROLES}
        self._tokens["agent"] = self.plane.people.issue_api_token(self.people["controller"], "intake", is_agent=True)
        self.people["agent"] = self.plane.people.principal_for_api_token(self._tokens["agent"])
        self._file = Path(str(self.plane.store.engine.url.database))
        self._kept = sqlite3.connect(":memory:", check_same_thread=False)
        self.keep()

    def token(self, role: str) -> str:
        """A session's token of the person in a role."""
        return self._tokens[role]

    def expire(self, role: str) -> Principal:
        """The person's assignment ended a moment ago, behind a principal that does not know it yet."""
        person_id = self.people[role].person_id
        with self.plane.store.begin() as cx:
            cx.execute(sa.update(membership).where(membership.c.person_id == person_id).values(to_at=NOW))
        return self.people[role]

    def keep(self) -> None:
        """Makes the world as it is now the one that `restore` puts back."""
        with sqlite3.connect(self._file) as now:
            now.backup(self._kept)
        self._signed_kept = {one: one.read_bytes() for one in self._signed()}

    def restore(self) -> None:
        """Puts everything back as it was, what was signed last too: the signer refuses a log that became shorter."""
        with sqlite3.connect(self._file) as now:
            self._kept.backup(now)
        for one in self._signed():
            one.unlink()
        for one, content in self._signed_kept.items():
            one.write_bytes(content)

    def _signed(self) -> list[Path]:
        """What the signer holds of each chain."""
        return list(self.plane.settings.signer_folder.glob("last-*.note"))

    def events(self, chain_id: str, after: int = 0) -> list[dict[str, Any]]:
        """What the chain holds beyond a position."""
        query = sa.select(audit.c.body).where(audit.c.chain_id == chain_id, audit.c.seq > after).order_by(audit.c.seq)
        with self.plane.store.read() as cx:
            return [json.loads(bytes(body)) for body in cx.execute(query).scalars()]

    def lengths(self) -> dict[str, int]:
        """How long each chain is."""
        query = sa.select(audit.c.chain_id, sa.func.max(audit.c.seq)).group_by(audit.c.chain_id)
        with self.plane.store.read() as cx:
            return {str(chain): int(seq) for chain, seq in cx.execute(query)}

    def close(self) -> None:
        """Gives the store back."""
        self._kept.close()
        self.plane.store.dispose()

    def _signed_in(self, person_id: str) -> Principal:
        return self.plane.people.sign_in_demo(person_id).principal

    def _records(self, client_id: str) -> Records:
        prefix = "other_" if client_id == FOREIGN else ""
        acts = {
            role: replace(self._signed_in(f"{prefix}{role}"), client_ids=None)
            for role in ("bookkeeper", "controller", "firm_admin")
        }
        admin = acts["firm_admin"]
        bill = f"qbo:{int(client_id[1:]) - 1}02"
        proposer = self._signed_in("other_bookkeeper" if prefix else "setter")
        paid = self.plane.payouts.propose(proposer, client_id, bill)
        made = self.plane.hygiene.decide(admin, client_id, f"h-{client_id}", "dismiss", "seen")
        ruled = self.plane.rulings.rule(
            admin, "match", "join", f"plaid|posting|{client_id}-1", f"qbo|bill|{client_id}-1", client_id=client_id
        )
        token = self.plane.people.issue_api_token(admin, client_id)
        # Somebody else than the people who are asked about, so that each of them could be the second person.
        asks_first = admin if prefix else self._signed_in("second_admin")
        waits = self._waiting_admin(asks_first, admin)
        target = self.plane.people.add_person(admin, "Nora", f"nora@{client_id}.test", "analyst")
        vendor_qbo = self._seen(paid.payout_id, "vendor_id_qbo")
        template = self.plane.payouts.add_recurring(
            proposer, client_id, name="rent", vendor_id_qbo=vendor_qbo, every="month",
            day=5, roll="before", cap_minor=1_000_000,
        )  # fmt: skip
        batch = self.plane.payouts.propose_all(proposer, client_id, [bill], idempotency_key="key-00000000")
        draft = self.plane.policies.draft(asks_first, client_id, {"buffer_minor": 7}, reason="asked by a test")
        permit = self.plane.permits.request(asks_first, paid.payout_id, "readiness", reason="asked by a test, whole")
        moves = [{"kind": "payroll", "percent": 10}]
        scenario = self.plane.outlook.save_scenario(proposer, client_id, f"asked {client_id}", moves)
        vendor = self._seen(paid.payout_id, "vendor_id_ramp")
        return Records(
            admin.advisor_id, client_id, bill, paid.payout_id, paid.payload_sha256, vendor, made.decision_id,
            ruled.ruling_id, target.person_id, waits, token_id(token), template.recurring_id, batch.batch_id,
            vendor_qbo, draft.draft_id, permit.permit_id, scenario.scenario_id, short_id(admin.session_id),
            self._waiting_tier(asks_first),
        )  # fmt: skip

    def _waiting_admin(self, asked_by: Principal, admin: Principal) -> str:
        open_ones = self.plane.people.list_requests(admin)
        if open_ones:
            return open_ones[0].request_id
        made = self.plane.people.add_person(asked_by, "Olga", f"olga@{admin.advisor_id}.test", "firm_admin")
        assert made.request_id is not None
        return made.request_id

    def _waiting_tier(self, asked_by: Principal) -> str:
        waits = self.plane.tiers.in_force(asked_by).waiting
        found = waits or self.plane.tiers.ask(asked_by, "basic", "asked by a test").waiting
        assert found is not None
        return found.request_id

    def _seen(self, payout_id: str, column: str) -> str:
        with self.plane.store.read() as cx:
            return str(cx.execute(sa.select(payout.c[column]).where(payout.c.payout_id == payout_id)).scalar_one())


@contextmanager
def walls(folder: Path) -> Iterator[Walls]:
    """A world of the caller's own."""
    made = Walls(folder)
    try:
        yield made
    finally:
        made.close()
