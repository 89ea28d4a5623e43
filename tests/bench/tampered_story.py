"""Bent stories: whoever writes the store re-hashed the whole log and nothing had left the house yet.

No signature speaks against such a log. It is found by what its events mean: they could not have followed each other.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit.canonical import canonical
from execution.store import tables as t
from tests.bench.tampering import ATTACKS, FIRM, A, C, H, Log, _rehash, _shift

UNSEALED = "unsealed: "


def _events(log: Log, action: str) -> list[int]:
    told = [(row["seq"], json.loads(bytes(row["body"]))) for row in log.rows]
    return [seq for seq, body in told if body["action"] == action]


def _bent(name: str, action: str, bend: Callable[[dict[str, Any]], None]) -> None:
    def act(cx: Connection, log: Log, rng: random.Random) -> int:
        seq = rng.choice(_events(log, action))
        body = json.loads(log.body(seq))
        bend(body)
        _rehash(cx, log, {seq: canonical(body)})
        cx.execute(sa.delete(t.checkpoint).where(C.chain_id == FIRM))
        return seq

    ATTACKS[UNSEALED + name] = act


_bent("approved by the preparer", "payout.approved", lambda body: body["actor"].update(person="bea"))
_bent("sent from approved", "payout.sending", lambda body: body.update({"from": "approved"}))
_bent("reserved, then settled", "payout.sending", lambda body: body.update({"to": "settled"}))
_bent("another payload sent", "payout.sending", lambda body: body["inputs"].update(payload_sha256="0" * 64))
_bent("a first event that is no proposal", "payout.proposed", lambda body: body.update({"from": "blocked"}))


def _noticed(log: Log, gone: int, action: str) -> tuple[int, int] | None:
    """(event, the payout's later event that cannot stand without it); None when the payout went no further."""
    told = [(row["seq"], json.loads(bytes(row["body"]))) for row in log.rows[gone:]]
    mine = [(seq, body) for seq, body in told if body["subject"]["id"] == log.rows[gone - 1]["subject_id"]]
    if action == "payout.released":  # It moves no state, so it is missed where cash is reserved.
        mine = [(seq, body) for seq, body in mine if body["to"] == "reserved"]
    return (gone, mine[0][0]) if mine else None


def _without(action: str) -> None:
    def act(cx: Connection, log: Log, rng: random.Random) -> int:
        gone, noticed = rng.choice([pair for seq in _events(log, action) if (pair := _noticed(log, seq, action))])
        cx.execute(sa.delete(t.audit).where(A.chain_id == FIRM, A.seq == gone))
        _shift(cx, gone, -1, log.size)
        bodies = {}
        for seq in range(gone + 1, log.size + 1):
            bodies[seq - 1] = canonical({**json.loads(log.body(seq)), "seq": seq - 1})
        left = Log(log.rows[:-1], [])
        cx.execute(sa.update(t.chain_head).where(H.chain_id == FIRM).values(seq=log.size - 1))
        _rehash(cx, left, bodies)
        cx.execute(sa.delete(t.checkpoint).where(C.chain_id == FIRM))
        return noticed - 1

    ATTACKS[f"{UNSEALED}without {action}"] = act


for _action in ("payout.approved", "payout.released", "payout.reserved"):
    _without(_action)
