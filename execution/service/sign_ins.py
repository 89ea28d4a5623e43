"""Open sessions as people and firm admins handle them: who is signed in where, ended one by one or all at once."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from execution.clock import Clock
from execution.people import sessions
from execution.people.assignments import recheck
from execution.people.permissions import Verb
from execution.people.principal import Manager, Principal
from execution.people.sessions import SignedIn
from execution.service.declared import asks
from execution.service.staff_rules import acting, held_by, write_down
from execution.store import Store


class SignIns:
    """Whoever is signed in ends their own sessions; a firm admin ends anybody's at the firm. API tokens stay."""

    _store: Store
    _clock: Clock
    _machine: Clock

    @asks(Verb.SIGN_OUT, "people")
    def list_own_sessions(self, principal: Principal) -> list[SignedIn]:
        """The person's live sessions, last seen first. Raises Forbidden."""
        with self._store.read() as connection:
            who = recheck(connection, principal, Verb.SIGN_OUT, self._clock.now())
            return sessions.of_firm(connection, who.advisor_id, self._machine.now(), who.person_id)

    @asks(Verb.SIGN_OUT, "people")
    def end_own_session(self, principal: Principal, session_id: str) -> None:
        """One of the person's own sessions is over at once. Raises Forbidden, NotFound."""
        with self._store.begin() as connection:
            who = recheck(connection, principal, Verb.SIGN_OUT, self._clock.now())
            found = sessions.find(connection, who.advisor_id, session_id, self._machine.now(), who.person_id)
            self._close(connection, who, who.person_id, [found])

    @asks(Verb.SIGN_OUT, "people")
    def sign_out_everywhere(self, principal: Principal) -> int:
        """Ends every session of the person, this one too; how many there were. Raises Forbidden."""
        with self._store.begin() as connection:
            who = recheck(connection, principal, Verb.SIGN_OUT, self._clock.now())
            found = sessions.of_firm(connection, who.advisor_id, self._machine.now(), who.person_id)
            return self._close(connection, who, who.person_id, found)

    @asks(Verb.MANAGE_PEOPLE, "people")
    def list_sessions(self, by: Manager) -> list[SignedIn]:
        """Everybody's live sessions at the firm. Raises Forbidden."""
        with self._store.read() as connection:
            who = acting(connection, by, self._clock.now())
            return sessions.of_firm(connection, who.advisor_id, self._machine.now())

    @asks(Verb.MANAGE_PEOPLE, "people")
    def end_session(self, by: Manager, session_id: str) -> None:
        """Anybody's session at the firm is over at once. Raises Forbidden, NotFound."""
        with self._store.begin() as connection:
            who = acting(connection, by, self._clock.now(), is_change=True)
            found = sessions.find(connection, who.advisor_id, session_id, self._machine.now())
            self._close(connection, who, found.person_id, [found])

    @asks(Verb.MANAGE_PEOPLE, "people")
    def end_sessions(self, by: Manager, person_id: str) -> int:
        """Signs somebody out everywhere; how many sessions there were. Raises Forbidden, NotFound."""
        at = self._clock.now()
        with self._store.begin() as connection:
            who = acting(connection, by, at, is_change=True)
            held = held_by(connection, who, person_id, at)
            found = sessions.of_firm(connection, who.advisor_id, self._machine.now(), held.person_id)
            return self._close(connection, who, held.person_id, found)

    def _close(self, connection: Connection, who: Principal, person_id: str, found: list[SignedIn]) -> int:
        sessions.end(connection, who.advisor_id, found, self._machine.now())
        told = {"sessions": [one.session_id for one in found]}
        write_down(connection, who, self._clock.now(), "session.ended", person_id, told)
        return len(found)
