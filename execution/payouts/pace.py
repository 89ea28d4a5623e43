"""How fast a client's payouts go out, what is promised, and what one person signed today: counted in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from execution.domain.facts import PaceFacts
from execution.domain.payload import Payload
from execution.payouts.counted import COUNTED, day_of
from execution.payouts.rows import Row, today_of
from execution.store import among, key_of, keyed
from execution.store import tables as t
from execution.store.metadata import Instant

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_P, _A = t.payout.c, t.approval.c
_WHOSE = keyed(t.payout, "advisor_id", "client_id")
_GONE_ON = among(_P.state, (state for state in COUNTED if state != "approved"))
_DAY_AGO = sa.bindparam("day_ago", type_=Instant())


def _moving(moved_at: sa.ColumnElement[Any], *conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(
        _P.payout_id, _P.vendor_id_ramp, _P.account_id_plaid, _P.state, _P.amount_minor, moved_at.label("moved_at")
    ).where(*_WHOSE, *conditions)


# What was not sent yet counts from its last decision on; what is approved waits for its cash, however long.
# Each part is a range of one index: a client has years of settled payouts.
_MOVING = sa.union_all(
    _moving(sa.func.coalesce(_P.sent_at, _P.updated_at, type_=Instant()), _P.state == "approved"),
    _moving(_P.sent_at, _GONE_ON, _P.sent_at > _DAY_AGO),
    _moving(_P.updated_at, _GONE_ON, _P.sent_at.is_(None), _P.updated_at > _DAY_AGO),
)
_M: Any = _MOVING.subquery().c
_IN_HOUR = _M.moved_at > sa.bindparam("hour_ago", type_=Instant())
_IN_DAY = _M.moved_at > _DAY_AGO
_OF_VENDOR = _M.vendor_id_ramp == sa.bindparam("vendor_id")
_IS_PROMISED = sa.and_(_M.state == "approved", _M.account_id_plaid == sa.bindparam("account_id"))


def _sum(what: Any, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*conditions), what), else_=0)), 0)


_BESIDE: sa.Select[Any] = sa.select(
    _sum(1, _OF_VENDOR, _IN_HOUR),
    _sum(1, _OF_VENDOR, _IN_DAY),
    _sum(1, _IN_HOUR),
    _sum(1, _IN_DAY),
    _sum(_M.amount_minor, _IS_PROMISED),
).where(_M.payout_id != sa.bindparam("payout_id"))

_SIGNED: sa.Select[Any] = (
    sa.select(sa.func.coalesce(sa.func.sum(_P.amount_minor), 0))
    .join_from(
        t.approval,
        t.payout,
        sa.and_(*(_A[name] == _P[name] for name in ("advisor_id", "client_id", "payout_id", "payload_sha256"))),
    )
    .where(
        *keyed(t.approval, "advisor_id", "client_id"),
        _A.person_id == sa.bindparam("person_id"),
        _A.approved_at >= sa.bindparam("day_from"),
        _A.approved_at < sa.bindparam("day_to"),
        _P.payout_id != sa.bindparam("payout_id"),
        among(_P.state, (*COUNTED, "proposed")),
    )
)


@dataclass(frozen=True, slots=True)
class Pace:
    """Numbers of payouts besides one; `promised_minor` waits, approved, for its hold on the same account."""

    facts: PaceFacts
    promised_minor: int


def pace_beside(
    cx: sa.Connection, client: Row, now: datetime, payload: Payload, paid_before_minor: tuple[int, ...]
) -> Pace:
    """How the client's other payouts move, in one statement."""
    found: Any = cx.execute(
        _BESIDE,
        {
            **key_of(client, "advisor_id", "client_id"), "payout_id": payload.payout_id,
            "vendor_id": payload.vendor_id_ramp, "account_id": payload.account_id_plaid,
            "hour_ago": now - HOUR, "day_ago": now - DAY,
        },
    ).one()  # fmt: skip
    vendor_hour, vendor_day, client_hour, client_day, promised = (int(value) for value in found)
    return Pace(PaceFacts(vendor_hour, vendor_day, client_hour, client_day, paid_before_minor), promised)


class PaceOfAll:
    """The same for many bills of a client at once: the moving payouts are read once, then told apart for each bill."""

    def __init__(self, cx: sa.Connection, client: Row, now: datetime) -> None:
        values = {**key_of(client, "advisor_id", "client_id"), "day_ago": now - DAY}
        self._hour_ago, self._day_ago = now - HOUR, now - DAY
        self._all: dict[str, Any] = {row.payout_id: row for row in cx.execute(_MOVING, values)}
        self._by_vendor: dict[str, list[Any]] = defaultdict(list)
        self._promised: dict[str, int] = defaultdict(int)
        for row in self._all.values():
            self._by_vendor[row.vendor_id_ramp].append(row)
            if row.state == "approved":
                self._promised[row.account_id_plaid] += row.amount_minor
        self._in_hour, self._in_day = self._counted(self._all.values())

    def _counted(self, rows: Iterable[Any]) -> tuple[int, int]:
        moved = [row.moved_at for row in rows]
        return sum(at > self._hour_ago for at in moved), sum(at > self._day_ago for at in moved)

    def beside(self, payload: Payload, paid_before_minor: tuple[int, ...]) -> Pace:
        """How the others move; the payment's own row, when it has one, is not counted."""
        own = self._all.get(payload.payout_id)
        own_hour, own_day = self._counted([own] if own is not None else [])
        vendor = [row for row in self._by_vendor[payload.vendor_id_ramp] if row is not own]
        promised = self._promised[payload.account_id_plaid]
        if own is not None and own.state == "approved" and own.account_id_plaid == payload.account_id_plaid:
            promised -= own.amount_minor
        counts = (*self._counted(vendor), self._in_hour - own_hour, self._in_day - own_day)
        return Pace(PaceFacts(*counts, paid_before_minor), promised)


def lock_signer_day(cx: sa.Connection, client: Row, now: datetime, person_id: str) -> None:
    """Count a person's signatures of a day one after the other: who signs twice at once waits for the first to end.

    The row holds no sum; what counts is summed from the signatures that stand (`signed_today_minor`), so that one
    that no longer counts uses nothing up. Comes before that sum is read, and after the payout's lock.
    """
    if cx.dialect.name == "sqlite":
        return  # One writer at a time: whoever signs has the store to themselves.
    cx.execute(_SIGNER_DAY, {
        "advisor_id": client["advisor_id"], "client_id": client["client_id"], "scope": "signer_day", "key": person_id,
        "window_start": today_of(client, now), "used_minor": 0,
    })  # fmt: skip


# Inserted, or written over with what it holds: either way the row is ours until the transaction ends.
_SIGNER_DAY = (
    postgresql.insert(t.limit_use)
    .on_conflict_do_update(index_elements=[*t.limit_use.primary_key.columns], set_={"used_minor": 0})
)  # fmt: skip


def signed_today_minor(cx: sa.Connection, client: Row, now: datetime, person_id: str, payout_id: str) -> int:
    """What a person signed for the client today besides one payout; a signature on an older payload does not count."""
    day_from, day_to = day_of(client, now)
    values = {
        **key_of(client, "advisor_id", "client_id"), "person_id": person_id, "payout_id": payout_id,
        "day_from": day_from, "day_to": day_to,
    }  # fmt: skip
    return int(cx.execute(_SIGNED, values).scalar_one())
