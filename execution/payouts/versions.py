"""Every payload that a payout ever had, and what approvers were shown: a stale hash is answered with what changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from execution.domain.payload import Payload
from execution.domain.seen import changes, fields_of, sha256_of
from execution.payouts.rows import Row
from execution.store import insert_if_absent, key_of, keyed
from execution.store import tables as t

KEY = ("advisor_id", "client_id", "payout_id")
_S = t.approval_seen
_LAST_SEEN = (
    sa.select(_S.c.position, _S.c.seen_sha256)
    .where(*keyed(_S, *KEY, "payload_sha256", "person_id"))
    .order_by(_S.c.position.desc())
    .limit(1)
)
_INSERT_SEEN = sa.insert(_S)


def keep(cx: sa.Connection, payload: Payload, *, seen: Mapping[str, Any], snapshot_id: str, now: datetime) -> None:
    """Keep a payload from the moment on which somebody can be shown it."""
    insert_if_absent(
        cx, t.payload_version,
        **{name: getattr(payload, name) for name in KEY}, payload_sha256=payload.sha256(), payload=fields_of(payload),
        seen=dict(seen), snapshot_id=snapshot_id, made_at=now,
    )  # fmt: skip


def keep_signed(
    cx: sa.Connection, row: Row, person_id: str, *, seen: Mapping[str, Any], snapshot_id: str, now: datetime
) -> bool:
    """Keep what an approver is shown as they sign; False when they signed the very same before."""
    signed = {**{name: row[name] for name in (*KEY, "payload_sha256")}, "person_id": person_id}
    last = cx.execute(_LAST_SEEN, key_of(signed, *signed)).first()
    digest = sha256_of(seen)
    if last is not None and last.seen_sha256 == digest:
        return False
    cx.execute(_INSERT_SEEN, {
        **signed, "position": last.position + 1 if last else 1, "seen_sha256": digest, "seen": dict(seen),
        "snapshot_id": snapshot_id, "signed_at": now,
    })  # fmt: skip
    return True


def changed_since(cx: sa.Connection, row: Row, payload_sha256: str) -> str:
    """What is different about a payout now from when it had this hash, in words; says so when it never had it."""
    v = t.payload_version
    query = sa.select(v.c.payload).where(
        *[v.c[name] == row[name] for name in KEY], v.c.payload_sha256 == payload_sha256
    )
    before = cx.execute(query).scalar()
    if before is None:
        return "it never was what was sent"
    return "; ".join(changes(before, fields_of(Payload.from_row(row))))
