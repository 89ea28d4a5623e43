"""API tokens as people and the machine's operator handle them: issue, list, replace, end. Each act is an event."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.engine import Connection

from execution.clock import Clock
from execution.errors import Forbidden, Invalid
from execution.people import api_tokens
from execution.people.api_tokens import LIFE, ApiToken, checked_days
from execution.people.assignments import recheck
from execution.people.permissions import Verb, may
from execution.people.persons import checked_name
from execution.people.principal import AtMachine, Manager, Principal
from execution.service.declared import Inside, asks, open_to
from execution.service.staff_rules import acting, held_by, write_down
from execution.store import Store
from execution.tenancy.tier_requests import tier_of
from execution.tenancy.tiers import Feature, Gate, flagged, require

# What a caller came in by: a program's own token gives out no further ones.
PROGRAMS = frozenset({"api", "agent", "read"})


class ApiTokens:
    """A token acts in one person's name. Nobody gets one in another's name but from the operator, who is named."""

    _store: Store
    _clock: Clock
    _machine: Clock

    @asks(Verb.ISSUE_TOKEN, "people", Gate(Feature.AGENT, flagged("is_agent")))
    def issue_api_token(
        self, principal: Principal, name: str, *, is_agent: bool = False, is_read_only: bool = False,
        life_days: int = LIFE.days,
    ) -> str:  # fmt: skip
        """A token that calls in the person's own name, shown once: as their agent (reads and proposes), reading only,
        or with all that they may. Raises Forbidden or Invalid.
        """
        kept, life = checked_name(name), checked_days(life_days)
        if is_agent and is_read_only:
            raise Invalid("is_read_only: an agent's token proposes too; choose one of the two")
        with self._store.begin() as connection:
            who = recheck(connection, principal, Verb.ISSUE_TOKEN, self._clock.now())
            if who.via in PROGRAMS:
                raise Forbidden("an API token gives out no further ones; sign in, or ask whoever runs this machine")
            return self._issue(connection, who, who.person_id, kept, life, is_agent, is_read_only)

    @open_to(Inside.OPERATOR, "people")
    def issue_api_token_at_machine(self, by: AtMachine, person_id: str, name: str, *, is_agent: bool = False) -> str:
        """The same for anybody of the firm, by the operator. Raises Invalid, NotFound, or Forbidden for their role."""
        kept = checked_name(name)
        at = self._clock.now()
        with self._store.begin() as connection:
            who = acting(connection, by, at, is_change=True)
            held = held_by(connection, who, person_id, at)
            if not may(held.role, Verb.ISSUE_TOKEN):
                raise Forbidden(f"{held.name} is {held.role.replace('_', ' ')}, and that role has no API token")
            if is_agent:
                require(tier_of(connection, who.advisor_id), Feature.AGENT)
            return self._issue(connection, who, held.person_id, kept, LIFE, is_agent)

    @asks(Verb.ISSUE_TOKEN, "people")
    def list_own_api_tokens(self, principal: Principal) -> list[ApiToken]:
        """The person's live tokens. Raises Forbidden."""
        with self._store.read() as connection:
            who = recheck(connection, principal, Verb.ISSUE_TOKEN, self._clock.now())
            return api_tokens.of_firm(connection, who.advisor_id, self._machine.now(), who.person_id)

    @asks(Verb.MANAGE_PEOPLE, "people")
    def list_api_tokens(self, by: Manager) -> list[ApiToken]:
        """Everybody's live tokens at the firm. Raises Forbidden."""
        with self._store.read() as connection:
            who = acting(connection, by, self._clock.now())
            return api_tokens.of_firm(connection, who.advisor_id, self._machine.now())

    @asks(Verb.ISSUE_TOKEN, "people")
    def rotate_own_api_token(self, principal: Principal, token_id: str) -> str:
        """A new token for one of the person's own; the old one still opens for an hour. Raises Forbidden, NotFound.

        A program may replace its own token by itself, and no other.
        """
        with self._store.begin() as connection:
            who = recheck(connection, principal, Verb.ISSUE_TOKEN, self._clock.now())
            held = api_tokens.find(connection, who.advisor_id, token_id, self._machine.now(), who.person_id)
            if who.via in PROGRAMS and not who.session_id.startswith(held.token_id):
                raise Forbidden("an API token replaces itself only; sign in to replace another one")
            return self._rotate(connection, who, held)

    @open_to(Inside.OPERATOR, "people")
    def rotate_api_token_at_machine(self, by: AtMachine, token_id: str) -> str:
        """The same for anybody's token, by the operator. Raises NotFound."""
        with self._store.begin() as connection:
            who = acting(connection, by, self._clock.now(), is_change=True)
            held = api_tokens.find(connection, who.advisor_id, token_id, self._machine.now())
            return self._rotate(connection, who, held)

    @asks(Verb.ISSUE_TOKEN, "people")
    def end_own_api_token(self, principal: Principal, token_id: str) -> None:
        """One of the person's own tokens is dead at once. Raises Forbidden, NotFound."""
        with self._store.begin() as connection:
            who = recheck(connection, principal, Verb.ISSUE_TOKEN, self._clock.now())
            held = api_tokens.find(connection, who.advisor_id, token_id, self._machine.now(), who.person_id)
            self._end(connection, who, held)

    @asks(Verb.MANAGE_PEOPLE, "people")
    def end_api_token(self, by: Manager, token_id: str) -> None:
        """Anybody's token at the firm is dead at once. Raises Forbidden, NotFound."""
        with self._store.begin() as connection:
            who = acting(connection, by, self._clock.now(), is_change=True)
            self._end(connection, who, api_tokens.find(connection, who.advisor_id, token_id, self._machine.now()))

    def _issue(
        self, connection: Connection, who: Principal, person_id: str, name: str, life: timedelta, is_agent: bool,
        is_read_only: bool = False,
    ) -> str:  # fmt: skip
        at = self._machine.now()
        token = api_tokens.issue(
            connection, person_id, who.advisor_id, name, at, is_agent=is_agent, is_read_only=is_read_only, life=life
        )
        told = {"name": name, "token_id": api_tokens.token_id(token), "is_agent": is_agent,
                "is_read_only": is_read_only, "ends_at": at + life}  # fmt: skip
        write_down(connection, who, self._clock.now(), "api_token.issued", person_id, told)
        return token

    def _rotate(self, connection: Connection, who: Principal, held: ApiToken) -> str:
        at = self._machine.now()
        token = api_tokens.issue(
            connection, held.person_id, who.advisor_id, held.name, at, is_agent=held.is_agent,
            is_read_only=held.is_read_only, life=held.life,
        )  # fmt: skip
        api_tokens.end(connection, who.advisor_id, held, min(at + api_tokens.OVERLAP, held.ended_at))
        told = {"name": held.name, "token_id": api_tokens.token_id(token), "replaces": held.token_id}
        write_down(connection, who, self._clock.now(), "api_token.rotated", held.person_id, told)
        return token

    def _end(self, connection: Connection, who: Principal, held: ApiToken) -> None:
        api_tokens.end(connection, who.advisor_id, held, self._machine.now())
        told = {"name": held.name, "token_id": held.token_id, "is_agent": held.is_agent}
        write_down(connection, who, self._clock.now(), "api_token.ended", held.person_id, told)
