"""Who acts: the first argument of every call that a person makes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Principal:
    """A person in a role at one firm. `client_ids` None means all of the firm's clients.

    An agent acts in a person's name (`person_id`, `name`): its role is `agent`, and `for_role` is the person's own.
    `tier` is the firm's: which features it has (`execution/tenancy/tiers.py`).
    """

    person_id: str
    name: str
    role: str
    advisor_id: str
    client_ids: frozenset[str] | None
    session_id: str = ""
    via: str = "session"
    for_role: str = ""
    tier: str = "smart"

    def serves(self, client_id: str) -> bool:
        """Whether the client is among those assigned."""
        return self.client_ids is None or client_id in self.client_ids


@dataclass(frozen=True, slots=True)
class AtMachine:
    """Whoever works at the machine itself, by the name of its account. Only the command line makes one."""

    account: str
    advisor_id: str

    def as_principal(self) -> Principal:
        """With the reach of the whole firm; its role stands in no table of rights."""
        name = f"{self.account} at the machine"
        return Principal(f"operator:{self.account}", name, "operator", self.advisor_id, None, via="cli")


Manager = Principal | AtMachine
"""Who may ask to change a firm's people."""


@dataclass(frozen=True, slots=True)
class Session:
    """A fresh sign-in. The token is shown once and kept nowhere by us."""

    token: str
    principal: Principal
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Session(principal={self.principal!r}, expires_at={self.expires_at!r})"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody the demo lets one sign in as."""

    person_id: str
    name: str
    role: str
    email: str
