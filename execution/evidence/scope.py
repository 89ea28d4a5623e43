"""What a pack is about: everything, one payout, or the days from one to another (UTC, both included)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from execution.errors import Invalid


@dataclass(frozen=True, slots=True)
class Scope:
    """At most one of a payout and a period; neither means the whole log."""

    payout_id: str | None = None
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.payout_id is not None and (self.since or self.until):
            raise Invalid("export: name a payout or a period, not both")
        if (self.since is None) != (self.until is None):
            raise Invalid("export: a period needs both its first and its last day")
        if self.since is not None and self.until is not None and self.until < self.since:
            raise Invalid(f"export: the period ends on {self.until}, before it begins on {self.since}")

    @property
    def is_whole(self) -> bool:
        """Whether every event belongs to it."""
        return self.payout_id is None and self.since is None

    @property
    def title(self) -> str:
        """For the index."""
        if self.payout_id is not None:
            return f"payout {self.payout_id}"
        return "the whole log" if self.since is None else f"{self.since} to {self.until}"

    def as_body(self) -> dict[str, str]:
        """For the event that tells of the export."""
        parts = {"payout_id": self.payout_id, "from": self.since, "to": self.until}
        return {name: str(value) for name, value in parts.items() if value is not None}

    def takes(self, event: Mapping[str, Any]) -> bool:
        """Whether an event belongs to the pack."""
        if self.payout_id is not None:
            # A refused command about a payout has it as the subject of a request.
            return bool(event["subject"]["id"] == self.payout_id)
        if self.since is None or self.until is None:
            return True
        return self.since <= datetime.fromisoformat(event["at"]).date() <= self.until
