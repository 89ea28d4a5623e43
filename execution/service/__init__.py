"""The face of the control plane: what the console, the API and the orchestration may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from execution.audit.sealing import Sealing
from execution.clock import Clock, SystemClock, clock_for
from execution.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    RowcolError,
    StaleData,
    Unauthenticated,
)
from execution.people import AtMachine, Manager, Member, Principal, Session
from execution.people.permissions import HUMAN_ROLES
from execution.service.audit import Audit
from execution.service.bootstrap import Bootstrap
from execution.service.clients import Clients
from execution.service.connections import Connections
from execution.service.credentials import FIELDS as CREDENTIAL_FIELDS
from execution.service.custody import Custody, CustodyLink
from execution.service.declared import Inside, open_to
from execution.service.firm_policies import FirmPolicies
from execution.service.hygiene import Hygiene
from execution.service.keys import Keys
from execution.service.operator import NewClient, Operator, TakenOn
from execution.service.people import People
from execution.service.policies import PolicyDraft
from execution.service.receiving import Receiving
from execution.service.rulings import Rulings
from execution.service.staff import Changed
from execution.service.tiers import Tiers
from execution.settings import Settings
from execution.store import Store
from execution.store.engine import normalized
from execution.store.migrate import ready
from execution.vault.sources import key_ring

if TYPE_CHECKING:
    from execution.service.executor import ExecutorDesk
    from execution.service.outlook import Outlook
    from execution.service.payouts import Payouts
    from execution.service.permits import Permits


class ControlPlane:
    """One connected control plane; safe to share between threads."""

    def __init__(self, store: Store, settings: Settings, clock: Clock, machine_clock: Clock | None = None) -> None:
        machine = machine_clock or SystemClock()
        self.store, self.settings, self.clock, self.machine_clock = store, settings, clock, machine
        self.people = People(store, clock, machine, settings)
        self.clients = Clients(store, clock)
        self.policies = FirmPolicies(store, clock)
        ring = key_ring(settings)
        self.connections = Connections(store, ring, machine)
        self.keys = Keys(store, clock, ring, settings)
        self.receiving = Receiving(store, clock, machine, self.connections)
        self.operator = Operator(store, clock, self.connections)
        self.hygiene = Hygiene(store, clock)
        self.rulings = Rulings(store, clock)
        self.tiers = Tiers(store, clock)
        self.custody = Custody(store, clock)
        self.audit = Audit(store, clock, Sealing(store, settings))

    @cached_property
    def payouts(self) -> Payouts:
        """Proposals, approvals, releases. Loaded at first use: a reader of the audit log needs none of it."""
        from execution.service.payouts import Payouts

        return Payouts(self.store, self.clock, self.settings, self.machine_clock)

    @cached_property
    def executor(self) -> ExecutorDesk:
        """For whom the executor holds still, and what is overdue."""
        from execution.service.executor import ExecutorDesk

        return ExecutorDesk(self.store, self.clock)

    @cached_property
    def outlook(self) -> Outlook:
        """Forecasts, scenarios and what changed between two forecasts."""
        from execution.service.outlook import Outlook

        return Outlook(self.store, self.clock, self.settings, self.machine_clock)

    @cached_property
    def permits(self) -> Permits:
        """Break-glass permits."""
        from execution.service.permits import Permits

        return Permits(self.store, self.clock, self.settings, self.machine_clock)

    @open_to(Inside.FACE)
    def now(self) -> datetime:
        """The present instant of the business clock, UTC. Raises StaleData when that clock cannot be read."""
        return self.clock.now()

    @open_to(Inside.OPERATOR)
    def bootstrap_demo(self, onboarding: Mapping[str, Any]) -> None:
        """Takes on a sandbox's firms, people, clients and connections; idempotent. Forbidden outside demo mode."""
        Bootstrap(self.store, self.clock, self.settings, self.connections).run(onboarding)


def connect(
    settings: Settings | None = None, *, clock: Clock | None = None, machine_clock: Clock | None = None
) -> ControlPlane:
    """Opens the control store (made and migrated when empty) with settings from the environment unless given.

    Raises Conflict when the store stands at another schema, Invalid when a key file is unsafe.
    """
    settings = settings or Settings.from_env()
    ready(settings.control_url)
    return ControlPlane(Store(settings.control_url), settings, clock or clock_for(settings.clock_url), machine_clock)


def has_store(settings: Settings | None = None) -> bool:
    """Whether a control store was made already; a look alone should not make one."""
    url = normalized((settings or Settings.from_env()).control_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


__all__ = [
    "CREDENTIAL_FIELDS",
    "HUMAN_ROLES",
    "AtMachine",
    "Changed",
    "Conflict",
    "ControlPlane",
    "CustodyLink",
    "Forbidden",
    "Invalid",
    "Manager",
    "Member",
    "NewClient",
    "NotFound",
    "PolicyDraft",
    "Principal",
    "Refused",
    "RowcolError",
    "Session",
    "StaleData",
    "TakenOn",
    "Unauthenticated",
    "connect",
    "has_store",
]
