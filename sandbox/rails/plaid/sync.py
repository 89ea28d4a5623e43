"""/transactions/sync: what changed for an Item between a cursor and now, in pages that stay put.

A cursor is a second of the sandbox clock. A loop of pages is cut at the second at which it began (the horizon), so
rows that come up while somebody pages are left to the next loop.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass

from sandbox.rails.plaid.errors import invalid_field
from sandbox.rails.store import Version, WorldStore

ADDED, MODIFIED, REMOVED = "added", "modified", "removed"
_LOOPS_KEPT = 32


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a sync stands: all up to `since` is known; inside a loop, `position` rows of (since, horizon] too."""

    since: int
    horizon: int
    position: int


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a loop."""

    what: str
    transaction_id: str
    version: int
    account_id: str


START = Cursor(-1, -1, 0)


def write_cursor(cursor: Cursor, item_id: str, account_id: str) -> str:
    """The opaque text of a cursor, bound to its Item and account filter."""
    text = f"{cursor.since}.{cursor.horizon}.{cursor.position}.{_owner(item_id, account_id)}"
    return base64.b64encode(text.encode()).decode()


def read_cursor(text: str, item_id: str, account_id: str) -> Cursor:
    """The cursor of this Item. Raises Plaid's INVALID_FIELD for a text that is none or belongs to another Item."""
    if not text:
        return START
    try:
        since, horizon, position, owner = base64.b64decode(text, validate=True).decode().split(".")
        cursor = Cursor(int(since), int(horizon), int(position))
    except (binascii.Error, ValueError) as error:
        raise invalid_field("cursor must be a valid value") from error
    if owner != _owner(item_id, account_id):
        raise invalid_field("cursor not associated with access_token")
    return cursor


def _owner(item_id: str, account_id: str) -> str:
    return hashlib.sha256(f"{item_id}|{account_id}".encode()).hexdigest()[:16]


class SyncLoops:
    """The rows of the loops that are under way."""

    def __init__(self, store: WorldStore) -> None:
        self._store = store
        self._loops: OrderedDict[tuple[str, str, int, int], list[Step]] = OrderedDict()

    def steps(self, client_key: str, account_id: str, since: int, horizon: int, now: int) -> list[Step]:
        """All rows of a loop: added and modified oldest first, then removed."""
        key = (client_key, account_id, since, horizon)
        steps = self._loops.get(key)
        if steps is None:
            steps = self._compute(client_key, account_id, since, horizon, now)
            self._loops[key] = steps
            if len(self._loops) > _LOOPS_KEPT:
                self._loops.popitem(last=False)
        return steps

    def _compute(self, client_key: str, account_id: str, since: int, horizon: int, now: int) -> list[Step]:
        index = self._store.index("plaid", client_key, "transaction", now)
        found: list[tuple[int, int, str, Step]] = []
        for key, past in index.history.items():
            last = _at(past, horizon)
            if last is None or last.visible_at <= since:
                continue
            if account_id and last.account_id != account_id:
                continue
            before = _at(past, since)
            was_shown = before is not None and not before.is_deleted
            if last.is_deleted:
                if was_shown:
                    found.append((1, last.visible_at, key, Step(REMOVED, key, last.version, last.account_id or "")))
            else:
                what = MODIFIED if was_shown else ADDED
                found.append((0, last.visible_at, key, Step(what, key, last.version, last.account_id or "")))
        found.sort(key=lambda row: row[:3])
        return [row[3] for row in found]


def _at(past: tuple[Version, ...], second: int) -> Version | None:
    """The version shown at a second."""
    if past[-1].visible_at <= second:
        return past[-1]
    at = bisect_right([version.visible_at for version in past], second)
    return past[at - 1] if at else None
