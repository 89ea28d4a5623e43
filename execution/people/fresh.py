"""How fresh the sign-in behind a call is: large payments are signed by somebody who has just shown who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.domain.step_up import FRESH_FOR, is_fresh
from execution.errors import Refused
from execution.people.principal import Principal
from execution.store.tables import session

MINUTES = int(FRESH_FOR.total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class SignIn:
    """When somebody signed in, by the machine's clock; never, for an API token."""

    at: datetime | None
    is_fresh: bool

    def require_fresh(self, act: str) -> None:
        """Raises Refused, with the remedy, unless the sign-in is fresh."""
        if self.is_fresh:
            return
        if self.at is None:
            raise Refused(f"An API token cannot {act}. Sign in to the console and do it there within {MINUTES} minutes")
        raise Refused(
            f"To {act}, sign in again first: sign out, sign in, and do it within {MINUTES} minutes. "
            f"You signed in at {self.at:%H:%M} UTC"
        )


def sign_in_of(connection: Connection, person: Principal, machine_now: datetime) -> SignIn | None:
    """The sign-in behind a call; None where our own code calls without any session."""
    if not person.session_id:
        return None
    at: datetime | None = connection.execute(
        sa.select(session.c.auth_time).where(session.c.session_id_hash == person.session_id)
    ).scalar()
    return SignIn(at, at is not None and is_fresh(at, machine_now))
