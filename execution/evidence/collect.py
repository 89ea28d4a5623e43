"""What a pack holds beside the events: each payout with its signatures, requests, earmarks and chain of custody."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.store import tables as t

# Never part of a pack: who holds a lease tells of machines, not of money.
_LEFT_OUT = frozenset({"lease_owner", "lease_until"})


def payouts(connection: Connection, advisor_id: str, payout_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Each payout as one document, in the order given."""
    return [found for payout_id in payout_ids if (found := _payout(connection, advisor_id, payout_id)) is not None]


def _payout(connection: Connection, advisor_id: str, payout_id: str) -> dict[str, Any] | None:
    row = connection.execute(_of(t.payout, advisor_id, payout_id)).mappings().first()
    if row is None:
        return None
    told = {name: plain(value) for name, value in row.items() if name not in _LEFT_OUT}

    def rows(table: sa.Table, *order: str) -> list[dict[str, Any]]:
        query = _of(table, advisor_id, payout_id).order_by(*(table.c[name] for name in order))
        kept = ("advisor_id", "client_id", "payout_id")
        found = connection.execute(query).mappings()
        return [{name: plain(value) for name, value in one.items() if name not in kept} for one in found]

    return {
        "payout": told,
        "payloads": rows(t.payload_version, "made_at", "payload_sha256"),
        "approvals": rows(t.approval, "approved_at", "person_id"),
        "seen": rows(t.approval_seen, "signed_at", "person_id", "position"),
        "rail_calls": rows(t.rail_call, "attempt", "seq"),
        "holds": rows(t.hold, "attempt"),
        "hold_ends": rows(t.hold_end, "attempt"),
        "custody": rows(t.custody_link, "opened_at", "link"),
        "permits": rows(t.permit, "asked_at", "permit_id"),
    }


def _of(table: sa.Table, advisor_id: str, payout_id: str) -> sa.Select[Any]:
    return sa.select(table).where(table.c.advisor_id == advisor_id, table.c.payout_id == payout_id)


def policies(connection: Connection, advisor_id: str, hashes: Sequence[str]) -> list[dict[str, Any]]:
    """The rules that decisions of the pack were made under."""
    p = t.policy
    query = sa.select(p).where(p.c.advisor_id == advisor_id, p.c.sha256.in_(list(hashes)))
    found = connection.execute(query.order_by(p.c.client_id, p.c.version)).mappings()
    return [{name: plain(value) for name, value in row.items()} for row in found]


def plain(value: Any) -> Any:
    """A stored value as JSON: instants and days as ISO text, bytes in base64."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
