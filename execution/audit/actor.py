"""Who did it: a person in a role, or one of our own processes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """Who, as the audit log writes it. `session` is a short fingerprint of the session, never its token."""

    person: str
    name: str
    role: str
    session: str = ""
    via: str = ""

    @classmethod
    def of(cls, principal: Any, via: str = "") -> Actor:
        """A signed-in person."""
        session = str(getattr(principal, "session_id", "") or "")
        short = hashlib.sha256(session.encode()).hexdigest()[:16] if session else ""
        return cls(principal.person_id, principal.name, principal.role, short, via)

    @classmethod
    def process(cls, name: str) -> Actor:
        """One of our processes: executor, signer, receiver, intake, system."""
        return cls(name, name, name, "", "process")

    @classmethod
    def operator(cls, account: str) -> Actor:
        """Whoever works at the machine itself, by the name of the account: no sign-in stands behind it."""
        return cls(f"operator:{account}", f"{account} at the machine", "operator", "", "cli")

    def as_body(self) -> dict[str, str]:
        """As it stands in an event's body."""
        return {
            "name": self.name,
            "person": self.person,
            "role": self.role,
            "session": self.session,
            "via": self.via,
        }


SYSTEM = Actor.process("system")
NOBODY = Actor("", "", "", "", "")
