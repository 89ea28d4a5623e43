"""Sign-in and who is who."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit import Actor, append
from execution.errors import Forbidden, Unauthenticated
from execution.people import api_tokens, sessions
from execution.people.assignments import ALL_CLIENTS, principal_of
from execution.people.memberships import live_at
from execution.people.permissions import ROLES
from execution.people.principal import DemoPerson, Principal, Session
from execution.service.api_tokens import ApiTokens
from execution.service.declared import Inside, open_to
from execution.service.sign_ins import SignIns
from execution.service.staff import Staff
from execution.settings import is_loopback
from execution.store.tables import membership, person
from execution.tenancy import tiers


class People(Staff, ApiTokens, SignIns):
    """Who is who: sign-ins, sessions and whom an API token acts for."""

    @open_to(Inside.SIGN_IN)
    def demo_people(self) -> list[DemoPerson]:
        """Whom the demo lets one sign in as; empty outside demo mode."""
        if not self._settings.is_demo:
            return []
        with self._store.read() as connection:
            rows = connection.execute(
                sa.select(person.c.person_id, person.c.name, person.c.email, membership.c.role)
                .join(membership, membership.c.person_id == person.c.person_id)
                .where(person.c.is_demo, person.c.disabled_at.is_(None), live_at(self._clock.now()))
            ).all()
        found = {row.person_id: DemoPerson(row.person_id, row.name, row.role, row.email or "") for row in rows}
        return sorted(found.values(), key=lambda one: ROLES.index(one.role))

    @open_to(Inside.SIGN_IN)
    def sign_in_demo(self, person_id: str) -> Session:
        """A session without a password. Forbidden outside demo mode or when the console is not on loopback."""
        if not self._settings.is_demo:
            raise Forbidden("the local sign-in works in demo mode only; sign in with your firm's account")
        if not is_loopback(self._settings.console_address):
            raise Forbidden(
                f"the local sign-in works on a loopback address only, the console is on "
                f"{self._settings.console_address}; bind it to 127.0.0.1"
            )
        with self._store.begin() as connection:
            row = connection.execute(
                sa.select(person).where(person.c.person_id == person_id, person.c.is_demo)
            ).one_or_none()
            if row is None:
                raise Unauthenticated(f"there is no demo person {person_id[:40]!r}; choose one from the list")
            return self._start(connection, row.person_id, "demo")

    @open_to(Inside.SIGN_IN)
    def sign_in_oidc(self, issuer: str, subject: str, email: str | None) -> Session:
        """A session for the person behind a verified identity; by verified e-mail the first time only.

        The caller has checked the provider's signature and that the e-mail is verified. Raises Unauthenticated.
        """
        if not issuer or not subject:
            raise Unauthenticated("the identity provider named nobody; sign in again")
        with self._store.begin() as connection:
            row = connection.execute(
                sa.select(person).where(person.c.oidc_issuer == issuer, person.c.oidc_subject == subject)
            ).one_or_none()
            if row is None and email:
                row = self._bind_by_email(connection, issuer, subject, email)
            if row is None or row.disabled_at is not None:
                raise Unauthenticated("your account is not known here; ask the firm admin to add you")
            return self._start(connection, row.person_id, "oidc")

    def _bind_by_email(
        self, connection: Connection, issuer: str, subject: str, email: str
    ) -> sa.Row[tuple[object, ...]] | None:
        row = connection.execute(
            sa.select(person).where(
                sa.func.lower(person.c.email) == email.strip().lower(),
                person.c.oidc_subject.is_(None),
                person.c.is_demo.is_(False),
            )
        ).one_or_none()
        if row is not None:
            connection.execute(
                sa.update(person)
                .where(person.c.person_id == row.person_id, person.c.oidc_subject.is_(None))
                .values(oidc_issuer=issuer, oidc_subject=subject)
            )
        return row

    def _start(self, connection: Connection, person_id: str, via: str) -> Session:
        at, machine_at = self._clock.now(), self._machine.now()
        advisor_id: str | None = connection.execute(
            sa.select(membership.c.advisor_id)
            .where(membership.c.person_id == person_id, live_at(at))
            .order_by(membership.c.advisor_id)
            .limit(1)
        ).scalar_one_or_none()
        if advisor_id is None:
            raise Unauthenticated("you belong to no firm here; ask the firm admin to add you")
        token, ends = sessions.start(connection, person_id, advisor_id, via, machine_at)
        principal = principal_of(connection, person_id, advisor_id, at, session_id=sessions.hashed(token), via=via)
        if principal is None:
            raise Unauthenticated("your membership has ended; ask the firm admin")
        append(
            connection,
            advisor_id=advisor_id,
            at=at,
            actor=Actor.of(principal, via),
            action="session.started",
            subject_kind="person",
            subject_id=person_id,
            inputs={"ends_at": ends},
        )
        return Session(token, principal, ends)

    @open_to(Inside.SIGN_IN)
    def principal_for(self, token: str) -> Principal:
        """Who is behind a session token. Raises Unauthenticated when it is unknown, ended or too old."""
        machine_at = self._machine.now()
        with self._store.read() as connection:
            row = sessions.live(connection, token, machine_at)
            found = principal_of(
                connection,
                row.person_id,
                row.advisor_id,
                self._clock.now(),
                session_id=row.session_id_hash,
                via=row.via,
            )
        if found is None:
            raise Unauthenticated("your membership has ended; ask the firm admin")
        if sessions.wants_seen(row, machine_at):
            with self._store.begin() as connection:
                sessions.seen(connection, row.session_id_hash, machine_at)
        return found

    @open_to(Inside.SIGN_IN)
    def sign_out(self, token: str) -> None:
        """Ends the session; ending an unknown or ended one does nothing."""
        with self._store.begin() as connection:
            row = sessions.revoke(connection, token, self._machine.now())
            if row is None:
                return
            at = self._clock.now()
            found = principal_of(connection, row.person_id, row.advisor_id, at, session_id=row.session_id_hash)
            append(
                connection,
                advisor_id=row.advisor_id,
                at=at,
                actor=Actor.of(found) if found else Actor(row.person_id, "", "", "", row.via),
                action="session.ended",
                subject_kind="person",
                subject_id=row.person_id,
            )

    @open_to(Inside.SIGN_IN)
    def principal_for_api_token(self, token: str) -> Principal:
        """Who an API token (or a session's token) acts for. Raises Unauthenticated."""
        if not token.startswith(api_tokens.PREFIX):
            return self.principal_for(token)
        machine_at = self._machine.now()
        with self._store.read() as connection:
            row = api_tokens.live(connection, token, machine_at)
            found = principal_of(
                connection, row.person_id, row.advisor_id, self._clock.now(), session_id=row.token_hash,
                via=api_tokens.via_of(row),
            )  # fmt: skip
        if found is None:
            raise Unauthenticated("the person of this token no longer works for the firm; ask the firm admin")
        if row.is_agent:
            tiers.require(found.tier, tiers.Feature.AGENT)
        if api_tokens.wants_seen(row, machine_at):
            with self._store.begin() as connection:
                api_tokens.seen(connection, row.token_hash, machine_at)
        return found


def add_member(
    connection: Connection,
    *,
    advisor_id: str,
    person_id: str,
    role: str,
    client_ids: list[str] | None,
    from_at: object,
) -> None:
    """Gives a person a role at a firm, for all clients (None) or the named ones; repeats change nothing."""
    from execution.store import insert_if_absent

    held: set[str] = set(
        connection.execute(
            sa.select(membership.c.client_id).where(
                membership.c.advisor_id == advisor_id,
                membership.c.person_id == person_id,
                membership.c.role == role,
                membership.c.to_at.is_(None),
            )
        ).scalars()
    )
    for client_id in client_ids if client_ids is not None else [ALL_CLIENTS]:
        if client_id not in held:
            insert_if_absent(
                connection,
                membership,
                advisor_id=advisor_id,
                person_id=person_id,
                role=role,
                client_id=client_id,
                from_at=from_at,
            )
