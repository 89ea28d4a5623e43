"""An in-memory control plane with the service's face, for pages without a control store. Not a rule engine."""

from __future__ import annotations

import hashlib
import sys
import types
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from execution.errors import Forbidden, Invalid, Unauthenticated
from tests.app import firm_custody
from tests.app.firm import ADVISOR, AS_OF, TODAY
from tests.app.small_lists import Lists
from tests.app.small_outlook import Outlook
from tests.app.small_real import Clients, Real, Tiers


@dataclass(frozen=True)
class Principal:
    person_id: str
    name: str
    role: str
    advisor_id: str = ADVISOR
    client_ids: frozenset[str] | None = None
    session_id: str = "s1"
    via: str = "session"
    tier: str = "smart"


PEOPLE = {
    "bea": Principal("bea", "Bea Moreno", "bookkeeper"),
    "carl": Principal("carl", "Carl Osei", "controller"),
    "ada": Principal("ada", "Ada Lindqvist", "advisor"),
    "farid": Principal("farid", "Farid Haddad", "firm_admin"),
    "ana": Principal("ana", "Ana Petrov", "analyst"),
    "aud": Principal("aud", "Aud Nilsen", "auditor"),
    "olu": Principal("olu", "Olu Grant", "client_owner", client_ids=frozenset({"c01"})),
}


@dataclass(frozen=True)
class Payout:
    client_id: str
    payout_id: str
    source_bill_id: str
    preparer_id: str
    preparer_name: str
    amount_minor: int = 118_42
    state: str = "proposed"
    state_reason: str = ""
    advisor_id: str = ADVISOR
    vendor_name: str = "Home Depot Pro"
    vendor_id_ramp: str = "rv0"
    invoice_number: str = "B-100300"
    currency_code: str = "USD"
    due_date: Any = TODAY
    arrival_date: Any = TODAY + timedelta(days=3)
    mode: str = "direct"
    approvals_needed: int = 1
    approvals_have: int = 0
    rail_bill_id: str | None = None
    rail_draft_id: str | None = None
    posting_id_plaid: str | None = None
    version: int = 1
    created_at: datetime = AS_OF
    updated_at: datetime = AS_OF
    next_action: str = "Approve or reject"
    released_at: datetime | None = None
    release_at: datetime | None = None

    @property
    def next_step(self) -> Any:
        act = {"proposed": "approve", "approved": "release", "held": "propose", "mismatched": "close",
               "returned": "reissue", "unconfirmed": "agree_to_resend"}.get(self.state, "")  # fmt: skip
        return SimpleNamespace(what=self.next_action, who="controller", act=act, due_at=AS_OF + timedelta(hours=72))

    @property
    def payload_sha256(self) -> str:
        return hashlib.sha256(self.payout_id.encode()).hexdigest()


class People:
    def __init__(self, real: Real) -> None:
        self.tokens: dict[str, str] = {}
        self.tier, self._real = "smart", real

    def __getattr__(self, name: str) -> Any:
        return self._real.part("people", name)

    def demo_people(self) -> list[Any]:
        return [
            SimpleNamespace(person_id=p.person_id, name=p.name, role=p.role, email=f"{p.person_id}@harbor.test")
            for p in PEOPLE.values()
        ]

    def sign_in_demo(self, person_id: str) -> Any:
        token = f"token-{person_id}"
        self.tokens[token] = person_id
        return SimpleNamespace(token=token, principal=PEOPLE[person_id], expires_at=AS_OF + timedelta(hours=12))

    def principal_for(self, token: str) -> Principal:
        if token not in self.tokens:
            raise Unauthenticated("This session has ended; sign in again.")
        return replace(PEOPLE[self.tokens[token]], tier=self.tier)

    def sign_out(self, token: str) -> None:
        self.tokens.pop(token, None)


def verdict(guard_id: str, passed: bool, reason: str, remedy: str = "") -> Any:
    return SimpleNamespace(guard_id=guard_id, passed=passed, reason=reason, remedy=remedy, inputs={})


@dataclass
class Payouts(Lists):
    audit: Any
    rows: dict[str, Payout] = field(default_factory=dict)
    acts: Sequence[Any] = ()
    done: dict[str, Any] = field(default_factory=dict)
    frozen: Sequence[Any] = ()
    templates: Sequence[Any] = ()
    told: Sequence[Any] = ()

    def preview(self, principal: Principal, client_id: str, source_bill_ids: list[str]) -> list[Any]:
        out = []
        for bill_id in source_bill_ids:
            verdicts = [
                verdict("keeps_cash_above_buffer", True, "Cash after is above the buffer."),
                verdict("vendor_is_known", True, "Paid 9 times before."),
            ]
            outcome = "pass"
            if bill_id.endswith("09"):
                verdicts.append(
                    verdict(
                        "no_duplicate_bill",
                        False,
                        "Same vendor, amount and number as bill B-100302.",
                        "Compare both bills in QBO and void one.",
                    )
                )
                outcome = "blocked"
            elif bill_id.endswith("07"):
                outcome = "needs_second"
            elif bill_id.endswith("11"):
                outcome = "warning"
            out.append(SimpleNamespace(source_bill_id=bill_id, outcome=outcome, verdicts=verdicts))
        return out

    def propose(self, principal: Principal, client_id: str, source_bill_id: str, **_: Any) -> Payout:
        if principal.role not in ("bookkeeper", "controller", "advisor"):
            raise Forbidden(f"{principal.name} may not propose payouts; a bookkeeper or controller does.")
        payout_id = hashlib.sha256(f"{client_id}{source_bill_id}".encode()).hexdigest()[:32]
        self.rows[payout_id] = Payout(client_id, payout_id, source_bill_id, principal.person_id, principal.name)
        self.audit.add(principal, "payout.proposed", payout_id, None, "proposed")
        return self.rows[payout_id]

    def approve(self, principal: Principal, payout_id: str, *, payload_sha256: str, reason: str = "") -> Payout:
        payout = self.rows[payout_id]
        if payout.preparer_id == principal.person_id:
            raise Forbidden("The preparer of a payout cannot approve it.")
        assert payload_sha256 == payout.payload_sha256
        return self._move(principal, payout, "approved", approvals_have=1, next_action="Release to Ramp")

    def release(self, principal: Principal, payout_id: str, **_: Any) -> Payout:
        return self._move(principal, self.rows[payout_id], "reserved", next_action="The executor sends it")

    def hold(self, principal: Principal, payout_id: str, reason: str, **_: Any) -> Payout:
        return self._move(principal, self.rows[payout_id], "held", state_reason=reason)

    def reject(self, principal: Principal, payout_id: str, reason: str, **_: Any) -> Payout:
        return self._move(principal, self.rows[payout_id], "rejected", state_reason=reason)

    def cancel(self, principal: Principal, payout_id: str, reason: str, **_: Any) -> Payout:
        return self._move(principal, self.rows[payout_id], "cancelled", state_reason=reason)

    def _move(self, principal: Principal, payout: Payout, state: str, **changes: Any) -> Payout:
        self.audit.add(principal, f"payout.{state}", payout.payout_id, payout.state, state)
        self.rows[payout.payout_id] = replace(payout, state=state, version=payout.version + 1, **changes)
        return self.rows[payout.payout_id]

    def list(self, principal: Principal, client_id: str | None = None, states: Any = None) -> list[Payout]:
        return [p for p in self.rows.values() if client_id in (None, p.client_id)]

    def get(self, principal: Principal, payout_id: str) -> Any:
        events = [e for e in self.audit.rows if e.subject_id == payout_id]
        return SimpleNamespace(
            payout=self.rows[payout_id],
            verdicts=self.preview(principal, "", [self.rows[payout_id].source_bill_id])[0].verdicts,
            approvals=[],
            timeline=events,
            custody=[],
            rail_calls=[],
            joint_acts=self.acts,
        )

    def reserves(self, principal: Principal, client_id: str) -> list[Any]:
        return [
            SimpleNamespace(
                payout_id=p.payout_id,
                vendor_name=p.vendor_name,
                held_at=AS_OF,
                amount_minor=p.amount_minor,
                currency_code="USD",
            )
            for p in self.rows.values()
            if p.state == "reserved" and p.client_id == client_id
        ]


@dataclass
class Permits:
    rows: list[Any] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def open(self, principal: Principal) -> list[Any]:
        return [one for one in self.rows if one.state in ("asked", "in force")]

    def of_payout(self, principal: Principal, payout_id: str) -> list[Any]:
        return [one for one in self.rows if one.payout_id == payout_id]

    def liftable(self) -> list[str]:
        return ["limits", "readiness"]

    def request(self, principal: Principal, payout_id: str, guard_id: str, *, reason: str) -> Any:
        self.asked.append((principal.person_id, payout_id, guard_id, reason))
        self.rows.append(SimpleNamespace(
            permit_id="pm1", payout_id=payout_id, guard_id=guard_id, reason=reason, state="asked", amount_minor=1,
            asked_by=principal.person_id, asked_by_name=principal.name, confirmed_by=None, confirmed_by_name="",
            expires_at=None))  # fmt: skip
        return self.rows[-1]

    def confirm(self, principal: Principal, payout_id: str, permit_id: str) -> Any:
        one = self.rows[-1]
        one.state, one.confirmed_by, one.confirmed_by_name = "in force", principal.person_id, principal.name
        one.expires_at = AS_OF + timedelta(hours=24)
        return one


@dataclass
class Audit:
    rows: list[Any] = field(default_factory=list)

    def add(self, principal: Principal, action: str, subject_id: str, before: str | None, after: str) -> None:
        self.rows.append(
            SimpleNamespace(
                seq=len(self.rows) + 1,
                at=AS_OF,
                actor_name=principal.name,
                actor_role=principal.role,
                action=action,
                subject_kind="payout",
                subject_id=subject_id,
                from_state=before,
                to_state=after,
                inputs={"snapshot_id": "s1"},
                hash=hashlib.sha256(f"{len(self.rows)}".encode()).hexdigest(),
            )
        )

    def events(
        self,
        principal: Principal,
        client_id: str | None = None,
        subject_id: str | None = None,
        limit: int = 200,
        before_seq: int | None = None,
    ) -> list[Any]:
        return list(reversed(self.rows))[:limit]

    def verify(self, advisor_id: str | None = None, checkpoint: Any = None, semantic: bool = True) -> list[Any]:
        return [SimpleNamespace(chain_id=advisor_id, events=len(self.rows), ok=True, first_bad_seq=None, problem="")]


@dataclass
class Hygiene:
    rows: list[Any] = field(default_factory=list)

    def decide(
        self,
        principal: Principal,
        client_id: str,
        hygiene_item_id: str,
        action: str,
        reason: str,
        until_date: Any = None,
        assignee: str | None = None,
    ) -> Any:
        row = SimpleNamespace(
            decision_id=f"d{len(self.rows)}",
            client_id=client_id,
            hygiene_item_id=hygiene_item_id,
            action=action,
            reason=reason,
        )
        self.rows.append(row)
        return row

    def undo(self, principal: Principal, decision_id: str) -> None:
        self.rows = [r for r in self.rows if r.decision_id != decision_id]

    def list(self, principal: Principal, client_id: str) -> list[Any]:
        return [r for r in self.rows if r.client_id == client_id]


@dataclass
class Rulings:
    rows: list[Any] = field(default_factory=list)

    def rule(
        self,
        principal: Principal,
        subject: str,
        verb: str,
        left_key: str,
        right_key: str,
        *,
        client_id: str | None = None,
        reason: str = "",
    ) -> Any:
        if verb == "separate" and not reason:
            raise Invalid("reason: say in a few words why the two are not the same")
        row = SimpleNamespace(
            ruling_id=f"r{len(self.rows)}",
            client_id=client_id,
            subject=subject,
            verb=verb,
            left_key=left_key,
            right_key=right_key,
            reason=reason,
            decided_by_name=principal.name,
        )
        self.rows.append(row)
        return row

    def revoke(self, principal: Principal, ruling_id: str, reason: str = "") -> None:
        self.rows = [r for r in self.rows if r.ruling_id != ruling_id]

    def list(self, principal: Principal, client_id: str) -> list[Any]:
        return [r for r in self.rows if r.client_id in (None, client_id)]


class Custody:
    def links(self, principal: Principal, client_id: str | None = None, closed_too: bool = False) -> list[Any]:
        mine = [one for one in firm_custody.links() if client_id in (None, one.client_id)]
        return mine if closed_too else [one for one in mine if one.closed_at is None or one.finding]


class SmallPlane:
    def __init__(self) -> None:
        self.real = Real({"people": list(PEOPLE.values())})
        self.people, self.audit, self.hygiene, self.rulings = People(self.real), Audit(), Hygiene(), Rulings()
        self.policies, self.tiers, self.clients = self.real.of("policies"), Tiers(self.real), Clients(self.real)
        self.permits = Permits()
        self.payouts = Payouts(self.audit)
        self.custody = Custody()
        self.outlook = Outlook()
        self.clock = AS_OF + timedelta(hours=2, minutes=30)

    def now(self) -> datetime:
        return self.clock


def as_service(plane: SmallPlane) -> types.ModuleType:
    """A module with the names the console imports from the service."""
    module = types.ModuleType("execution.service")
    module.connect = lambda: plane  # type: ignore[attr-defined]
    return module


def install(plane: SmallPlane) -> None:
    """Puts the small plane where `execution.service` is looked up, for a server process of its own."""
    import execution

    module = as_service(plane)
    sys.modules["execution.service"] = module
    execution.service = module  # type: ignore[attr-defined]
