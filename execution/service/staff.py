"""Who works for a firm: asked by a firm admin, or by the operator at the machine. Everybody else is refused.

A new firm admin takes two people, nobody changes their own rights, and a firm keeps an admin it can count on.
A change replaces what was planned for later; every change and every refusal leaves an audit row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from execution.clock import Clock
from execution.errors import Conflict, Forbidden, Invalid
from execution.people import admin_requests, sessions
from execution.people.admin_requests import AdminRequest
from execution.people.memberships import ADMINS_WANTED, Member, close_from, lasting_admins, members, open_from
from execution.people.permissions import Verb
from execution.people.persons import checked_email, checked_name, find_or_make
from execution.people.principal import AtMachine, Manager, Principal
from execution.service.declared import asks
from execution.service.staff_rules import (
    acting,
    checked_clients,
    checked_span,
    held_by,
    keeping_an_admin,
    not_oneself,
    told_of,
    write_down,
)
from execution.settings import Settings
from execution.store import Store

Span = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a change: whose it is, and the request that waits when a second person has to confirm it."""

    person_id: str
    request_id: str | None = None


class Staff:
    """The people of a firm. `by` is a signed-in firm admin, or the operator at the machine."""

    def __init__(self, store: Store, clock: Clock, machine_clock: Clock, settings: Settings) -> None:
        self._store, self._clock, self._machine, self._settings = store, clock, machine_clock, settings

    @asks(Verb.MANAGE_PEOPLE, "people")
    def list_people(self, by: Manager) -> list[Member]:
        """Everybody who works for the firm now or will, by name. Raises Forbidden."""
        at = self._clock.now()
        with self._store.read() as connection:
            return members(connection, acting(connection, by, at).advisor_id, at)

    @asks(Verb.MANAGE_PEOPLE, "people")
    def list_requests(self, by: Manager) -> list[AdminRequest]:
        """New firm admins that wait for a second person. Raises Forbidden."""
        at = self._clock.now()
        with self._store.read() as connection:
            return admin_requests.waiting(connection, acting(connection, by, at).advisor_id)

    @asks(Verb.MANAGE_PEOPLE, "people")
    def add_person(
        self,
        by: Manager,
        name: str,
        email: str,
        role: str,
        client_ids: Iterable[str] | None = None,
        from_date: date | None = None,
        to_date: date | None = None,
    ) -> Changed:
        """Somebody new, who signs in by that e-mail, for all clients (None) or the named ones.

        A firm admin waits for a second person. Raises Forbidden, Invalid, NotFound, or Conflict when they work here.
        """
        kept_name, kept_email = checked_name(name), checked_email(email)
        at = self._clock.now()
        with self._store.begin() as connection:
            who = acting(connection, by, at, is_change=True)
            clients = checked_clients(connection, who, role, client_ids)
            dates = checked_span(connection, who, clients, from_date, to_date, at)
            person_id = find_or_make(connection, kept_name, kept_email, at, is_demo=self._settings.is_demo)
            not_oneself(who, person_id)
            held = members(connection, who.advisor_id, at, person_id)
            if held:
                raise Conflict(f"{kept_email} works for your firm already, as {held[0].role.replace('_', ' ')}; "
                               "change the role or the clients instead")  # fmt: skip
            # A token from an earlier time at the firm must not come to life again.
            sessions.end_all(connection, person_id, who.advisor_id, self._machine.now())
            return self._give(connection, by, who, person_id, role, clients, dates, at, "person.added",
                              {"email": kept_email})  # fmt: skip

    @asks(Verb.MANAGE_PEOPLE, "people")
    def change_role(
        self,
        by: Manager,
        person_id: str,
        role: str,
        client_ids: Iterable[str] | None = None,
        from_date: date | None = None,
        to_date: date | None = None,
    ) -> Changed:
        """Another role from a day on, for all clients (None) or the named ones; a set end stays unless one is given.

        To become firm admin waits for a second person. Raises Forbidden, Invalid, NotFound, Conflict.
        """
        at = self._clock.now()
        with self._store.begin() as connection:
            who = acting(connection, by, at, is_change=True)
            clients = checked_clients(connection, who, role, client_ids)
            held = held_by(connection, who, person_id, at)
            not_oneself(who, person_id)
            if role == "firm_admin" and held.role == role:
                raise Conflict(f"{held.name} is a firm admin already")
            dates = checked_span(connection, who, clients, from_date, to_date, at, held)
            return self._give(connection, by, who, person_id, role, clients, dates, at, "person.role_changed",
                              told_of(held))  # fmt: skip

    @asks(Verb.MANAGE_PEOPLE, "people")
    def assign_clients(
        self,
        by: Manager,
        person_id: str,
        client_ids: Iterable[str] | None,
        from_date: date | None = None,
        to_date: date | None = None,
    ) -> Changed:
        """The clients that somebody serves from a day on (None: all), in the role they have.

        Raises Forbidden, Invalid, NotFound.
        """
        at = self._clock.now()
        with self._store.begin() as connection:
            who = acting(connection, by, at, is_change=True)
            held = held_by(connection, who, person_id, at)
            not_oneself(who, person_id)
            if held.role == "firm_admin":
                raise Invalid(f"client_ids: {held.name} is firm admin and serves every client; change the role first")
            clients = checked_clients(connection, who, held.role, client_ids)
            dates = checked_span(connection, who, clients, from_date, to_date, at, held)
            return self._write(connection, who, person_id, held.role, clients, dates, at, "person.assigned",
                               told_of(held))  # fmt: skip

    @asks(Verb.MANAGE_PEOPLE, "people")
    def end_membership(self, by: Manager, person_id: str, to_date: date) -> Changed:
        """The last day of somebody's work, which counts whole. Raises Forbidden, Invalid, NotFound, Conflict."""
        at = self._clock.now()
        with self._store.begin() as connection:
            who = acting(connection, by, at, is_change=True)
            held = held_by(connection, who, person_id, at)
            reached = None if held.client_ids is None else list(held.client_ids)
            ends = checked_span(connection, who, reached, None, to_date, at)[1]
            assert ends is not None
            if held.to_at is not None and ends > held.to_at:
                raise Invalid(f"to_date: {held.name}'s work ends before {to_date} already; to make it longer, give "
                              "the role or the clients anew with that last day")  # fmt: skip
            with keeping_an_admin(connection, who.advisor_id, at):
                close_from(connection, who.advisor_id, person_id, ends, at)
            write_down(connection, who, at, "person.membership_ended", person_id, {**told_of(held), "to": ends})
            return Changed(person_id)

    @asks(Verb.MANAGE_PEOPLE, "people")
    def remove_person(self, by: Manager, person_id: str) -> Changed:
        """Ends somebody's work at once, with every session and API token. Raises Forbidden, NotFound, Conflict."""
        at = self._clock.now()
        with self._store.begin() as connection:
            who = acting(connection, by, at, is_change=True)
            held = held_by(connection, who, person_id, at)
            with keeping_an_admin(connection, who.advisor_id, at):
                close_from(connection, who.advisor_id, person_id, at, at)
            ended = sessions.end_all(connection, person_id, who.advisor_id, self._machine.now())
            dropped = admin_requests.drop_of(connection, who.advisor_id, person_id, who.person_id, at)
            told = {**told_of(held), "sessions_and_tokens_ended": ended, "requests_withdrawn": dropped}
            write_down(connection, who, at, "person.removed", person_id, told)
            return Changed(person_id)

    @asks(Verb.MANAGE_PEOPLE, "people")
    def confirm_admin(self, by: Manager, request_id: str) -> Changed:
        """The second person's yes to a new firm admin. Raises Forbidden, NotFound, Conflict."""
        at = self._clock.now()
        with self._store.begin() as connection:
            who = acting(connection, by, at, is_change=True)
            asked = admin_requests.find(connection, who.advisor_id, request_id)
            not_oneself(who, asked.person_id)
            if asked.asked_by == who.person_id:
                raise Forbidden(f"you asked for {asked.name} yourself; another firm admin confirms it")
            admins = lasting_admins(connection, who.advisor_id, at)
            if isinstance(by, AtMachine) and len(admins) >= ADMINS_WANTED:
                raise Forbidden("the firm has two admins or more, so one of them confirms it, not the operator")
            still = any(
                one.role == "firm_admin" and one.is_live
                for one in members(connection, who.advisor_id, at, asked.asked_by)
            )
            if not still and not asked.asked_by.startswith("operator:"):
                raise Conflict(f"whoever asked for {asked.name} is no firm admin any more; ask anew")
            if asked.to_at is not None and asked.to_at <= at:
                raise Conflict(f"the request for {asked.name} was until a day that is past; ask anew")
            admin_requests.end(connection, asked, who.person_id, "confirmed", at)
            dates = (max(at, asked.from_at), asked.to_at)
            return self._write(connection, who, asked.person_id, "firm_admin", None, dates, at, "admin.confirmed",
                               {"request": request_id, "asked_by": asked.asked_by})  # fmt: skip

    @asks(Verb.MANAGE_PEOPLE, "people")
    def withdraw_admin(self, by: Manager, request_id: str) -> Changed:
        """Drops a request for a new firm admin. Raises Forbidden, NotFound."""
        at = self._clock.now()
        with self._store.begin() as connection:
            who = acting(connection, by, at, is_change=True)
            asked = admin_requests.find(connection, who.advisor_id, request_id)
            admin_requests.end(connection, asked, who.person_id, "withdrawn", at)
            write_down(connection, who, at, "admin.withdrawn", asked.person_id, {"request": request_id})
            return Changed(asked.person_id)

    def _give(
        self, connection: Connection, by: Manager, who: Principal, person_id: str, role: str,
        clients: list[str] | None, dates: Span, at: datetime, action: str, told: dict[str, Any],
    ) -> Changed:  # fmt: skip
        """Gives the role, or asks for the second person that a firm admin takes."""
        admins = lasting_admins(connection, who.advisor_id, at)
        if role != "firm_admin" or (isinstance(by, AtMachine) and len(admins) < ADMINS_WANTED):
            return self._write(connection, who, person_id, role, clients, dates, at, action, told)
        request_id = admin_requests.ask(connection, who.advisor_id, person_id, dates, who.person_id, at)
        write_down(connection, who, at, "admin.requested", person_id,
                    {**told, "request": request_id, "from": dates[0], "to": dates[1]})  # fmt: skip
        return Changed(person_id, request_id)

    def _write(
        self, connection: Connection, who: Principal, person_id: str, role: str, clients: list[str] | None,
        dates: Span, at: datetime, action: str, told: dict[str, Any],
    ) -> Changed:  # fmt: skip
        with keeping_an_admin(connection, who.advisor_id, at):
            close_from(connection, who.advisor_id, person_id, dates[0], at)
            open_from(connection, who.advisor_id, person_id, role, clients, *dates)
        write_down(connection, who, at, action, person_id,
                    {**told, "role": role, "clients": clients, "from": dates[0], "to": dates[1]})  # fmt: skip
        return Changed(person_id)
