"""What a new snapshot proves: bank lines for payouts, payments by other roads, and every link of custody judged by it.

A snapshot is taken in whole, then its proofs settle payouts one by one; what is left is reviewed once, so that a link
that is late, contradicted or gone is named, with its owner, in the same round in which its figures arrived.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from execution.clock import Clock
from execution.domain import resolving
from execution.domain.custody import Sight
from execution.domain.custody_review import may_go_twice
from execution.facts.snapshot import Snapshot
from execution.payouts import custody, sending
from execution.payouts.rows import Row, lock_payout
from execution.store import Store
from execution.store import tables as t

Key = tuple[str, str]


@dataclass
class Taken:
    """One firm's snapshot as far as it tells about payouts: by (client, payout); `read_at` by client, then rail."""

    snapshot_id: str
    proofs: dict[Key, dict[str, Any]]
    elsewhere: dict[Key, list[dict[str, Any]]]
    read_at: dict[str, dict[str, datetime | None]]
    # What may still settle or return a payout; taken out once it was written down.
    telling: set[Key] = field(default_factory=set)
    is_reviewed: bool = False


class Verification:
    """Holds the newest snapshot of each firm for the executor."""

    def __init__(
        self, store: Store, clock: Clock, open_snapshot: Callable[[str], AbstractContextManager[Snapshot]]
    ) -> None:
        self._store, self._clock, self._open_snapshot = store, clock, open_snapshot
        self._taken: dict[str, Taken] = {}

    def take(self, advisor_id: str) -> int:
        """Read the firm's snapshot; answers for how many payouts it shows bank lines. Raises NoSnapshot."""
        with self._open_snapshot(advisor_id) as snapshot:
            elsewhere: dict[Key, list[dict[str, Any]]] = defaultdict(list)
            for other in snapshot.paid_elsewhere() or ():
                elsewhere[other["client_id"], other["payout_id"]].append(other)
            taken = Taken(snapshot.pointer.snapshot_id, snapshot.proofs(), elsewhere, snapshot.read_at())
        taken.telling = {
            key for key, proof in taken.proofs.items() if proof["candidate_count"] or proof.get("is_return_certain")
        }
        self._taken[advisor_id] = taken
        return len(taken.telling)

    def tells_of(self, row: Row) -> bool:
        """Whether the newest snapshot shows a bank line that was not weighed for this payout yet."""
        taken = self._taken.get(row["advisor_id"])
        return taken is not None and (row["client_id"], row["payout_id"]) in taken.telling

    def settle(self, row: Row) -> Row | None:
        """Take a payout over from what the bank shows; the row after it, None when nothing changed."""
        if not self.tells_of(row):
            return None
        taken, key = self._taken[row["advisor_id"]], (row["client_id"], row["payout_id"])
        with self._store.begin("match") as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["version"] != row["version"]:
                return None
            after = sending.settle(cx, locked, taken.proofs[key], self._clock.now())
        # What it says is written down; the next snapshot brings the next word.
        taken.telling.discard(key)
        return after if after["version"] != locked["version"] else None

    def review(self) -> list[Row]:
        """Judge every chain by the snapshots that were not reviewed yet; answers payouts whose state that changed."""
        moved: list[Row] = []
        for advisor_id, taken in self._taken.items():
            if not taken.is_reviewed:
                moved += self._review(advisor_id, taken)
                taken.is_reviewed = True
        return moved

    def _review(self, advisor_id: str, taken: Taken) -> list[Row]:
        now, moved = self._clock.now(), list[Row]()
        with self._store.read() as cx:
            chains = custody.chains_to_review(cx, advisor_id, now)
            live = _live_bills(cx, advisor_id)
        for row, links in chains:
            sight = self._sight(taken, row, live)
            twice = may_go_twice(row, sight.elsewhere)
            if twice is None and not custody.changed(row, links, sight, now):
                continue
            with self._store.begin("custody") as cx:
                locked = lock_payout(cx, advisor_id, row["payout_id"])
                twice = may_go_twice(locked, sight.elsewhere)
                if twice is not None:
                    why = f"its bill is also paid by {twice['road']} record {twice['record_id']}"
                    locked = sending.write(cx, locked, [resolving.mismatched(why, twice["record_id"])], now)
                    moved.append(locked)
                custody.take_over(cx, locked, sight, taken.snapshot_id, now)
        return moved

    def _sight(self, taken: Taken, row: Row, live: set[tuple[str, str]]) -> Sight:
        key = (row["client_id"], row["payout_id"])
        return Sight(
            taken.proofs.get(key),
            taken.elsewhere.get(key, ()),
            taken.read_at.get(row["client_id"], {}),
            has_successor=(row["client_id"], row["source_bill_id"]) in live,
        )


def _live_bills(cx: sa.Connection, advisor_id: str) -> set[tuple[str, str]]:
    """(client, bill) of every payout that stands for its bill."""
    p = t.payout.c
    ended = ("declined", "rejected", "cancelled", "expired", "returned")
    query = sa.select(p.client_id, p.source_bill_id).where(p.advisor_id == advisor_id, p.state.not_in(ended))
    return {(str(row[0]), str(row[1])) for row in cx.execute(query)}
