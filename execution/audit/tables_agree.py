"""The tables beside the log, held against what the events told: a row changed behind the log's back is named."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.domain.payload import Payload
from execution.domain.states import HOLDING, State
from execution.store import tables as t
from execution.store.apart import apart
from execution.store.metadata import Instant


class Told(Protocol):
    """What the events told of one payout."""

    state: str
    seq: int
    version: int | None
    payload_sha256: str
    amount_minor: int
    sent: bool
    holds: int
    all_signers: dict[tuple[str, str], int]
    requests: dict[int, str]


Found = Iterator[tuple[int, str]]


def first_disagreement(connection: Connection, chain_id: str, told: Mapping[str, Told]) -> tuple[int, str] | None:
    """(event, problem) of the earliest payout whose rows tell something else than its events; None when none does."""
    checks = (_payouts, _approvals, _requests, _holds, _accounts)
    found = [problem for check in checks for problem in check(connection, chain_id, told)]
    return min(found, default=None)


def _payouts(connection: Connection, chain_id: str, told: Mapping[str, Told]) -> Found:
    p = t.payout
    names = [*Payload.__slots__, "state", "version", "payload_sha256", "approvals_needed"]
    # Instants are told by events, not held against them; one that is none stops whoever reads the row.
    names += [column.name for column in p.columns if isinstance(column.type, Instant)]
    query = sa.select(*(p.c[name] for name in names)).where(p.c.advisor_id == chain_id)
    rows, edited = apart(connection, query)
    seen = {row["payout_id"] for row in edited}
    for row in edited:
        seq = told[row["payout_id"]].seq if row["payout_id"] in told else 1
        yield seq, f"payout {row['payout_id']} cannot be read: its {row['unreadable']}"
    for row in rows:
        payout_id = row["payout_id"]
        seen.add(payout_id)
        story = told.get(payout_id)
        if story is None:
            yield 1, f"payout {payout_id} is {row['state']}, and no event tells of it"
        elif row["state"] != story.state:
            yield story.seq, f"payout {payout_id} is {row['state']}, its last event says {story.state}"
        elif story.version is not None and row["version"] != story.version:
            yield story.seq, f"payout {payout_id} has version {row['version']}, its last event says {story.version}"
        elif row["payload_sha256"] != story.payload_sha256 or row["amount_minor"] != story.amount_minor:
            yield story.seq, f"payout {payout_id} holds another payload than its last event"
        elif Payload.from_row(row).sha256() != story.payload_sha256:
            yield story.seq, f"payout {payout_id}: a signed field was altered; its hash is no longer the signed one"
        else:
            signed = {person for person, sha in story.all_signers if sha == story.payload_sha256}
            if story.sent and len(signed) < row["approvals_needed"]:
                yield story.seq, f"payout {payout_id} was sent on {len(signed)} of {row['approvals_needed']} signatures"
    for payout_id in told.keys() - seen:
        yield told[payout_id].seq, f"payout {payout_id} became {told[payout_id].state}, and its row is gone"


def _approvals(connection: Connection, chain_id: str, told: Mapping[str, Told]) -> Found:
    a = t.approval.c
    rows = connection.execute(
        sa.select(a.payout_id, a.person_id, a.payload_sha256).where(a.advisor_id == chain_id)
    ).all()
    kept = {(row.payout_id, (row.person_id, row.payload_sha256)) for row in rows}
    signed = {(payout_id, key): seq for payout_id, story in told.items() for key, seq in story.all_signers.items()}
    for payout_id, key in kept - signed.keys():
        seq = told[payout_id].seq if payout_id in told else 1
        yield seq, f"payout {payout_id} has a signature of {key[0]} that no event tells of"
    for (payout_id, key), seq in signed.items():
        if (payout_id, key) not in kept:
            yield seq, f"the signature of {key[0]} on payout {payout_id} is gone"


def _requests(connection: Connection, chain_id: str, told: Mapping[str, Told]) -> Found:
    r = t.rail_call.c
    query = sa.select(r.payout_id, r.attempt, r.request_bytes, r.request_sha256)
    kept = set()
    for row in connection.execute(query.where(r.advisor_id == chain_id, r.seq == 1)):
        kept.add((row.payout_id, row.attempt))
        story = told.get(row.payout_id)
        meant = story.requests.get(row.attempt) if story else None
        seq = story.seq if story else 1
        if meant is None:
            yield seq, f"payout {row.payout_id} has a request {row.attempt} that no event meant to send"
        elif meant != row.request_sha256 or hashlib.sha256(bytes(row.request_bytes)).hexdigest() != meant:
            yield seq, f"payout {row.payout_id}: the bytes of request {row.attempt} are not those that were meant"
    for payout_id, story in told.items():
        for attempt in story.requests:
            if (payout_id, attempt) not in kept:
                yield story.seq, f"payout {payout_id}: request {attempt} was meant, and its row is gone"


def _holds(connection: Connection, chain_id: str, told: Mapping[str, Told]) -> Found:
    h, e = t.hold.c, t.hold_end.c
    ended = sa.and_(h.advisor_id == e.advisor_id, h.client_id == e.client_id, h.payout_id == e.payout_id,
                    h.attempt == e.attempt)  # fmt: skip
    query = (
        sa.select(h.payout_id, h.amount_minor, e.kind)
        .select_from(t.hold.outerjoin(t.hold_end, ended))
        .where(h.advisor_id == chain_id)
    )
    held: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        held[row.payout_id].append(row)
    for payout_id, story in told.items():
        mine = held.pop(payout_id, [])
        live = [row for row in mine if row.kind is None]
        should_hold = story.state in HOLDING
        if len(mine) != story.holds:
            yield story.seq, f"payout {payout_id} has {len(mine)} earmarks, its events tell of {story.holds}"
        elif len(live) != should_hold:
            yield story.seq, f"payout {payout_id} is {story.state} and holds cash {len(live)} times"
        elif live and live[0].amount_minor != story.amount_minor:
            yield story.seq, f"payout {payout_id} holds {live[0].amount_minor} for {story.amount_minor}"
        elif story.state == State.SETTLED and Counter(row.kind for row in mine)["consumed"] != 1:
            yield story.seq, f"payout {payout_id} settled, and its earmark was not consumed by it"
    for payout_id in held:
        yield 1, f"payout {payout_id} holds cash, and no event tells of it"


def _accounts(connection: Connection, chain_id: str, told: Mapping[str, Told]) -> Found:
    """The sum that reserving compares with is the sum of the live earmarks."""
    a, h, e = t.account_cash.c, t.hold.c, t.hold_end.c
    ended = sa.and_(h.advisor_id == e.advisor_id, h.client_id == e.client_id, h.payout_id == e.payout_id,
                    h.attempt == e.attempt)  # fmt: skip
    live = (
        sa.select(h.client_id, h.account_id_plaid, sa.func.sum(h.amount_minor))
        .select_from(t.hold.outerjoin(t.hold_end, ended))
        .where(h.advisor_id == chain_id, e.attempt.is_(None))
        .group_by(h.client_id, h.account_id_plaid)
    )
    sums = {(row[0], row[1]): int(row[2]) for row in connection.execute(live)}
    kept = sa.select(a.client_id, a.account_id_plaid, a.held_minor).where(a.advisor_id == chain_id)
    newest = max((story.seq for story in told.values()), default=1)
    for row in connection.execute(kept):
        held = sums.pop((row[0], row[1]), 0)
        if row[2] != held:
            yield newest, f"account {row[1]} of {row[0]} says {row[2]} is held, its earmarks sum to {held}"
    for (client_id, account_id), held in sums.items():
        yield newest, f"account {account_id} of {client_id} has earmarks of {held} and no row"
