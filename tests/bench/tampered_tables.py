"""Attacks on the rows beside the log: what the events told is no longer what the tables say."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.store import tables as t
from tests.bench.tampering import ATTACKS, Log

P = t.payout.c


def _last_event(log: Log, payout_id: str) -> int:
    return max(row["seq"] for row in log.rows if row["subject_id"] == payout_id)


def _event(log: Log, payout_id: str, action: str) -> int:
    mine = [row for row in log.rows if row["subject_id"] == payout_id]
    return next(row["seq"] for row in mine if json.loads(bytes(row["body"]))["action"] == action)


def _some(cx: Connection, table: sa.Table, rng: random.Random, *where: Any) -> Any:
    order = list(table.primary_key.columns)
    return rng.choice(cx.execute(sa.select(table).where(*where).order_by(*order)).all())


def _payout_field(name: str, change: Callable[[Any, random.Random], Any]) -> None:
    def bend(cx: Connection, log: Log, rng: random.Random) -> int:
        row = _some(cx, t.payout, rng)
        value = change(getattr(row, name), rng)
        cx.execute(sa.update(t.payout).where(P.payout_id == row.payout_id).values(**{name: value}))
        return _last_event(log, row.payout_id)

    ATTACKS[f"beside the log: payout.{name}"] = bend


_payout_field("amount_minor", lambda value, rng: value + rng.choice([-1, 1]))
_payout_field("vendor_account_id", lambda value, rng: f"{value}-mine")
_payout_field("vendor_name", lambda value, rng: f"{value} Ltd")
_payout_field("version", lambda value, rng: value + 1)
_payout_field("payload_sha256", lambda value, rng: value[::-1])
_payout_field("state", lambda value, rng: rng.choice([s for s in ("proposed", "approved", "settled") if s != value]))


def _gone(name: str, table: sa.Table, action: str) -> None:
    def lose(cx: Connection, log: Log, rng: random.Random) -> int:
        row = _some(cx, table, rng)
        mine = [column == getattr(row, column.name) for column in table.primary_key.columns]
        cx.execute(sa.delete(table).where(*mine))
        return _event(log, row.payout_id, action) if action else _last_event(log, row.payout_id)

    ATTACKS[f"beside the log: {name}"] = lose


_gone("a signature gone", t.approval, "payout.approved")
_gone("a request gone", t.rail_call, "")


def _add_signature(cx: Connection, log: Log, rng: random.Random) -> int:
    row = _some(cx, t.approval, rng)
    cx.execute(sa.insert(t.approval).values(**{**row._mapping, "person_id": "ghost"}))
    return _last_event(log, row.payout_id)


def _other_bytes(cx: Connection, log: Log, rng: random.Random) -> int:
    row = _some(cx, t.rail_call, rng)
    r = t.rail_call.c
    cx.execute(sa.update(t.rail_call).where(r.payout_id == row.payout_id).values(request_bytes=b"{}"))
    return _last_event(log, row.payout_id)


def _other_hold(cx: Connection, log: Log, rng: random.Random) -> int:
    h, e = t.hold.c, t.hold_end.c
    ended = sa.select(e.payout_id)
    row = _some(cx, t.hold, rng, h.payout_id.not_in(ended))
    more = sa.update(t.hold).where(h.payout_id == row.payout_id).values(amount_minor=h.amount_minor + 1)
    cx.execute(more)
    return _last_event(log, row.payout_id)


def _free_cash(cx: Connection, log: Log, rng: random.Random) -> int:
    a = t.account_cash.c
    cx.execute(sa.update(t.account_cash).values(held_minor=a.held_minor - 1))
    return max(row["seq"] for row in log.rows if row["subject_kind"] == "payout")


ATTACKS |= {
    "beside the log: a signature added": _add_signature,
    "beside the log: other bytes in a request": _other_bytes,
    "beside the log: another amount held": _other_hold,
    "beside the log: held cash set free": _free_cash,
}
