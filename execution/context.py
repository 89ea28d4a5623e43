"""What every step of the executor works with: the store, the clock, the client's rails, the leases of this process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from execution.clock import Clock
from execution.facts.snapshot import Snapshot
from execution.judgement import Judgement, Rails
from execution.mark import Head
from execution.payouts.leases import Leases
from execution.payouts.rows import Row
from execution.store import Store


@dataclass(slots=True)
class Context:
    """One executor process. `next_look` is kept in memory alone: after a start everything is looked at once."""

    store: Store
    clock: Clock
    rails_for: Callable[[Row], Rails]
    open_snapshot: Callable[[str], AbstractContextManager[Snapshot]]
    fingerprint_key: bytes
    judge: Judgement
    leases: Leases
    # Called with the chain's head after each intent, before the wire.
    keep_mark: Callable[[Head], None] | None = None
    next_look: dict[str, datetime] = field(default_factory=dict)

    def is_time(self, row: Row) -> bool:
        """Whether the payout's next look is due; one that was never looked at is."""
        at = self.next_look.get(row["payout_id"])
        return at is None or self.clock.now() >= at
