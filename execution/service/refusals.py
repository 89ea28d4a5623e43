"""What was refused leaves a row too: who tried what on which record, and why not.

The refused command's own transaction is rolled back, so the row is written after it, in one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit import NOBODY, SYSTEM_CHAIN, Actor, append
from execution.clock import Clock
from execution.domain.verdict import Verdict
from execution.errors import Refused, RowcolError
from execution.people.principal import AtMachine, Manager, Principal
from execution.store import Store
from execution.store.tables import advisor, client, payout

TEXT_MAX = 2000
SUBJECTS = ("payout_id", "source_bill_id", "ruling_id", "person_id", "email", "request_id")


class HasStore(Protocol):
    """A part of the control plane, as far as writing a refusal needs it."""

    _store: Store
    _clock: Clock


def record(
    store: Store,
    clock: Clock,
    principal: Principal | None,
    action: str,
    subject: str,
    reason: str,
    inputs: Mapping[str, Any] | None = None,
    *,
    advisor_id: str | None = None,
    client_id: str | None = None,
    verdicts: Sequence[Verdict] = (),
) -> None:
    """Appends one refusal. Without a person it goes to the firm that it concerns, else to the system chain.

    `client_id` may come from outside: it is kept as the event's client only when the firm and the person serve it.
    """
    chain_id = principal.advisor_id if principal else advisor_id or SYSTEM_CHAIN
    with store.begin() as connection:
        reached = client_id if _is_reached(connection, principal, chain_id, client_id) else None
        append(
            connection,
            advisor_id=chain_id,
            client_id=reached,
            at=clock.now(),
            actor=Actor.of(principal, principal.via) if principal else NOBODY,
            action=clean(action)[:200],
            subject_kind="request",
            subject_id=clean(subject)[:500],
            to_state="refused",
            inputs={"reason": clean(reason), "given": clean(dict(inputs or {})), **_said(verdicts)},
        )


def keep(part: HasStore, who: Manager, command: str, given: Mapping[str, Any], error: RowcolError) -> None:
    """Records what a person's call was refused for.

    The error is marked (`is_recorded`), so that a face which records what it refuses does not tell it twice.
    """
    principal = who if isinstance(who, Principal) else None
    named = {name: value for name, value in given.items() if isinstance(value, str)}  # Anything may have been given.
    client_id = named.get("client_id") or _client_of(part, who.advisor_id, named.get("payout_id"))
    subject = next((named[name] for name in SUBJECTS if named.get(name)), client_id or command)
    told = {name: value for name, value in given.items() if name not in ("payload_sha256", "once")} | {
        "code": error.code
    }
    refusing = [v for v in error.verdicts if not v.passed] if isinstance(error, Refused) else []
    if refusing:
        told["guards"] = [verdict.guard_id for verdict in refusing]
    if isinstance(who, AtMachine):
        told["account"] = who.account
    record(
        part._store, part._clock, principal, f"{command}_refused", str(subject), str(error), told,
        advisor_id=None if principal else known_firm(part._store, who.advisor_id), client_id=client_id,
        verdicts=refusing,
    )  # fmt: skip
    error.is_recorded = True


def _said(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Each guard that refused, with what it looked at and what would help: an auditor reads no code."""
    return {"verdicts": [verdict.as_inputs() for verdict in verdicts]} if verdicts else {}


def known_firm(store: Store, advisor_id: str) -> str | None:
    """The firm's id when there is such a firm: what came in from outside must not start a chain of its own."""
    with store.read() as connection:
        query = sa.select(advisor.c.advisor_id).where(advisor.c.advisor_id == clean(advisor_id))
        return connection.execute(query).scalars().first()


def _client_of(part: HasStore, advisor_id: str, payout_id: Any) -> str | None:
    if payout_id is None:
        return None
    with part._store.read() as connection:
        query = sa.select(payout.c.client_id).where(
            payout.c.advisor_id == advisor_id, payout.c.payout_id == clean(str(payout_id))
        )
        return connection.execute(query).scalars().first()


def _is_reached(connection: Connection, principal: Principal | None, chain_id: str, client_id: str | None) -> bool:
    if client_id is None or (principal is not None and not principal.serves(client_id)):
        return False
    query = sa.select(client.c.client_id).where(client.c.advisor_id == chain_id, client.c.client_id == clean(client_id))
    return connection.execute(query).first() is not None


def clean(value: Any) -> Any:
    """What came in, made fit for an event: it may be hostile, and must not keep the refusal from being written."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")[:TEXT_MAX]
    if isinstance(value, Mapping):
        return {clean(str(name)).encode("ascii", "replace").decode(): clean(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in list(value)[:100]]
    if value is None or isinstance(value, bool):
        return value
    return clean(str(value))
