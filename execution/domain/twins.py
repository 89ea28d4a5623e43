"""Two things at Ramp under one reference: which stays, which is archived, and which only a person can take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from execution.domain.rail import RailRecord

STARTED = frozenset({"PAYMENT_PROCESSING", "PAYMENT_COMPLETED"})
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Twins:
    """`keep` is the payout's own; `archive` the API can take away; `for_person` it cannot."""

    keep: RailRecord
    archive: tuple[RailRecord, ...]
    for_person: tuple[RailRecord, ...]

    @property
    def sentence(self) -> str:
        """What stands there and what is done about it."""
        said = [f"bill {one.record_id} is archived" for one in self.archive]
        said += [f"archive {one.kind} {one.record_id} in Ramp yourself" for one in self.for_person]
        return f"two bills at Ramp carry one reference; {self.keep.record_id} stays, {', '.join(said)}"


def sort_out(records: Sequence[RailRecord]) -> Twins | None:
    """What to do about the records with one reference; None when at most one of them can still pay.

    Nothing has left before its payment date, so the earlier bill stays. One that has begun to pay stays before all
    others: it cannot be called back. Drafts cannot be removed through the API.
    """
    live = [one for one in records if not one.is_archived]
    if len(live) < 2:
        return None
    first, *others = sorted(live, key=lambda one: (one.kind != "bill", not _has_begun(one), one.created_at or _LAST))
    archive = tuple(one for one in others if one.kind == "bill" and not _has_begun(one))
    return Twins(first, archive, tuple(one for one in others if one not in archive))


def _has_begun(record: RailRecord) -> bool:
    return record.status_summary in STARTED or record.trace_id is not None
